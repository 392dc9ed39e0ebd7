/* What workers do: the generators of `pcsim/engine/behaviours.py`, each `yield` a step.

   A behaviour is resumed with `reply`, the item that it was waiting for or that a put gave back. */

static Effect put_effect(Kernel *k, Worker *w, int32_t item, int32_t output, bool is_routed) {
    k->item[item].queued_at = k->now;
    w->put_item = item;
    w->put_output = output;
    w->put_is_routed = is_routed;
    return PUT;
}

/* Routing. */

static double load(const Queue *q) {
    return q->is_shutdown ? INFINITY : (double)(q->depth + q->readers - q->idle);
}

static int32_t shortest(const Kernel *k, Worker *w) {
    int32_t best = NONE;
    double least = INFINITY;
    for (int32_t step = 1; step <= w->ways; step++) {
        int32_t at = (w->turn + step) % w->ways;
        double here = load(&k->queue[k->output[w->first_output + at].queue]);
        if (best != NONE && here >= least) continue;
        best = at;
        least = here;
    }
    return w->turn = best;
}

static int32_t choose(Kernel *k, Worker *w) {
    if (w->routing == ROUTE_BY_CHANCE) {
        double position = 0.0;
        draw(k, w->choices, &position);
        return (int32_t)position;
    }
    if (w->routing == ROUTE_TO_SHORTEST) return shortest(k, w);
    return w->turn = (w->turn + 1) % w->ways;
}

/* Whether a producer may make one more item. The last one ends producing. */
static bool next_number(Kernel *k) {
    if (k->limit == NONE) return true;
    if (k->numbered >= k->limit) return false;
    if (++k->numbered == k->limit) drain(k);
    return true;
}

static void begin_routing(Kernel *k, Worker *w, int32_t item) {
    bool is_any_open = false;
    w->unplaced = item;
    w->step = ROUTING_ITEM;
    if (w->routing != ROUTE_COPIES) return;
    w->copy_timestamp = k->item[item].timestamp;
    w->copy_priority = k->item[item].priority;
    w->copy_at = 0;
    for (int32_t at = 0; at < w->ways; at++) {
        Output *out = &k->output[w->first_output + at];
        out->takes_copy = !k->queue[out->queue].is_shutdown;
        is_any_open = is_any_open || out->takes_copy;
    }
    if (!is_any_open) k->output[w->first_output].takes_copy = true;
}

static Effect route_copies(Kernel *k, Worker *w) {
    while (w->copy_at < w->ways && !k->output[w->first_output + w->copy_at].takes_copy) w->copy_at++;
    if (w->copy_at == w->ways) {
        if (w->unplaced != NONE) { /* the last of its queues has closed meanwhile */
            free_item(k, w->unplaced);
            w->unplaced = NONE;
            w->discarded++;
        }
        return NO_EFFECT;
    }
    if (w->unplaced == NONE) {
        if (w->role == PRODUCER && !next_number(k)) return END;
        w->unplaced = new_item(k, w->copy_timestamp, w->copy_priority);
        w->copied++;
    }
    int32_t item = w->unplaced;
    w->unplaced = NONE;
    return put_effect(k, w, item, w->copy_at++, true);
}

/* The next put of an item that has several ways; NO_EFFECT where it has gone all of them. */
static Effect route(Kernel *k, Worker *w) {
    if (w->routing == ROUTE_COPIES) return route_copies(k, w);
    int32_t item = w->unplaced;
    if (item == NONE) return NO_EFFECT;
    w->unplaced = NONE;
    return put_effect(k, w, item, choose(k, w), true);
}

/* The item of a producer or a stage goes on; `may_put` at once, without an effect. */
static Effect put_downstream(Kernel *k, Worker *w, int32_t item, bool may_put) {
    w->step = NEXT_TIME;
    if (w->ways > 1) {
        begin_routing(k, w, item);
        return NO_EFFECT;
    }
    if (may_put && put_at_once(k, w, item)) return NO_EFFECT;
    return put_effect(k, w, item, 0, false);
}

/* Producers. */

static Effect produce(Kernel *k, Worker *w) {
    Effect effect;
    while (!k->trouble) {
        switch (w->step) {
        case NEXT_TIME:
            if (w->most != NONE && w->begun >= w->most) return END;
            w->begun++;
            if (!interval(k, w, &w->seconds)) return END;
            w->step = WORKED;
            if (w->seconds != 0.0) return WORK;
            break;
        case WORKED:
            if (!next_number(k)) return END;
            w->produced++;
            effect = put_downstream(k, w, new_item(k, k->now, w->priority),
                                    w->seconds != 0.0 && !k->holds_producers);
            if (effect != NO_EFFECT) return effect;
            break;
        default: /* ROUTING_ITEM */
            effect = route(k, w);
            if (effect != NO_EFFECT) return effect;
            w->step = NEXT_TIME;
        }
    }
    return NO_EFFECT;
}

/* Consumers and stages. */

static Effect begin_item(Kernel *k, Worker *w) {
    if (w->most != NONE && w->begun >= w->most) return END;
    w->begun++;
    if (!draw(k, w->times, &w->seconds)) return END;
    w->item = take_at_once(k, w);
    w->step = w->item == NONE ? GOT : TAKEN;
    return w->item == NONE ? GET : NO_EFFECT;
}

static bool fails(Kernel *k, Worker *w) {
    double chance = 1.0;
    if (w->chances == NONE) return false;
    draw(k, w->chances, &chance);
    return chance < w->failure_probability;
}

/* Do about a failed item what its worker's policy says. */
static Effect mend(Kernel *k, Worker *w) {
    double again = 0.0;
    if (w->on_error == ERROR_FAILS) {
        k->trouble = RUN_FAILS;
        return NO_EFFECT;
    }
    if (w->attempt < w->retries) {
        w->attempt++;
        w->step = TRIED_AGAIN;
        draw(k, w->times, &again);
        if (again == 0.0) return NO_EFFECT;
        w->seconds = again;
        return WORK;
    }
    w->step = NEXT_TIME;
    if (w->dead_letter != NONE) return put_effect(k, w, w->item, w->dead_letter, false);
    free_item(k, w->item);
    w->failed++;
    return NO_EFFECT;
}

static Effect deliver(Kernel *k, Worker *w, bool took_time) {
    if (w->role == STAGE) {
        k->item[w->item].queued_at = k->now;
        return put_downstream(k, w, w->item, took_time);
    }
    double lasted = k->now - k->item[w->item].timestamp;
    note(k, &k->sojourns, lasted);
    if (k->sojourns_by_priority) {
        note(k, &k->sojourns_by_priority[k->item[w->item].priority], lasted);
    }
    free_item(k, w->item);
    w->done++;
    w->step = NEXT_TIME;
    return NO_EFFECT;
}

static Effect serve(Kernel *k, Worker *w) {
    while (!k->trouble) {
        Effect effect = NO_EFFECT;
        switch (w->step) {
        case NEXT_TIME:
            effect = begin_item(k, w);
            break;
        case TAKEN:
            w->step = WORKED;
            w->service = w->seconds;
            if (w->seconds != 0.0) return WORK;
            break;
        case WORKED:
            w->attempt = 0;
            w->step = fails(k, w) ? FAILED_ONCE : SUCCEEDED;
            break;
        case FAILED_ONCE:
            effect = mend(k, w);
            break;
        case TRIED_AGAIN:
            w->step = fails(k, w) ? FAILED_ONCE : SUCCEEDED;
            break;
        case SUCCEEDED:
            effect = deliver(k, w, w->service != 0.0);
            break;
        default: /* ROUTING_ITEM */
            effect = route(k, w);
            if (effect == NO_EFFECT) w->step = NEXT_TIME;
        }
        if (effect != NO_EFFECT) return effect;
    }
    return NO_EFFECT;
}

static Effect resume(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    int32_t reply = w->reply;
    w->reply = NONE;
    if (w->step == GOT) {
        w->item = reply;
        w->step = TAKEN;
    } else if (w->step == ROUTING_ITEM) {
        w->unplaced = reply;
    }
    return w->role == PRODUCER ? produce(k, w) : serve(k, w);
}
