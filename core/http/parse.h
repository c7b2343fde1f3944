/* Bytes to heads.
 *
 * A head is taken in two steps. parse_scan watches the bytes as they come, line by line, and
 * refuses at the first one that may not be there: bare CR or LF, controls, folded lines, too much
 * of anything. When the empty line has come, parse_request or parse_response reads the head once.
 * Nothing is left to http_parser: Debian's build of it is not strict. See judge.h.
 */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "base/err.h"
#include "conf/config.h"
#include "http/head.h"

struct parse_limits {
    size_t head;                      /* bytes of a head; must be less than BUF_SIZE */
    unsigned fields;                  /* fields of a head */
    size_t line;                      /* bytes of its start line; 0: any */
    size_t field;                     /* bytes of one field, its name included; 0: any */
    const struct config_allow *allow; /* what else may be asked for; NULL: nothing */
    size_t few; /* among so many bytes nothing can be too long; 0 if nobody has worked it out */
};

/* Works out limits->few, which saves time. */
void parse_hasten(struct parse_limits *limits);

/* How far a head was looked at. Embed it; parse_begin for every head. */
struct parse {
    size_t seen;    /* bytes looked at */
    size_t line;    /* where the line begins that is being looked at */
    unsigned lines; /* complete lines, the start line included */
    bool started;   /* parse_start has looked at the first of them */
    const char *why;
};

enum parse_news {
    PARSE_WAIT, /* more bytes are needed */
    PARSE_HEAD, /* the head is complete: it ends at parse->seen */
    PARSE_BAD,  /* refused, for the reason parse->why */
};

/* So many empty lines may stand in front of a request. */
enum { PARSE_EMPTY_MAX = 100 };

/* How many of BYTES are empty lines: in front of a request they mean nothing (RFC 9112, 2.2). They
 * are added to *LINES; those above PARSE_EMPTY_MAX are none any more, and no request begins so. */
size_t parse_empty_lines(struct span bytes, size_t *lines);

/* Starts with a new head. */
void parse_begin(struct parse *parse);

/* Looks at the BYTES of a head from its first one on; those seen before must come again, and more
 * may follow. With PARSE_BAD, *VERDICT is ERR_MALFORMED, ERR_TARGET_LONG or ERR_HEAD_LARGE. What it
 * is does not depend on how many bytes come at a time. */
enum parse_news parse_scan(struct parse *parse, struct span bytes,
                           const struct parse_limits *limits, enum err *verdict);

/* The rest of a head may be long in coming, or bad: looks at the start line if parse_scan has found
 * its end in BYTES, and no more than once. Anything but OK says that there is no need to wait, as
 * parse_request or parse_response would; parse->why says why. */
enum err parse_start(struct parse *parse, struct span bytes, bool is_request);

/* Reads the head of a request, BYTES long as parse_scan found it, into *HEAD and ARENA.
 * Anything but OK says how to refuse it; head->why says why. Target and Host are in the form in
 * which they are forwarded: see target_resolve, and what ALLOW is. */
enum err parse_request(struct head *head, struct arena *arena, struct span bytes,
                       const struct config_allow *allow);

/* The same for a response to REQUEST. */
enum err parse_response(struct head *head, struct arena *arena, struct span bytes,
                        const struct head *request);

#endif
