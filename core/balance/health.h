/* Up and down by rise and fall: a rule without sockets or clock. */
#ifndef BALANCE_HEALTH_H
#define BALANCE_HEALTH_H

#include <stdbool.h>

/* Embed it, zeroed: nothing is known, and the backend counts as up until a check says otherwise. */
struct health {
    bool known; /* has any check ended yet? */
    bool down;
    unsigned run; /* results running that contradict what it counts as */
};

enum health_news { HEALTH_SAME, HEALTH_WENT_UP, HEALTH_WENT_DOWN };

/* One more check has ended, well if OK. RISE successes running make a backend that is down count as
 * up, FALL failures running make one that is up count as down. The very first check decides alone,
 * so that nobody has to wait for what is already known. */
enum health_news health_judge(struct health *health, bool ok, unsigned rise, unsigned fall);

#endif
