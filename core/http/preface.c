/* The PROXY header. */
#include "http/preface.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* What a header of the second version begins with, and how its next two bytes are meant. */
static const struct span signature = { "\r\n\r\n\0\r\nQUIT\n", 12 };

enum {
    START = 16, /* bytes up to the addresses */
    VERSION_2 = 0x20,
    COMMAND_LOCAL = 0,
    COMMAND_PROXY = 1,
    FAMILY_NONE = 0x00,
    FAMILY_TCP4 = 0x11,
    FAMILY_TCP6 = 0x21,
    FAMILY_UNIX = 0x31,
};

enum { LINE_MAX_BYTES = 107 }; /* of the first version, CRLF included */

static enum preface_news bad(const char **why, const char *text)
{
    *why = text;
    return PREFACE_BAD;
}

/* Do BYTES and WHOLE begin alike, as far as both go? */
static bool begins(struct span bytes, struct span whole)
{
    size_t len = bytes.len < whole.len ? bytes.len : whole.len;

    return memcmp(bytes.at, whole.at, len) == 0;
}

static bool read_host(struct addr *a, int family, struct span text)
{
    char host[INET6_ADDRSTRLEN] = "";

    if (text.len >= sizeof host || memchr(text.at, '\0', text.len) != NULL)
        return false;
    memcpy(host, text.at, text.len);
    *a = (struct addr){ .v6 = { .sin6_family = (sa_family_t)family } };
    if (family == AF_INET)
        return inet_pton(AF_INET, host, &a->v4.sin_addr) == 1;
    return inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1;
}

static void set_port(struct addr *a, uint16_t port)
{
    if (a->any.sa_family == AF_INET)
        a->v4.sin_port = htons(port);
    else
        a->v6.sin6_port = htons(port);
}

static bool read_port(struct addr *a, struct span text)
{
    uint64_t port;

    if (!span_number(text, 65535, &port) || (text.len > 1 && text.at[0] == '0'))
        return false;
    set_port(a, (uint16_t)port);
    return true;
}

/* Reads "host host port port". */
static bool read_words(struct preface *preface, int family, struct span words)
{
    bool ok = read_host(&preface->from, family, span_cut(&words, ' '));

    ok = ok && words.at != NULL && read_host(&preface->at, family, span_cut(&words, ' '));
    ok = ok && words.at != NULL && read_port(&preface->from, span_cut(&words, ' '));
    return ok && words.at != NULL && read_port(&preface->at, words);
}

/* Reads a whole LINE of the first version, without its CRLF. */
static bool read_line(struct preface *preface, struct span line)
{
    struct span words = span_skip(line, 6);
    struct span family = span_cut(&words, ' ');

    if (span_eq(family, SPAN("UNKNOWN"))) {
        preface->is_local = true;
        return true;
    }
    if (words.at == NULL)
        return false;
    if (span_eq(family, SPAN("TCP4")))
        return read_words(preface, AF_INET, words);
    return span_eq(family, SPAN("TCP6")) && read_words(preface, AF_INET6, words);
}

static enum preface_news read_text(struct preface *preface, struct span bytes, size_t *len,
                                   const char **why)
{
    size_t most = bytes.len < LINE_MAX_BYTES ? bytes.len : LINE_MAX_BYTES;
    const char *end = memchr(bytes.at, '\r', most);

    if (end == NULL || end + 1 == bytes.at + most)
        return most < LINE_MAX_BYTES ? PREFACE_WAIT : bad(why, "PROXY header too long");
    *len = (size_t)(end - bytes.at) + 2;
    if (end[1] != '\n' || !read_line(preface, (struct span){ bytes.at, *len - 2 }))
        return bad(why, "bad PROXY header");
    return PREFACE_READ;
}

/* Are BYTES a list of things that are told besides, each with its type and its length? */
static bool is_list(struct span bytes)
{
    while (bytes.len >= 3) {
        const unsigned char *at = (const unsigned char *)bytes.at;
        size_t size = 3 + (size_t)(at[1] << 8 | at[2]);

        if (size > bytes.len)
            return false;
        bytes = span_skip(bytes, size);
    }
    return bytes.len == 0;
}

/* Reads both addresses, SIZE bytes long each, and both ports from the front of *REST. */
static bool take_addresses(struct preface *preface, struct span *rest, int family, size_t size)
{
    struct addr *both[] = { &preface->from, &preface->at };
    const unsigned char *at = (const unsigned char *)rest->at;

    if (rest->len < 2 * size + 4)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        const unsigned char *port = at + 2 * size + 2 * i;
        void *host = family == AF_INET ? (void *)&both[i]->v4.sin_addr : &both[i]->v6.sin6_addr;

        *both[i] = (struct addr){ .v6 = { .sin6_family = (sa_family_t)family } };
        memcpy(host, at + size * i, size);
        set_port(both[i], (uint16_t)(port[0] << 8 | port[1]));
    }
    *rest = span_skip(*rest, 2 * size + 4);
    return true;
}

/* Reads what stands behind the START of a whole header of the second version. */
static bool read_rest(struct preface *preface, unsigned family, struct span rest)
{
    enum { UNIX_SIZE = 216 };

    switch (family) {
    case FAMILY_TCP4:
        return take_addresses(preface, &rest, AF_INET, 4) && is_list(rest);
    case FAMILY_TCP6:
        return take_addresses(preface, &rest, AF_INET6, 16) && is_list(rest);
    case FAMILY_UNIX:
        preface->is_local = true;
        return rest.len >= UNIX_SIZE && is_list(span_skip(rest, UNIX_SIZE));
    case FAMILY_NONE:
        preface->is_local = true;
        return true;
    default:
        return false;
    }
}

static enum preface_news read_block(struct preface *preface, struct span bytes, size_t *len,
                                    const char **why)
{
    const unsigned char *at = (const unsigned char *)bytes.at;
    unsigned command;

    if (bytes.len < START)
        return PREFACE_WAIT;
    *len = START + (size_t)(at[14] << 8 | at[15]);
    command = at[12] - (unsigned)VERSION_2;
    if (command > COMMAND_PROXY)
        return bad(why, "bad PROXY header");
    if (*len > PREFACE_MAX)
        return bad(why, "PROXY header too long");
    if (bytes.len < *len)
        return PREFACE_WAIT;
    if (command == COMMAND_LOCAL) {
        preface->is_local = true;
        return PREFACE_READ;
    }
    if (!read_rest(preface, at[13], (struct span){ bytes.at + START, *len - START }))
        return bad(why, "bad PROXY header");
    return PREFACE_READ;
}

enum preface_news preface_read(struct preface *preface, struct span bytes, size_t *len,
                               const char **why)
{
    static const struct span word = { "PROXY ", 6 };

    *preface = (struct preface){ .is_local = false };
    if (bytes.len == 0)
        return PREFACE_WAIT;
    if (begins(bytes, word))
        return bytes.len < word.len ? PREFACE_WAIT : read_text(preface, bytes, len, why);
    if (begins(bytes, signature))
        return bytes.len < signature.len ? PREFACE_WAIT : read_block(preface, bytes, len, why);
    return bad(why, "no PROXY header");
}

/* A as one of IPv6. */
static struct addr as_v6(const struct addr *a)
{
    struct addr v6 = { .v6 = { .sin6_family = AF_INET6, .sin6_port = htons(addr_port(a)) } };

    if (a->any.sa_family == AF_INET6)
        return *a;
    v6.v6.sin6_addr.s6_addr[10] = v6.v6.sin6_addr.s6_addr[11] = 0xff;
    memcpy(&v6.v6.sin6_addr.s6_addr[12], &a->v4.sin_addr, 4);
    return v6;
}

static size_t print_line(char *text, const struct addr *from, const struct addr *at)
{
    char host_from[ADDR_TEXT], host_at[ADDR_TEXT];

    addr_print_host(from, host_from);
    addr_print_host(at, host_at);
    return (size_t)snprintf(text, PREFACE_ROOM, "PROXY %s %.45s %.45s %u %u\r\n",
                            from->any.sa_family == AF_INET6 ? "TCP6" : "TCP4", host_from, host_at,
                            addr_port(from), addr_port(at));
}

static char *put(char *to, const void *bytes, size_t size)
{
    memcpy(to, bytes, size);
    return to + size;
}

static size_t print_block(char *text, const struct addr *from, const struct addr *at)
{
    bool v6 = from->any.sa_family == AF_INET6;
    size_t size = v6 ? 16 : 4;
    char *to = put(text, signature.at, signature.len);

    *to++ = VERSION_2 | COMMAND_PROXY;
    *to++ = v6 ? FAMILY_TCP6 : FAMILY_TCP4;
    *to++ = 0;
    *to++ = (char)(2 * size + 4);
    to = put(to, v6 ? (const void *)&from->v6.sin6_addr : &from->v4.sin_addr, size);
    to = put(to, v6 ? (const void *)&at->v6.sin6_addr : &at->v4.sin_addr, size);
    to = put(to, v6 ? &from->v6.sin6_port : &from->v4.sin_port, 2);
    to = put(to, v6 ? &at->v6.sin6_port : &at->v4.sin_port, 2);
    return (size_t)(to - text);
}

static size_t print_local(char *text, enum config_proxy version)
{
    static const struct span line = { "PROXY UNKNOWN\r\n", 15 };
    static const char rest[] = { VERSION_2 | COMMAND_LOCAL, FAMILY_NONE, 0, 0 };

    if (version == PROXY_V1)
        return (size_t)(put(text, line.at, line.len) - text);
    return (size_t)(put(put(text, signature.at, signature.len), rest, sizeof rest) - text);
}

size_t preface_print(char *text, enum config_proxy version, const struct addr *from,
                     const struct addr *at)
{
    struct addr v6[2];

    if (from == NULL)
        return print_local(text, version);
    if (from->any.sa_family != at->any.sa_family) {
        v6[0] = as_v6(from);
        v6[1] = as_v6(at);
        from = &v6[0];
        at = &v6[1];
    }
    return version == PROXY_V1 ? print_line(text, from, at) : print_block(text, from, at);
}
