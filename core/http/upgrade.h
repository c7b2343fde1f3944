/* Another protocol than HTTP, over the same connection (RFC 9110, 7.8).
 *
 *     Connection: upgrade          both are for this hop, and printed anew from head->upgrade
 *     Upgrade: websocket, foo/2    in order of preference; a version may follow a name
 */
#ifndef HTTP_UPGRADE_H
#define HTTP_UPGRADE_H

#include "base/err.h"
#include "conf/config.h"
#include "http/head.h"

/* Is the protocol NAME never passed on, since it would go on with HTTP, past all that is done with
 * it here, or is about this connection alone? */
bool upgrade_is_of_connection(struct span name);

/* Notes in REQUEST, which has an Upgrade field, which of the protocols it names are asked for:
 * those that are allowed. None, and it is a request like any other, if it is of HTTP/1.0, has a
 * body, or does not name the field in Connection. */
void upgrade_ask(struct head *request, const struct config_allow *allow);

/* Notes in RESPONSE, a 101, what was agreed upon: it makes a tunnel. ERR_MALFORMED if REQUEST has
 * not asked for that; response->why says why. */
enum err upgrade_agree(struct head *response, const struct head *request);

#endif
