/* One line of access log.
 *
 *   127.0.0.1:40312 "GET /path HTTP/1.1" 200 1234 127.0.0.1:9001 tries=1 first=0.001 total=0.002
 */
#ifndef EXCHANGE_ACCESS_H
#define EXCHANGE_ACCESS_H

#include "base/addr.h"
#include "http/head.h"

struct access {
    const struct addr *client;
    struct span target;  /* as the client wrote it, whatever a hook has made of it */
    unsigned status;     /* 499: the client has gone, or does not take its answer */
    uint64_t bytes;      /* of the response's body */
    const char *backend; /* who was asked last; NULL: the proxy itself has answered */
    unsigned tries;      /* backends asked */
    double first; /* seconds from the first byte of the request to the head of the response */
    double total; /* seconds until all of it was passed on */
    bool cut;     /* the response was not complete */
};

/* Writes the line for REQUEST (NULL if none was understood), if anybody wants it. */
void access_log(const struct access *access, const struct head *request);

#endif
