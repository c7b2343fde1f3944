/* Up and down by rise and fall, and who is gone altogether: a rule without sockets or clock. */
#ifndef BALANCE_HEALTH_H
#define BALANCE_HEALTH_H

#include <stdbool.h>

/* How a check has ended. */
enum verdict {
    VERDICT_BAD,  /* somebody is there, but does not do well */
    VERDICT_GOOD, /* all is well */
    VERDICT_GONE, /* nobody is there: the connection was refused, or not accepted in time */
};

/* Embed it, zeroed: nothing is known, and the backend counts as up until a check says otherwise. */
struct health {
    bool known; /* has any check ended yet? */
    bool down;
    bool gone;    /* the last check has found nobody there */
    unsigned run; /* results running that contradict what it counts as */
};

enum health_news { HEALTH_SAME, HEALTH_WENT_UP, HEALTH_WENT_DOWN };

/* One more check has ended. RISE good ones running make a backend that is down count as up, FALL
 * others running make one that is up count as down. The very first check decides alone, so that
 * nobody has to wait for what is already known. Who is gone counts as there again with the first
 * check that finds somebody, however that ends. */
enum health_news health_judge(struct health *health, enum verdict verdict, unsigned rise,
                              unsigned fall);

#endif
