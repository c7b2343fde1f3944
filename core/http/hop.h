/* What ends at this hop, and what is added on the way (RFC 9110, sections 7.6 and 7.7).
 *
 * All of this only picks, marks and adds fields; printing comes later. Fields named by Connection
 * go first, so that nobody can make the proxy drop what it adds itself.
 */
#ifndef HTTP_HOP_H
#define HTTP_HOP_H

#include "base/addr.h"
#include "http/head.h"

/* What a backend is to see of REQUEST, which came from a client at FROM and stays as it is: a head
 * in the same arena, without hop-by-hop fields and framing, with Via and X-Forwarded-For, -Host and
 * -Proto, and with HOST as its Host. HOST must live as long as the request. What a script has set
 * goes on as it is; but X-Forwarded-For gets FROM at its end in any case. */
struct head *hop_request(const struct head *request, const struct addr *from, struct span host);

/* Counts the Max-Forwards of an OPTIONS down (RFC 9110, 7.6.2). False if it is at 0: then the proxy
 * is who was asked. */
bool hop_goes_on(struct head *request);

/* Makes of RESPONSE, as it came from a backend, what the client is to see. DATE is set if the
 * backend gave none; it is copied. */
void hop_response(struct head *response, struct span date);

#endif
