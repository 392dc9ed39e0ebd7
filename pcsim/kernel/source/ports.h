/* How workers put into queues and get from them, and how those go on that waited there.

   As `pcsim/engine/virtual/ports.py`, with `wait`, `resumed`, `refused` and `begin_work` of
   `pcsim/engine/virtual/worker.py`. */

static void blocked(Kernel *k, Worker *w, int32_t reason, int32_t queue) {
    w->state = BLOCKED;
    w->reason = reason;
    w->waits_at = queue;
    w->since = k->now;
}

static void resumed(Worker *w, double at) {
    double waited = at - w->since;
    if (w->reason == EMPTY) w->empty_time += waited;
    else w->full_time += waited;
    w->state = RUNNING;
    w->reason = CALM;
    w->since = at;
}

/* Resume it out of turn: what comes of it is for its own turn, unless it is a time of work. */
static void begin_work(Kernel *k, int32_t worker, double at) {
    Worker *w = &k->worker[worker];
    Effect effect = resume(k, worker);
    if (effect == WORK) {
        schedule(k, worker, at + w->seconds);
        return;
    }
    w->act = ANSWER;
    w->answer = effect;
    schedule(k, worker, at);
}

static void take_turn(Kernel *k, int32_t worker, double at, int32_t reply) {
    k->worker[worker].reply = reply;
    k->worker[worker].act = GO_ON;
    schedule(k, worker, at);
}

/* The first that waits for an item takes one that has not waited. */
static void given(Kernel *k, Queue *q, int32_t item, bool *has_begun) {
    int32_t number = q->getters.head;
    Input *in = &k->input[number];
    Worker *w = &k->worker[in->worker];
    leave_lines(k, w);
    if (w->inputs > 1) w->position = number - w->first_input;
    if (!q->peak) q->peak = 1;
    in->got++;
    double at = k->item[item].queued_at;
    note_wait(k, q, item, 0.0);
    resumed(w, at);
    *has_begun = w->takes_time;
    if (!w->takes_time) {
        take_turn(k, in->worker, at, item);
        return;
    }
    w->reply = item;
    begin_work(k, in->worker, at);
}

static void forget_deadline(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    if (!w->has_deadline) return;
    w->has_deadline = false;
    w->act = SEND;
    schedule(k, worker, INFINITY);
}

/* A slot is free: the first that waits for one puts its item. */
static void admit_waiting(Kernel *k, Queue *q, double at) {
    int32_t worker = q->putters.head;
    Worker *w = &k->worker[worker];
    int32_t item = w->held;
    stop_waiting_for_slot(k, q, worker);
    k->item[item].queued_at = at;
    k->output[w->first_output + w->put_output].puts++;
    push(k, q, item);
    note_arrival(q, at);
    w->held = NONE;
    forget_deadline(k, worker);
    resumed(w, at);
    if (w->role != PRODUCER) {
        schedule(k, worker, at);
    } else if (w->takes_time && !k->holds_producers) {
        begin_work(k, worker, at);
    } else {
        take_turn(k, worker, at, NONE);
    }
}

static bool can_reroute(const Kernel *k, const Worker *w) {
    if (!w->put_is_routed) return false;
    for (int32_t at = 0; at < w->ways; at++) {
        const Output *out = &k->output[w->first_output + at];
        if (out->is_way && !k->queue[out->queue].is_shutdown) return true;
    }
    return false;
}

static void end_next(Kernel *k, int32_t worker, int32_t cause) {
    k->worker[worker].early_cause = cause;
    act_now(k, worker, FINISH);
}

/* What it waits at has closed, or it need not wait any more. */
static void refused(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    int32_t item = w->held;
    forget_deadline(k, worker);
    resumed(w, k->now);
    w->held = NONE;
    if (item == NONE) {
        end_next(k, worker, w->has_no_reader ? NO_CONSUMER : NO_CAUSE);
    } else if (!k->is_aborting && can_reroute(k, w)) {
        take_turn(k, worker, k->now, item);
    } else {
        end_next(k, worker, NO_CONSUMER);
    }
}

static void release_getters(Kernel *k, Queue *q) {
    if (q->depth) return;
    for (int32_t number = q->getters.head, next; number != NONE; number = next) {
        int32_t worker = k->input[number].worker;
        next = k->input[number].next;
        if (!all_are_over(k, &k->worker[worker])) continue;
        leave_lines(k, &k->worker[worker]);
        refused(k, worker);
    }
}

/* Getting. */

static int32_t take(Kernel *k, int32_t number) {
    Input *in = &k->input[number];
    Queue *q = &k->queue[in->queue];
    int32_t item = pop(k, q);
    double at = k->now;
    in->got++;
    note_departure(q, at);
    note_wait(k, q, item, at - k->item[item].queued_at);
    if (q->putters.head != NONE) admit_waiting(k, q, at);
    else if (is_over(q)) release_getters(k, q);
    return item;
}

/* An item from its inputs, in the order of its selection; NONE where there is none. */
static int32_t take_at_once(Kernel *k, Worker *w) {
    if (w->inputs == 1) {
        return k->queue[k->input[w->first_input].queue].depth ? take(k, w->first_input) : NONE;
    }
    int32_t best = NONE;
    int64_t most = 0;
    for (int32_t step = 1; step <= w->inputs; step++) {
        int32_t at = w->selection == SELECT_AS_LISTED ? step - 1 : (w->position + step) % w->inputs;
        int64_t depth = k->queue[k->input[w->first_input + at].queue].depth;
        if (depth <= most) continue;
        best = at;
        most = depth;
        if (w->selection != SELECT_LONGEST) break;
    }
    if (best == NONE) return NONE;
    w->position = best;
    return take(k, w->first_input + best);
}

/* Putting. */

static void drop(Kernel *k, Output *out, int32_t item) {
    out->drops++;
    free_item(k, item);
}

/* The short way into its only output; false where it has to put by an effect. */
static bool put_at_once(Kernel *k, Worker *w, int32_t item) {
    Output *out = &k->output[w->first_output];
    Queue *q = &k->queue[out->queue];
    if (q->is_shutdown) return false;
    if (q->getters.head != NONE) {
        const Worker *getter = &k->worker[k->input[q->getters.head].worker];
        bool may_wake = w->role == PRODUCER && w->takes_time, has_begun;
        if (!may_wake && !getter->takes_time) return false;
        out->puts++;
        given(k, q, item, &has_begun);
        return true;
    }
    if (q->depth >= q->capacity) {
        if (q->overflow != DROP_NEW) return false;
        drop(k, out, item);
        return true;
    }
    out->puts++;
    push(k, q, item);
    note_arrival(q, k->item[item].queued_at);
    return true;
}

static void replace_oldest(Kernel *k, Queue *q, Output *out, int32_t item) {
    int32_t oldest = first_item(k, oldest_line(k, q));
    q->depth--;
    note_departure(q, k->now);
    q->dropped++;
    free_item(k, oldest);
    out->puts++;
    push(k, q, item);
    note_arrival(q, k->now);
}

/* Carry out the put that a worker has asked for. */
static int put(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    Output *out = &k->output[w->first_output + w->put_output];
    Queue *q = &k->queue[out->queue];
    int32_t item = w->put_item;
    if (q->is_shutdown) return REFUSED;
    if (q->getters.head != NONE) {
        bool has_begun;
        out->puts++;
        given(k, q, item, &has_begun);
        return has_begun ? DONE : WOKE;
    }
    if (q->depth < q->capacity) {
        out->puts++;
        push(k, q, item);
        note_arrival(q, k->item[item].queued_at);
        return DONE;
    }
    if (q->overflow == BLOCK && w->patience != 0.0) {
        w->held = item;
        wait_for_slot(k, q, worker);
        if (w->patience > 0.0) {
            w->has_deadline = true;
            w->act = GIVE_UP;
            schedule(k, worker, k->now + w->patience);
        }
        blocked(k, w, FULL, out->queue);
        return PARKED;
    }
    if (q->overflow == OVERFLOW_FAILS) k->trouble = RUN_FAILS;
    else if (q->overflow == DROP_OLD) replace_oldest(k, q, out, item);
    else drop(k, out, item);
    return DONE;
}

static void give_up(Kernel *k, int32_t worker) {
    Worker *w = &k->worker[worker];
    Output *out = &k->output[w->first_output + w->put_output];
    int32_t item = w->held;
    w->has_deadline = false;
    w->held = NONE;
    stop_waiting_for_slot(k, &k->queue[out->queue], worker);
    drop(k, out, item);
    resumed(w, k->now);
    take_turn(k, worker, k->now, NONE);
}
