/* Where a request has come from: what is believed of what others say of it, and what the next one
 * is told (RFC 7239, and the X-Forwarded fields that are older, and that most go by).
 *
 * Who is not trusted could say anything, and what he says ends here. Who is trusted speaks for
 * others: what he says stays, whatever Connection names.
 */
#ifndef HTTP_FORWARDED_H
#define HTTP_FORWARDED_H

#include "conf/config.h"
#include "http/head.h"

/* Who has sent REQUEST, which somebody at FROM has brought whom CONFIG trusts: the last one in
 * X-Forwarded-For who is not trusted himself. Where something else stands than an address, the
 * search ends at the one before. The address is in the arena of the request. */
const struct addr *forwarded_client(const struct head *request, const struct config *config,
                                    const struct addr *from);

/* Is FIELD about the way to here? */
static inline bool forwarded_is(const struct field *field)
{
    switch (field->id) {
    case FIELD_FORWARDED:
    case FIELD_X_FORWARDED:
    case FIELD_X_FORWARDED_FOR:
    case FIELD_X_FORWARDED_HOST:
    case FIELD_X_FORWARDED_PROTO:
        return true;
    default:
        return false;
    }
}

/* Does FIELD, which is about the way to here, go on as it is, if who has brought it is TRUSTED? A
 * script knows what it says. */
bool forwarded_stays(const struct field *field, bool trusted);

/* Adds to ONWARD, what a backend is to see of REQUEST, where that has come from: from FROM. */
void forwarded_add(struct head *onward, const struct head *request, const struct addr *from,
                   bool trusted);

#endif
