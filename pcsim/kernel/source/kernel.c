/* The virtual engine's inner loop, for scenarios that need no Python between two items.

   It does what the Python engine does, event by event and sum by sum, so that every number of a
   result is the same to the last digit: `pcsim/kernel/__init__.py` says how that is kept so. Build
   it without fused multiply-add (`-ffp-contract=off`). All parts are included here and static:
   the compiler sees through all calls. */

#include "system.h"

#include "agenda.h"
#include "numbers.h"
#include "times.h"
#include "queues.h"
#include "ports.h"
#include "behaviours.h"
#include "depths.h"
#include "closing.h"
#include "turns.h"

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

static const Line NOBODY = {NONE, NONE};

static bool make_tables(Kernel *k) {
    k->worker = calloc((size_t)k->workers, sizeof(Worker));
    k->queue = calloc((size_t)k->queues, sizeof(Queue));
    k->input = calloc((size_t)k->inputs + 1, sizeof(Input));
    k->output = calloc((size_t)k->outputs + 1, sizeof(Output));
    k->stream = calloc((size_t)k->streams + 1, sizeof(Stream));
    k->tree = calloc((size_t)k->leaves * 2, sizeof(int32_t));
    k->next_at = calloc((size_t)k->leaves, sizeof(double));
    return k->worker && k->queue && k->input && k->output && k->stream && k->tree && k->next_at
        && make_items(k, FIRST_ITEMS);
}

static bool make_tables_by_priority(Kernel *k, const QueuePlan *queues) {
    size_t priorities = (size_t)k->priorities;
    k->sojourns_by_priority = calloc(priorities, sizeof(Times));
    if (!k->sojourns_by_priority) return false;
    for (int32_t one = 0; one < k->queues; one++) {
        Queue *q = &k->queue[one];
        if (queues[one].discipline != BY_PRIORITY) continue;
        q->waits_by_priority = calloc(priorities, sizeof(Times));
        q->classes = calloc(priorities, sizeof(Line));
        if (!q->waits_by_priority || !q->classes) return false;
        for (size_t at = 0; at < priorities; at++) q->classes[at] = NOBODY;
    }
    return true;
}

static void take_on_queue(Queue *q, const QueuePlan *plan) {
    q->capacity = plan->capacity;
    q->overflow = plan->overflow;
    q->discipline = plan->discipline;
    q->items = q->getters = q->putters = NOBODY;
    q->is_open = true;
}

static void take_on_worker(Kernel *k, int32_t worker, const WorkerPlan *plan) {
    Worker *w = &k->worker[worker];
    w->role = plan->role;
    w->routing = plan->routing;
    w->selection = plan->selection;
    w->on_error = plan->on_error;
    w->first_input = plan->first_input;
    w->inputs = plan->inputs;
    w->first_output = plan->first_output;
    w->outputs = plan->outputs;
    w->ways = plan->ways;
    w->takes_time = plan->takes_time;
    w->priority = plan->priority;
    w->retries = plan->retries;
    w->dead_letter = plan->dead_letter;
    w->times = plan->times;
    w->on_times = plan->on_times;
    w->off_times = plan->off_times;
    w->chances = plan->chances;
    w->choices = plan->choices;
    w->most = plan->most;
    w->patience = plan->patience;
    w->failure_probability = plan->failure_probability;
    w->act = START;
    w->is_live = true;
    w->item = w->reply = w->put_item = w->held = w->unplaced = NONE;
    w->position = plan->inputs - 1;
    w->turn = plan->ways - 1; /* so that the first output is the next */
    for (int32_t at = 0; at < w->inputs; at++) k->input[w->first_input + at].worker = worker;
    for (int32_t at = 0; at < w->outputs; at++) k->output[w->first_output + at].worker = worker;
}

EXPORT void pcsim_free(Kernel *k) {
    if (!k) return;
    for (int32_t one = 0; k->queue && one < k->queues; one++) {
        Queue *q = &k->queue[one];
        free_times(&q->waits);
        for (int32_t at = 0; q->waits_by_priority && at < k->priorities; at++) {
            free_times(&q->waits_by_priority[at]);
        }
        free(q->waits_by_priority);
        free(q->classes);
    }
    free_times(&k->sojourns);
    for (int32_t at = 0; k->sojourns_by_priority && at < k->priorities; at++) {
        free_times(&k->sojourns_by_priority[at]);
    }
    free(k->sojourns_by_priority);
    free(k->worker);
    free(k->queue);
    free(k->input);
    free(k->output);
    free(k->stream);
    free(k->tree);
    free(k->next_at);
    free(k->item);
    free(k->depths);
    free(k);
}

/* A run at its start, of at least one worker and one queue; NULL where there is no memory. */
EXPORT Kernel *pcsim_new(const SystemPlan *plan, const WorkerPlan *workers, const QueuePlan *queues,
                         const int32_t *inputs, const OutputPlan *outputs,
                         const StreamPlan *streams, Refill refill, Drawn *drawn) {
    Kernel *k = calloc(1, sizeof(Kernel));
    if (!k) return NULL;
    k->workers = k->live = plan->workers;
    k->queues = plan->queues;
    k->inputs = plan->inputs;
    k->outputs = plan->outputs;
    k->streams = plan->streams;
    k->priorities = plan->priorities;
    k->limit = plan->items;
    k->refill = refill;
    k->drawn = drawn;
    k->free_item = NONE;
    for (k->leaves = 2; k->leaves < k->workers; k->leaves *= 2) continue;
    if (!make_tables(k) || (plan->by_priority && !make_tables_by_priority(k, queues))) {
        pcsim_free(k);
        return NULL;
    }
    for (int32_t one = 0; one < k->queues; one++) take_on_queue(&k->queue[one], &queues[one]);
    for (int32_t one = 0; one < k->inputs; one++) {
        k->input[one].queue = inputs[one];
        k->queue[inputs[one]].readers++;
    }
    for (int32_t one = 0; one < k->outputs; one++) {
        k->output[one].queue = outputs[one].queue;
        k->output[one].is_way = outputs[one].is_way;
        k->queue[outputs[one].queue].writers++;
    }
    for (int32_t one = 0; one < k->streams; one++) {
        k->stream[one].constant = streams[one].constant;
        k->stream[one].is_constant = streams[one].constant >= 0.0;
        k->stream[one].is_schedule = streams[one].is_schedule;
    }
    for (int32_t one = 0; one < k->workers; one++) take_on_worker(k, one, &workers[one]);
    for (int32_t one = 0; one < k->leaves; one++) {
        k->tree[k->leaves + one] = one;
        k->next_at[one] = one < k->workers ? 0.0 : INFINITY;
    }
    settle_all(k);
    return k;
}

EXPORT int32_t pcsim_drive(Kernel *k, double until, int64_t most) { return drive(k, until, most); }

EXPORT double pcsim_next_at(const Kernel *k) { return k->next_at[k->tree[1]]; }

EXPORT double pcsim_now(const Kernel *k) { return k->now; }

/* How many items are in its queues and in the hands of its workers. */
EXPORT int64_t pcsim_in_system(const Kernel *k) {
    int64_t items = 0;
    for (int32_t queue = 0; queue < k->queues; queue++) items += k->queue[queue].depth;
    for (int32_t worker = 0; worker < k->workers; worker++) items += in_hand(k, &k->worker[worker]);
    return items;
}

EXPORT int32_t pcsim_trouble(const Kernel *k) { return k->trouble; }

EXPORT int32_t pcsim_is_draining(const Kernel *k) { return k->is_draining; }

/* Nothing happens up to that time. */
EXPORT void pcsim_pass(Kernel *k, double until) {
    if (until > k->now) k->now = until;
}

EXPORT void pcsim_stop(Kernel *k) { stop(k); }

/* Note the depths of the queues, at first with this step; false where there is no memory. */
EXPORT int32_t pcsim_note_depths(Kernel *k, double step) {
    k->note_step = step;
    k->depths = calloc((size_t)MOST_NOTES * k->queues, sizeof(double));
    return k->depths != NULL;
}

/* Sets what has been noted; returns how many rows. */
EXPORT int32_t pcsim_read_depths(const Kernel *k, const double **depths, double *step) {
    *depths = k->depths;
    *step = k->note_step;
    return k->notes;
}

EXPORT void pcsim_read(Kernel *k, WorkerBook *workers, QueueBook *queues, int64_t *got,
                       int64_t *puts, int64_t *drops) {
    for (int32_t one = 0; one < k->workers; one++) {
        const Worker *w = &k->worker[one];
        workers[one] = (WorkerBook){
            w->produced, w->done, w->failed, w->discarded, w->copied, w->since, w->full_time,
            w->empty_time, w->ended_at, w->state, w->reason, w->waits_at, w->cause};
    }
    for (int32_t one = 0; one < k->queues; one++) {
        Queue *q = &k->queue[one];
        double oldest = q->depth ? k->item[oldest_line(k, q)->head].queued_at : -1.0;
        queues[one] = (QueueBook){
            q->departures_minus_arrivals, q->full_time, q->full_since, q->empty_time,
            q->empty_since, oldest, q->dropped, q->discarded, q->depth, q->peak, q->is_shutdown,
            q->is_open};
    }
    for (int32_t one = 0; one < k->inputs; one++) got[one] = k->input[one].got;
    for (int32_t one = 0; one < k->outputs; one++) {
        puts[one] = k->output[one].puts;
        drops[one] = k->output[one].drops;
    }
}

/* The measured times of a queue, or (NONE) of the system; of a priority, or (NONE) of all. */
static Times *times_of(Kernel *k, int32_t queue, int32_t priority) {
    Times *by_priority = queue == NONE ? k->sojourns_by_priority : k->queue[queue].waits_by_priority;
    if (priority != NONE) return by_priority + priority;
    return queue == NONE ? &k->sojourns : &k->queue[queue].waits;
}

/* `buckets` and `counts` have room for 32,768. */
EXPORT void pcsim_read_times(Kernel *k, int32_t queue, int32_t priority, TimesBook *book,
                             int32_t *buckets, int64_t *counts) {
    const Times *times = times_of(k, queue, priority);
    *book = (TimesBook){times->sum, times->longest, times->number,
                        used_buckets(times, buckets, counts), times->was_used};
}

EXPORT void pcsim_forget_times(Kernel *k) {
    forget(&k->sojourns);
    for (int32_t one = 0; k->sojourns_by_priority && one < k->priorities; one++) {
        forget(&k->sojourns_by_priority[one]);
    }
    for (Queue *q = k->queue; q < k->queue + k->queues; q++) {
        forget(&q->waits);
        for (int32_t at = 0; q->waits_by_priority && at < k->priorities; at++) {
            forget(&q->waits_by_priority[at]);
        }
    }
}

/* The sizes of what Python and the kernel hand each other, in the order of `plans.h`. */
EXPORT void pcsim_sizes(int32_t *sizes) {
    sizes[0] = sizeof(SystemPlan);
    sizes[1] = sizeof(WorkerPlan);
    sizes[2] = sizeof(QueuePlan);
    sizes[3] = sizeof(OutputPlan);
    sizes[4] = sizeof(StreamPlan);
    sizes[5] = sizeof(WorkerBook);
    sizes[6] = sizeof(QueueBook);
    sizes[7] = sizeof(TimesBook);
    sizes[8] = sizeof(Drawn);
}
