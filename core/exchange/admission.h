/* Whether a client is let in, of whom nothing but its address is known. */
#ifndef EXCHANGE_ADMISSION_H
#define EXCHANGE_ADMISSION_H

#include "exchange/census.h"
#include "exchange/course.h"
#include "net/stream.h"

/* Counts a client at FROM, in PLACE, if there is a limit for each address. Who is one too many is
 * answered over S, to which nothing was written yet: 429, come again in a second. Who is trusted
 * comes for many others, and is let in. */
enum census_news admission_judge(struct exchange_env *env, struct census *census,
                                 const struct addr *from, struct census_place *place,
                                 struct stream *s);

#endif
