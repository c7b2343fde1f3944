/* How long an exchange may stay as it is, and what becomes of it then. */
#ifndef EXCHANGE_PATIENCE_H
#define EXCHANGE_PATIENCE_H

#include "exchange/course.h"

/* X is going to wait: until when it may, if nothing moves. */
void patience_begin(struct exchange *x);

/* X, whose bodies are moving, has to wait: it waits on, unless somebody is late, or its client too
 * slow (see exchange/pacing.h). Whoever still takes, slowly, what the kernel has for him is not
 * late. */
enum step_news patience_wait(struct exchange *x);

/* Is X, which is a tunnel and has to wait, late? The same holds. */
bool patience_is_over(struct exchange *x);

#endif
