/* What flows through an exchange: a head, then pieces of the body, one of them marked last. */
#ifndef HTTP_PART_H
#define HTTP_PART_H

#include "http/head.h"

enum part_kind { PART_HEAD, PART_BODY };

struct pipe;

struct part {
    enum part_kind kind;
    bool last;         /* nothing follows: the message is complete */
    struct head *head; /* PART_HEAD */
    struct span body;  /* PART_BODY; empty only if last */
    /* PART_BODY: where the bytes are, if body.at does not show them; whoever takes the part takes
     * it. */
    struct pipe *pipe;
};

#endif
