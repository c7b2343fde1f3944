/* What ends at this hop, and what is added on the way (RFC 9110, sections 7.6 and 7.7).
 *
 * All of this only marks and adds fields; printing comes later. Fields named by Connection go
 * first, so that nobody can make the proxy drop what it adds itself.
 */
#ifndef HTTP_HOP_H
#define HTTP_HOP_H

#include "http/head.h"

/* Makes of REQUEST, as it came from the client at the address IP ("10.0.0.1"), what a backend is to
 * see: without hop-by-hop fields and framing, with Via and X-Forwarded-For, -Host and -Proto.
 * IP must live as long as the request. */
void hop_request(struct head *request, struct span ip);

/* Counts the Max-Forwards of an OPTIONS down (RFC 9110, 7.6.2). False if it is at 0: then the proxy is who was asked. */
bool hop_goes_on(struct head *request);

/* Tells the backend that NAME, "host:port", is the host that is meant. NAME must live as long as
 * the request. */
void hop_set_host(struct head *request, struct span name);

/* Makes of RESPONSE, as it came from a backend, what the client is to see. DATE is set if the
 * backend gave none; it is copied. */
void hop_response(struct head *response, struct span date);

#endif
