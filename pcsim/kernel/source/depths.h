/* The depths of queues over time: as `pcsim/engine/books/depth_series.py`. */

enum { MOST_NOTES = 128 };

static inline double next_note_at(const Kernel *k) {
    return k->depths ? (k->notes + 1) * k->note_step : INFINITY;
}

static void halve_notes(Kernel *k) {
    int32_t queues = k->queues;
    k->notes = MOST_NOTES / 2;
    k->note_step *= 2;
    for (int32_t row = 0; row < k->notes; row++) {
        for (int32_t queue = 0; queue < queues; queue++) {
            const double *first = k->depths + (size_t)2 * row * queues + queue;
            k->depths[(size_t)row * queues + queue] = (first[0] + first[queues]) / 2;
        }
    }
}

/* Rows for the times before that, at which nothing happens any more. */
static void note_depths(Kernel *k, double before) {
    for (double at = next_note_at(k); at < before; at = next_note_at(k)) {
        double *row = k->depths + (size_t)k->notes * k->queues;
        if (at > k->now) k->now = at;
        for (int32_t queue = 0; queue < k->queues; queue++) row[queue] = (double)k->queue[queue].depth;
        if (++k->notes == MOST_NOTES) halve_notes(k);
    }
}
