/* Numbers, which Python has drawn, and the intervals that are made of them. */

/* False at the end of the stream. */
static bool draw(Kernel *k, int32_t number, double *value) {
    Stream *s = &k->stream[number];
    if (s->is_constant) {
        *value = s->constant;
        return true;
    }
    if (s->next == s->end) {
        k->drawn->many = s->has_ended ? 0 : -1;
        if (!s->has_ended) k->refill(number);
        if (k->drawn->many <= 0) {
            s->has_ended = true;
            if (k->drawn->many < 0) k->trouble = NUMBERS_FAILED;
            return false;
        }
        s->next = k->drawn->numbers;
        s->end = s->next + k->drawn->many;
    }
    *value = *s->next++;
    return true;
}

/* The time until a producer's next item: as `pcsim/engine/intervals.py`. */
static bool interval(Kernel *k, Worker *w, double *seconds) {
    if (!draw(k, w->times, seconds)) return false;
    if (k->stream[w->times].is_schedule) {
        double left = *seconds - k->now;
        *seconds = left > 0.0 ? left : 0.0;
        return true;
    }
    if (w->on_times == NONE) return true;
    if (!w->has_burst) {
        w->has_burst = true;
        if (!draw(k, w->on_times, &w->burst_left)) return false;
    }
    double silent = 0.0, remaining = *seconds, more;
    while (remaining > w->burst_left) {
        remaining -= w->burst_left;
        if (!draw(k, w->off_times, &more)) return false;
        silent += more;
        if (!draw(k, w->on_times, &w->burst_left)) return false;
    }
    w->burst_left -= remaining;
    *seconds += silent;
    return true;
}
