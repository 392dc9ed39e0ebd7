/* The state of a run. Workers are numbered by rank: at equal times the lower goes first. */

#ifndef PCSIM_SYSTEM_H
#define PCSIM_SYSTEM_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "plans.h"

#if defined(__FAST_MATH__) || (defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0)
#error "each sum has to be rounded to a double, as Python does"
#endif

/* What a worker does in its turn: the `actions` of the Python engine's agenda. */
enum Act { NOTHING, START, SEND, GO_ON, GIVE_UP, FINISH, INTERRUPTED, ANSWER };

/* What comes of a turn. NO_EFFECT: nothing more, or its turn comes again by itself. */
typedef enum { NO_EFFECT, WORK, GET, PUT, END, AGAIN } Effect;

/* Where a behaviour goes on when it is resumed. */
enum Step { NEXT_TIME, GOT, TAKEN, WORKED, TRIED_AGAIN, FAILED_ONCE, SUCCEEDED, ROUTING_ITEM };

/* What became of a put. */
enum { PARKED, DONE, WOKE, REFUSED };

enum { BUCKETS_A_PAGE = 128, PAGES = 256 };

typedef struct {
    const double *next, *end;
    double constant;
    bool is_constant, is_schedule, has_ended;
} Stream;

/* Measured times: how many fell into each bucket, in pages that are made when needed. */
typedef struct {
    double sum, longest;
    int64_t number;
    int64_t *pages[PAGES];
    bool was_used; /* ever, also before the times were forgotten */
} Times;

typedef struct {
    double timestamp, queued_at;
    int64_t arrival;
    int32_t next, prev; /* in its queue, or `next` among the free ones */
    int32_t priority;
} Item;

typedef struct {
    int32_t head, tail;
} Line;

typedef struct {
    double departures_minus_arrivals, full_time, full_since, empty_time, empty_since;
    int64_t capacity, depth, peak, dropped, discarded;
    int32_t overflow, discipline;
    Line items;    /* unless it goes by priority */
    Line *classes; /* where it does: the items of each priority */
    Line getters;  /* inputs that wait for an item */
    Line putters;  /* workers that wait for a slot */
    int32_t idle;  /* how many getters there are */
    int32_t readers, writers; /* that have not ended */
    bool is_shutdown, is_open;
    Times waits;
    Times *waits_by_priority; /* or NULL */
} Queue;

typedef struct {
    int64_t got;
    int32_t queue, worker, next, prev;
    bool is_waiting;
} Input;

typedef struct {
    int64_t puts, drops;
    int32_t queue, worker;
    bool is_way, takes_copy;
} Output;

typedef struct {
    int32_t act, step, role, state, reason, waits_at;
    int32_t item;              /* that it works on */
    int32_t reply;             /* that it is resumed with */
    int32_t put_item, put_output;
    int32_t held;              /* the item that it waits to put */
    bool put_is_routed, takes_time, has_deadline, has_no_reader, is_live, has_burst;
    Effect answer;
    int32_t first_input, inputs, first_output, outputs, ways;
    int32_t routing, selection, position, turn;
    int32_t next, prev;        /* in the line of those who wait for a slot */
    int32_t unplaced, copy_at; /* while its item is routed */
    double copy_timestamp;
    int32_t copy_priority;
    int32_t times, on_times, off_times, chances, choices;
    int32_t on_error, retries, attempt, dead_letter, priority, early_cause, cause;
    double seconds, service, burst_left, since, full_time, empty_time, ended_at;
    double patience, failure_probability;
    int64_t most, begun, produced, done, failed, discarded, copied;
} Worker;

typedef struct {
    double now;
    int32_t workers, queues, inputs, outputs, streams, priorities, live;
    int64_t limit, numbered; /* items that producers may make in all, and have made */
    int64_t arrivals;
    bool is_draining, holds_producers, is_aborting, is_over;
    int32_t trouble;
    int32_t leaves;
    int32_t *tree;   /* by node the worker below it whose turn comes first */
    double *next_at; /* by worker when its turn comes; INFINITY where it has none */
    Worker *worker;
    Queue *queue;
    Input *input;
    Output *output;
    Stream *stream;
    Line *classes;
    Item *item;
    int32_t items, free_item;
    Times sojourns;
    Times *sojourns_by_priority; /* or NULL */
    Refill refill;
    Drawn *drawn;
    double *depths;   /* of all queues, row after row; NULL where they are not noted */
    double note_step; /* seconds from one row to the next */
    int32_t notes;    /* how many rows there are */
} Kernel;

/* The parts call each other in a circle: what wakes a worker may end another one. */
static void given(Kernel *k, Queue *q, int32_t item, bool *has_begun);
static void close_queue(Kernel *k, int32_t queue, bool immediate);
static void refused(Kernel *k, int32_t worker);
static void drain(Kernel *k);
static Effect resume(Kernel *k, int32_t worker);

#endif
