/* What a request is for: its target and Host, checked and brought into the form that is sent on. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/err.h"
#include "conf/config.h"
#include "http/head.h"

/* Checks method, target and Host of REQUEST against each other (RFC 9112, section 3), and what only
 * some methods have. Afterwards head->host is what the Host field says, and the target is a path
 * with its query, or "*"; of a CONNECT both are "host:port".
 * CONNECT and TRACE are ERR_METHOD unless ALLOW, which may be NULL, has them; and so is a method
 * that is longer than any there is, or that somebody could take for HEAD, TRACE or CONNECT. */
enum err target_resolve(struct head *request, const struct config_allow *allow);

/* Why METHOD, a word, is not served: see above. NULL: it is. */
const char *target_why_not(struct span method, const struct config_allow *allow);

/* Is TEXT a host, with or without a port, as a Host field may say it? */
bool target_is_authority(struct span text);

#endif
