/* One turn after the other: as `pcsim/engine/virtual/engine.py`. */

enum { MOST_EFFECTS_AT_ONCE = 256, FIRST_ITEMS = 256 };

/* The wait for an item was put off to this turn: one may have come by now. */
static Effect get_late(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    w->reply = take_at_once(k, w);
    return w->reply == NONE ? GET : resume(k, worker);
}

/* What a worker does in its turn, and the effect that comes of it. */
static Effect act(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    switch (w->act) {
    case SEND:
        return resume(k, worker);
    case START:
    case GO_ON:
        if (w->role == PRODUCER && k->holds_producers) {
            finish(k, worker, DRAINED);
            return NO_EFFECT;
        }
        w->act = SEND;
        return resume(k, worker);
    case GIVE_UP:
        give_up(k, worker);
        return NO_EFFECT;
    case FINISH:
        finish(k, worker, w->early_cause);
        return NO_EFFECT;
    case INTERRUPTED:
        w->act = GO_ON;
        return AGAIN;
    case ANSWER:
        w->act = SEND;
        return w->answer == GET ? get_late(k, worker) : w->answer;
    default:
        return NO_EFFECT;
    }
}

static void wait_for_item(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    if (all_are_over(k, w)) {
        finish(k, worker, NO_CAUSE);
        return;
    }
    for (int32_t at = 0; at < w->inputs; at++) line_up(k, w->first_input + at);
    blocked(k, w, EMPTY, k->input[w->first_input].queue);
}

static void put_refused(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    if (!can_reroute(k, w)) {
        finish(k, worker, NO_CONSUMER);
        return;
    }
    w->reply = w->put_item;
    w->act = GO_ON;
    k->next_at[worker] = k->now;
}

/* Where this sets `next_at` alone, the tree is settled when the turn is over. */
static void turn(Kernel *k, int32_t worker) {
    Effect effect = act(k, worker);
    for (int left = MOST_EFFECTS_AT_ONCE; effect == PUT; effect = act(k, worker)) {
        int became = put(k, worker);
        if (became == PARKED) return;
        if (became == REFUSED) {
            put_refused(k, worker);
            return;
        }
        if (became == WOKE || --left == 0) {
            k->next_at[worker] = k->now;
            return;
        }
    }
    if (effect == WORK) k->next_at[worker] = k->now + k->worker[worker].seconds;
    else if (effect == AGAIN) k->next_at[worker] = k->now;
    else if (effect == GET) wait_for_item(k, worker);
    else if (effect == END) finish(k, worker, NO_CAUSE);
}

/* Carry out what is due up to a time, at most that many turns. */
static int drive(Kernel *k, double until, int64_t most) {
    for (;; most--) {
        int32_t worker = k->tree[1];
        double at = k->next_at[worker];
        if (k->trouble) return IN_TROUBLE;
        if (k->is_over) return OVER;
        if (at == INFINITY) return DUE_LATER;
        if (next_note_at(k) < at) note_depths(k, at < until ? at : until);
        if (at > until) return DUE_LATER;
        if (most <= 0) return MORE_TO_DO;
        k->next_at[worker] = INFINITY;
        k->now = at;
        turn(k, worker);
        settle_first(k, worker);
    }
}
