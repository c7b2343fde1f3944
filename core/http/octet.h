/* Classes of octets, after RFC 9110 section 5 and RFC 3986: one table, one question a class. */
#ifndef HTTP_OCTET_H
#define HTTP_OCTET_H

#include "base/span.h"

enum {
    OCTET_TOKEN = 1,   /* of a method or a field name */
    OCTET_VISIBLE = 2, /* 0x21 to 0x7e */
    OCTET_HOST = 4,    /* of a name or an IPv4 address; no %, which could be read in two ways */
    OCTET_ODD = 8,     /* must not stand in a head, or ends a line: controls but TAB, and DEL */
    OCTET_HEX = 16,
    OCTET_DIGIT = 32,
    OCTET_PLAIN = 64, /* of most field names: letters, digits and "-" */
};

extern const unsigned char octet_class[256];

/* Is C of CLASS, or of one of several? */
static inline bool octet_is(char c, unsigned char class)
{
    return (octet_class[(unsigned char)c] & class) != 0;
}

/* Is TEXT not empty, and all of CLASS? */
bool octet_all(struct span text, unsigned char class);

/* Where the first odd one of BYTES stands at or behind FROM; bytes.len if there is none. */
size_t octet_next_odd(struct span bytes, size_t from);

#endif
