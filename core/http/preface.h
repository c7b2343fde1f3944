/* The PROXY header: for whom a connection speaks, told before its first byte.
 *
 * After HAProxy's proxy-protocol.txt (2.x), in both versions: a line of text, or a block of bytes.
 *
 *   PROXY TCP4 192.0.2.1 198.51.100.7 40312 443\r\n
 *   \r\n\r\n\0\r\nQUIT\n  0x21 0x11 len  addresses, ports, and more (TLVs), which is left out here
 *
 * As strict as heads are: whoever writes one knows how.
 */
#ifndef HTTP_PREFACE_H
#define HTTP_PREFACE_H

#include "base/addr.h"
#include "conf/config.h"

struct preface {
    bool is_local;    /* the connection speaks for itself: the addresses are not told */
    struct addr from; /* who has connected first, */
    struct addr at;   /* and where */
};

enum preface_news {
    PREFACE_WAIT, /* more bytes are needed */
    PREFACE_READ, /* *LEN bytes are the header */
    PREFACE_BAD,  /* they are none: *WHY */
};

/* So many bytes a header may have. */
enum { PREFACE_MAX = 4096 };

/* Reads the header that BYTES begin with, which may be followed by others. What comes of it does
 * not depend on how many bytes come at a time. */
enum preface_news preface_read(struct preface *preface, struct span bytes, size_t *len,
                               const char **why);

/* So many bytes preface_print prints. */
enum { PREFACE_ROOM = 128 };

/* Prints a header of VERSION, which is not PROXY_NONE, into TEXT, which has room for PREFACE_ROOM
 * bytes: the connection speaks for FROM, who has connected to AT. FROM is NULL if it speaks for
 * itself. Addresses of two families are told as IPv6. Gives the length. */
size_t preface_print(char *text, enum config_proxy version, const struct addr *from,
                     const struct addr *at);

#endif
