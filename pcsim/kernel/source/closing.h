/* How workers end, and what closes as they do; how a run ends.

   As `pcsim/engine/connections.py`, `pcsim/engine/run.py`, and `wake` and `finish` of
   `pcsim/engine/virtual/worker.py`. */

static void empty_out(Kernel *k, Queue *q) {
    while (q->depth) {
        int32_t item = pop(k, q);
        note_departure(q, k->now);
        q->discarded++;
        free_item(k, item);
    }
}

static void close_queue(Kernel *k, int32_t queue, bool immediate) {
    Queue *q = &k->queue[queue];
    if (q->is_shutdown && (!immediate || q->depth == 0)) return;
    q->is_shutdown = true;
    if (immediate) empty_out(k, q);
    while (q->putters.head != NONE) {
        int32_t worker = q->putters.head;
        stop_waiting_for_slot(k, q, worker);
        refused(k, worker);
    }
    release_getters(k, q);
}

/* Let a worker look at what has been asked of it. */
static void wake(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    if (w->act == NOTHING) return;
    bool is_blocked = w->state == BLOCKED;
    if (k->is_aborting || w->has_no_reader) {
        if (!is_blocked) {
            end_next(k, worker, k->is_aborting ? STOPPED : NO_CONSUMER);
        } else if (w->has_no_reader && w->reason == EMPTY) {
            leave_lines(k, w);
            refused(k, worker);
        }
    } else if (w->role == PRODUCER && !is_blocked) {
        if (k->next_at[worker] == INFINITY) w->act = INTERRUPTED; /* it is its own turn */
        else if (k->holds_producers) end_next(k, worker, DRAINED);
    }
}

/* Enough has been produced. */
static void drain(Kernel *k) {
    if (k->is_draining || k->is_aborting) return;
    k->is_draining = k->holds_producers = true;
    for (int32_t worker = 0; worker < k->workers; worker++) {
        if (k->worker[worker].is_live && k->worker[worker].role == PRODUCER) wake(k, worker);
    }
}

static void end_run(Kernel *k) {
    for (int32_t queue = 0; queue < k->queues; queue++) {
        close_queue(k, queue, true);
        empty_out(k, &k->queue[queue]);
    }
    for (Queue *q = k->queue; q < k->queue + k->queues; q++) {
        q->empty_time += k->now - q->empty_since;
        q->is_open = false;
    }
    k->is_over = true;
}

static int64_t in_hand(const Kernel *k, const Worker *w) {
    int64_t items = w->produced + w->copied - w->done - w->failed - w->discarded;
    for (int32_t at = 0; at < w->inputs; at++) items += k->input[w->first_input + at].got;
    for (int32_t at = 0; at < w->outputs; at++) {
        const Output *out = &k->output[w->first_output + at];
        items -= out->puts + out->drops;
    }
    return items;
}

static int64_t got_in_all(const Kernel *k, const Worker *w) {
    int64_t items = 0;
    for (int32_t at = 0; at < w->inputs; at++) items += k->input[w->first_input + at].got;
    return items;
}

static bool has_reader(const Kernel *k, const Worker *w) {
    for (int32_t at = 0; at < w->outputs; at++) {
        if (k->queue[k->output[w->first_output + at].queue].readers) return true;
    }
    return false;
}

static void release_writers(Kernel *k, int32_t queue) {
    for (int32_t number = 0; number < k->outputs; number++) {
        int32_t worker = k->output[number].worker;
        Worker *w = &k->worker[worker];
        if (k->output[number].queue != queue || !w->is_live || w->role == CONSUMER) continue;
        if (has_reader(k, w)) continue;
        w->has_no_reader = true;
        wake(k, worker);
    }
}

static void leave(Kernel *k, Worker *w) {
    w->is_live = false;
    k->live--;
    for (int32_t at = 0; at < w->outputs; at++) {
        int32_t queue = k->output[w->first_output + at].queue;
        if (--k->queue[queue].writers == 0) close_queue(k, queue, false);
    }
    for (int32_t at = 0; at < w->inputs; at++) {
        int32_t queue = k->input[w->first_input + at].queue;
        if (--k->queue[queue].readers) continue;
        close_queue(k, queue, true);
        release_writers(k, queue);
    }
}

static void finish(Kernel *k, int32_t worker, int32_t cause) {
    Worker *w = &k->worker[worker];
    w->act = NOTHING;
    w->discarded += in_hand(k, w);
    if (k->is_aborting) cause = STOPPED;
    else if (w->role != PRODUCER && w->most != NONE && got_in_all(k, w) >= w->most) cause = MAX_ITEMS;
    leave(k, w);
    w->cause = cause;
    w->state = ENDED;
    w->since = w->ended_at = k->now;
    if (k->live == 0) end_run(k);
}

/* The run has lasted as long as it may. */
static void stop(Kernel *k) {
    if (k->is_over || k->is_aborting) return;
    k->is_aborting = k->holds_producers = true;
    for (int32_t queue = 0; queue < k->queues; queue++) close_queue(k, queue, true);
    for (int32_t worker = 0; worker < k->leaves; worker++) k->next_at[worker] = INFINITY;
    settle_all(k);
    for (int32_t worker = 0; worker < k->workers; worker++) {
        if (k->worker[worker].is_live) wake(k, worker);
    }
}
