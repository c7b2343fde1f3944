/* What ends at this hop, and what is added on the way (RFC 9110, sections 7.6 and 7.7).
 *
 * All of this only picks, marks and adds fields; printing comes later. Fields named by Connection
 * go first, so that nobody can make the proxy drop what it adds itself.
 */
#ifndef HTTP_HOP_H
#define HTTP_HOP_H

#include "base/addr.h"
#include "http/head.h"

/* Who has brought a request. */
struct hop {
    const struct addr *from;
    bool trusted; /* is it believed what he says of the way to here? */
};

/* What a backend is to see of REQUEST, which HOP has brought, and which stays as it is: a head in
 * the same arena, without hop-by-hop fields and framing, with Via and what `forwarded` adds, and
 * with HOST as its Host. HOST must live as long as the request. What a script has set goes on as
 * it is; but X-Forwarded-For gets who has brought it at its end in any case. */
struct head *hop_request(const struct head *request, const struct hop *hop, struct span host);

enum hop_news {
    HOP_GOES_ON,
    HOP_LOOPS, /* Via says that it has been here too often */
    HOP_ENDS,  /* an OPTIONS or a TRACE that may go no further: the proxy is who was asked */
};

/* May REQUEST go on? Counts its Max-Forwards down (RFC 9110, 7.6.2). */
enum hop_news hop_judge(struct head *request);

/* Makes of RESPONSE, as it came from a backend, what the client is to see. DATE is set if the
 * backend gave none; it is copied. */
void hop_response(struct head *response, struct span date);

#endif
