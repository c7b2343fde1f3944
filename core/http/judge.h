/* A second opinion on where a body ends. */
#ifndef HTTP_JUDGE_H
#define HTTP_JUDGE_H

#include "http/head.h"

/* Does http_parser read the Transfer-Encoding of HEAD, which has one, as `framing` has read it: as
 * chunked? */
bool judge_sees_chunks(const struct head *head);

#endif
