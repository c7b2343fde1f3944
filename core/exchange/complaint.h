/* What is said of a backend that fails: a line a second at most, however many requests suffer. */
#ifndef EXCHANGE_COMPLAINT_H
#define EXCHANGE_COMPLAINT_H

#include "balance/backend.h"

/* Logs "backend ID: WHY", with THEN behind it, or only counts it if something was said of B less than a second
 * before NOW. The next line tells how many were left out. */
void complaint_log(struct backend *b, double now, const char *why, const char *then);

#endif
