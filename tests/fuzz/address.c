/* Addresses as scripts write them: what is cut can be put together again, and numbers survive being
 * resolved and printed. */
#include "base/addr.h"

#include "cuts.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>

/* An address, cut. */
struct cut {
    enum err err;
    struct span host;
    uint16_t port;
};

static struct cut cut(struct span text)
{
    struct cut result;
    const char *why = NULL;

    result.err = addr_cut(text, &result.host, &result.port, &why);
    assert(result.err == OK || result.err == ERR_ADDRESS);
    assert((result.err == OK) == (why == NULL));
    return result;
}

/* A host holds nothing that could part, quote, hide or decode it. */
static void check_host(struct span host)
{
    assert(host.len < 256);
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char)host.at[i];

        assert(c > ' ' && c < 0x7f && strchr("/\\@?#%\"'<>", c) == NULL);
    }
}

/* What is written by us from WHOLE, with and without http://, is read as WHOLE. */
static void check_round_trip(const struct cut *whole)
{
    bool v6 = whole->host.len > 0 && memchr(whole->host.at, ':', whole->host.len) != NULL;
    int prefixes = whole->host.len > 0 ? 2 : 1; /* a URL needs a host */

    for (int i = 0; i < prefixes; i++) {
        char text[400];
        int length = snprintf(text, sizeof text, v6 ? "%s[%.*s]:%u" : "%s%.*s:%u",
                              i == 0 ? "" : "http://", SPAN_ARG(whole->host), whole->port);
        char *copy = cuts_copy(text, (size_t)length);
        struct cut again = cut((struct span){ copy, (size_t)length });

        assert(again.err == OK && again.port == whole->port);
        assert(span_eq(again.host, whole->host));
        free(copy);
    }
}

/* A number is resolved without asking anybody, and printed so that it is read as the same. */
static void check_number(const struct cut *whole)
{
    char number[INET6_ADDRSTRLEN] = "";
    char text[ADDR_TEXT];
    struct in6_addr parsed;
    struct addr a;
    struct addr b;
    struct cut again;

    if (whole->host.len == 0 || whole->host.len >= sizeof number)
        return;
    memcpy(number, whole->host.at, whole->host.len);
    if (inet_pton(AF_INET, number, &parsed) != 1 && inet_pton(AF_INET6, number, &parsed) != 1)
        return;
    assert(addr_resolve(&a, whole->host, whole->port) == OK);
    assert(addr_port(&a) == whole->port);
    assert(addr_print(&a, text) == strlen(text));
    again = cut(span_of(text));
    assert(again.err == OK && addr_resolve(&b, again.host, again.port) == OK);
    assert(addr_eq(&a, &b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = cuts_copy(data, size);
    struct cut whole = cut((struct span){ copy, size });

    if (whole.err == OK) {
        check_host(whole.host);
        check_round_trip(&whole);
        check_number(&whole);
    }
    free(copy);
    return 0;
}
