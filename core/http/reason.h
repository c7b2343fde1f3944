/* What a status is called, for those who read it. */
#ifndef HTTP_REASON_H
#define HTTP_REASON_H

#include "base/span.h"

/* The usual reason phrase of STATUS (RFC 9110, section 15); empty if it has none. */
struct span reason_of(unsigned status);

#endif
