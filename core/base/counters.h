/* Named numbers that only grow. One list says which there are. */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdint.h>

#define COUNTER_LIST(X)                                                                            \
    X(COUNTER_REQUESTS, "requests")                                                                \
    X(COUNTER_CONNECTIONS, "connections")                                                          \
    X(COUNTER_REFUSED, "refused requests")                                                         \
    X(COUNTER_QUEUED, "queued requests")                                                           \
    X(COUNTER_RETRIES, "retries")                                                                  \
    X(COUNTER_RETRIES_DENIED, "retries not granted")                                               \
    X(COUNTER_EJECTIONS, "ejections")                                                              \
    X(COUNTER_POLICY_ERRORS, "policy errors")                                                      \
    X(COUNTER_ROUTE_ERRORS, "route errors")                                                        \
    X(COUNTER_HOOK_ERRORS, "hook errors")

#define COUNTER_NAME(code, text) code,
enum counter { COUNTER_LIST(COUNTER_NAME) COUNTER_COUNT };
#undef COUNTER_NAME

struct counters {
    uint64_t n[COUNTER_COUNT];
};

/* One more of WHICH. */
static inline void counters_add(struct counters *counters, enum counter which)
{
    counters->n[which]++;
}

/* All numbers in one line, "5 requests, 1 connections, ...", into TEXT of SIZE bytes. */
void counters_print(const struct counters *counters, char *text, unsigned size);

#endif
