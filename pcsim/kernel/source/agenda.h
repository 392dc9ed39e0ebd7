/* Whose turn comes when: a tree in which the earliest of two wins, and the left one of equals.

   As `pcsim/engine/virtual/agenda.py`, but a worker has one place, so nothing in it is stale. */

static inline int32_t winner(const Kernel *k, int32_t node) {
    int32_t left = k->tree[2 * node], right = k->tree[2 * node + 1];
    return k->next_at[right] < k->next_at[left] ? right : left;
}

/* After the turn of the worker that was first: all nodes above it are decided anew. */
static void settle_first(Kernel *k, int32_t worker) {
    for (int32_t node = (k->leaves + worker) >> 1; node; node >>= 1) k->tree[node] = winner(k, node);
}

static void settle_all(Kernel *k) {
    for (int32_t node = k->leaves - 1; node; node--) k->tree[node] = winner(k, node);
}

static void schedule(Kernel *k, int32_t worker, double at) {
    k->next_at[worker] = at;
    for (int32_t node = (k->leaves + worker) >> 1; node; node >>= 1) {
        int32_t before = k->tree[node], now = winner(k, node);
        if (now == before && now != worker) return; /* it is not seen from further up */
        k->tree[node] = now;
    }
}

static void act_now(Kernel *k, int32_t worker, int32_t act) {
    k->worker[worker].act = act;
    schedule(k, worker, k->now);
}
