/* Queues: their items by discipline, their measures, and the lines of those who wait at them.

   As `pcsim/engine/virtual/queue.py` and the stores of `pcsim/engine/policies.py`. */

/* Items. */

static bool make_items(Kernel *k, int32_t items) {
    Item *item = realloc(k->item, (size_t)items * sizeof(Item));
    if (!item) return false;
    k->item = item;
    for (int32_t one = k->items; one < items; one++) item[one].next = one + 1;
    item[items - 1].next = k->free_item;
    k->free_item = k->items;
    k->items = items;
    return true;
}

static int32_t new_item(Kernel *k, double timestamp, int32_t priority) {
    if (k->free_item == NONE && (k->items > INT32_MAX / 2 || !make_items(k, 2 * k->items))) {
        k->trouble = OUT_OF_MEMORY;
        return 0;
    }
    int32_t one = k->free_item;
    Item *item = &k->item[one];
    k->free_item = item->next;
    item->timestamp = timestamp;
    item->queued_at = k->now;
    item->priority = priority;
    return one;
}

static inline void free_item(Kernel *k, int32_t item) {
    k->item[item].next = k->free_item;
    k->free_item = item;
}

static inline void append_item(Kernel *k, Line *line, int32_t item) {
    k->item[item].next = NONE;
    k->item[item].prev = line->tail;
    if (line->tail == NONE) line->head = item;
    else k->item[line->tail].next = item;
    line->tail = item;
}

static inline int32_t first_item(Kernel *k, Line *line) {
    int32_t item = line->head;
    line->head = k->item[item].next;
    if (line->head == NONE) line->tail = NONE;
    else k->item[line->head].prev = NONE;
    return item;
}

static inline int32_t last_item(Kernel *k, Line *line) {
    int32_t item = line->tail;
    line->tail = k->item[item].prev;
    if (line->tail == NONE) line->head = NONE;
    else k->item[line->tail].next = NONE;
    return item;
}

static inline void push(Kernel *k, Queue *q, int32_t item) {
    q->depth++;
    if (q->discipline != BY_PRIORITY) {
        append_item(k, &q->items, item);
        return;
    }
    k->item[item].arrival = k->arrivals++;
    append_item(k, &q->classes[k->item[item].priority], item);
}

/* The item that goes first. There has to be one. */
static inline int32_t pop(Kernel *k, Queue *q) {
    q->depth--;
    if (q->discipline == FIFO) return first_item(k, &q->items);
    if (q->discipline == LIFO) return last_item(k, &q->items);
    Line *line = q->classes;
    while (line->head == NONE) line++;
    return first_item(k, line);
}

/* The line at whose head the item is that came first. */
static Line *oldest_line(Kernel *k, Queue *q) {
    if (q->discipline != BY_PRIORITY) return &q->items;
    Line *oldest = NULL;
    for (Line *line = q->classes; line < q->classes + k->priorities; line++) {
        if (line->head == NONE) continue;
        if (!oldest || k->item[line->head].arrival < k->item[oldest->head].arrival) oldest = line;
    }
    return oldest;
}

/* Measures. */

static inline void note_arrival(Queue *q, double at) {
    q->departures_minus_arrivals -= at;
    if (q->depth == 1) q->empty_time += at - q->empty_since;
    if (q->depth > q->peak) q->peak = q->depth;
    if (q->depth == q->capacity) q->full_since = at;
}

static inline void note_departure(Queue *q, double at) {
    q->departures_minus_arrivals += at;
    if (q->depth == 0) q->empty_since = at;
    if (q->depth + 1 == q->capacity) q->full_time += at - q->full_since;
}

static inline void note_wait(Kernel *k, Queue *q, int32_t item, double seconds) {
    if (q->waits_by_priority) note(k, &q->waits_by_priority[k->item[item].priority], seconds);
    note(k, &q->waits, seconds);
}

/* Lines. */

static void line_up(Kernel *k, int32_t number) {
    Input *in = &k->input[number];
    Queue *q = &k->queue[in->queue];
    in->is_waiting = true;
    in->next = NONE;
    in->prev = q->getters.tail;
    if (in->prev == NONE) q->getters.head = number;
    else k->input[in->prev].next = number;
    q->getters.tail = number;
    q->idle++;
}

static void leave_line(Kernel *k, int32_t number) {
    Input *in = &k->input[number];
    Queue *q = &k->queue[in->queue];
    if (!in->is_waiting) return;
    in->is_waiting = false;
    if (in->prev == NONE) q->getters.head = in->next;
    else k->input[in->prev].next = in->next;
    if (in->next == NONE) q->getters.tail = in->prev;
    else k->input[in->next].prev = in->prev;
    q->idle--;
}

static void leave_lines(Kernel *k, const Worker *w) {
    for (int32_t at = 0; at < w->inputs; at++) leave_line(k, w->first_input + at);
}

static void wait_for_slot(Kernel *k, Queue *q, int32_t worker) {
    Worker *w = &k->worker[worker];
    w->next = NONE;
    w->prev = q->putters.tail;
    if (w->prev == NONE) q->putters.head = worker;
    else k->worker[w->prev].next = worker;
    q->putters.tail = worker;
}

static void stop_waiting_for_slot(Kernel *k, Queue *q, int32_t worker) {
    Worker *w = &k->worker[worker];
    if (w->prev == NONE) q->putters.head = w->next;
    else k->worker[w->prev].next = w->next;
    if (w->next == NONE) q->putters.tail = w->prev;
    else k->worker[w->next].prev = w->prev;
}

static inline bool is_over(const Queue *q) { return q->is_shutdown && q->depth == 0; }

static bool all_are_over(const Kernel *k, const Worker *w) {
    for (int32_t at = 0; at < w->inputs; at++) {
        if (!is_over(&k->queue[k->input[w->first_input + at].queue])) return false;
    }
    return true;
}
