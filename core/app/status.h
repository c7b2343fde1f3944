/* How things are, as some lines of the log. */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "app/reload.h"

/* Logs what serves, what was counted, what is tripped, all pools with those who wait and their
 * backends with their facts, and what scripts have counted. */
void status_log(const struct reload *reload);

#endif
