/* What Python hands over and gets back. `pcsim/kernel/structs.py` has the same structures. */

#ifndef PCSIM_PLANS_H
#define PCSIM_PLANS_H

#include <stdint.h>

enum { NONE = -1 }; /* no item, no worker, no stream, no limit */

enum Role { PRODUCER, CONSUMER, STAGE };
enum Overflow { BLOCK, DROP_NEW, DROP_OLD, OVERFLOW_FAILS };
enum Discipline { FIFO, LIFO, BY_PRIORITY };
enum Routing { ROUTE_IN_TURN, ROUTE_BY_CHANCE, ROUTE_TO_SHORTEST, ROUTE_COPIES };
enum Selection { SELECT_IN_TURN, SELECT_LONGEST, SELECT_AS_LISTED };
enum OnError { ERROR_FAILS, ERROR_SKIPS, ERROR_RETRIES };
enum State { RUNNING, BLOCKED, ENDED };
enum Reason { CALM, EMPTY, FULL };
enum Cause { NO_CAUSE, DRAINED, NO_CONSUMER, STOPPED, MAX_ITEMS };

/* Why a drive has come back. */
enum Drive { DUE_LATER, MORE_TO_DO, OVER, IN_TROUBLE };
/* What the kernel leaves to Python. */
enum Trouble { NO_TROUBLE, RUN_FAILS, NUMBERS_FAILED, OUT_OF_MEMORY };

typedef struct {
    int32_t workers, queues, inputs, outputs, streams;
    int32_t priorities;  /* how many different ones the producers have */
    int32_t by_priority; /* whether some queue goes by them: then times are noted for each */
    int32_t unused;
    int64_t items;       /* that producers make in all; NONE for no limit */
} SystemPlan;

typedef struct {
    int32_t role, routing, selection, on_error;
    int32_t first_input, inputs, first_output, outputs;
    int32_t ways;        /* how many of its outputs, from the first, routing chooses among */
    int32_t takes_time;  /* whether all it does at first, after a wait, is to work for a time */
    int32_t priority;    /* of a producer: the position of its priority, the smallest first */
    int32_t retries, dead_letter; /* an output */
    int32_t times, on_times, off_times, chances, choices; /* streams, or NONE */
    int64_t most;        /* items that it makes or takes, or NONE */
    double patience;     /* seconds for which it waits for a slot; below 0: for ever */
    double failure_probability;
} WorkerPlan;

typedef struct {
    int64_t capacity;
    int32_t overflow, discipline;
} QueuePlan;

typedef struct {
    int32_t queue, is_way; /* whether routing may ever choose it */
} OutputPlan;

typedef struct {
    double constant;     /* seconds; below 0: the numbers are drawn */
    int32_t is_schedule; /* whether they are times of the run, and not intervals */
    int32_t unused;
} StreamPlan;

/* The next numbers of a stream: 0 of them at its end, fewer where they cannot be drawn. */
typedef struct {
    const double *numbers;
    int64_t many;
} Drawn;

/* Puts the next numbers of a stream into `Drawn`. It may come back without having done so. */
typedef void (*Refill)(int32_t stream);

typedef struct {
    int64_t produced, done, failed, discarded, copied;
    double since, full_time, empty_time, ended_at;
    int32_t state, reason, queue, cause;
} WorkerBook;

typedef struct {
    double departures_minus_arrivals, full_time, full_since, empty_time, empty_since;
    double oldest; /* when the oldest item that waits came; below 0 for none */
    int64_t dropped, discarded, depth, peak;
    int32_t is_closed, is_open;
} QueueBook;

typedef struct {
    double sum, longest;
    int64_t number;
    int32_t buckets, was_used;
} TimesBook;

#endif
