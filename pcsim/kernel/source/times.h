/* Measured times, in the buckets of `pcsim/engine/books/histogram.py`: the upper 16 bits of each
   as a single. Sum and longest are exact, and the sum is made in the order of the events. */

static int64_t *new_page(Kernel *k, Times *t, uint32_t page) {
    static int64_t nowhere[BUCKETS_A_PAGE];
    t->pages[page] = calloc(BUCKETS_A_PAGE, sizeof(int64_t));
    if (t->pages[page]) return t->pages[page];
    k->trouble = OUT_OF_MEMORY;
    return nowhere;
}

static void note(Kernel *k, Times *t, double seconds) {
    float single = (float)seconds;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    uint32_t bucket = bits >> 16, page = bucket / BUCKETS_A_PAGE;
    int64_t *counts = t->pages[page];
    if (!counts) counts = new_page(k, t, page);
    counts[bucket % BUCKETS_A_PAGE]++;
    t->sum += seconds;
    t->number++;
    t->was_used = true;
    if (seconds > t->longest) t->longest = seconds;
}

/* What was measured so far does not count. */
static void forget(Times *t) {
    t->sum = t->longest = 0.0;
    t->number = 0;
    for (int page = 0; page < PAGES; page++) {
        if (t->pages[page]) memset(t->pages[page], 0, BUCKETS_A_PAGE * sizeof(int64_t));
    }
}

static void free_times(Times *t) {
    for (int page = 0; page < PAGES; page++) free(t->pages[page]);
}

static int32_t used_buckets(const Times *t, int32_t *buckets, int64_t *counts) {
    int32_t used = 0;
    for (int page = 0; page < PAGES; page++) {
        if (!t->pages[page]) continue;
        for (int at = 0; at < BUCKETS_A_PAGE; at++) {
            if (!t->pages[page][at]) continue;
            buckets[used] = page * BUCKETS_A_PAGE + at;
            counts[used++] = t->pages[page][at];
        }
    }
    return used;
}
