/* Networks. */
#include "base/net.h"

#include <arpa/inet.h>
#include <string.h>

/* The bytes of A's address in the order of the network; *BITS is their number in bits. */
static const unsigned char *bytes_of(const struct addr *a, unsigned *bits)
{
    if (a->any.sa_family != AF_INET6) {
        *bits = 32;
        return (const unsigned char *)&a->v4.sin_addr;
    }
    if (IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr)) {
        *bits = 32;
        return (const unsigned char *)&a->v6.sin6_addr + 12;
    }
    *bits = 128;
    return (const unsigned char *)&a->v6.sin6_addr;
}

static bool read_address(struct addr *a, struct span text)
{
    char copy[INET6_ADDRSTRLEN] = "";

    if (text.len >= sizeof copy || memchr(text.at, '\0', text.len) != NULL)
        return false;
    memcpy(copy, text.at, text.len);
    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, copy, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        return true;
    }
    a->v6.sin6_family = AF_INET6;
    return inet_pton(AF_INET6, copy, &a->v6.sin6_addr) == 1;
}

/* Are the first BITS of A and B the same? */
static bool are_same(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned rest = bits % 8;

    if (memcmp(a, b, bits / 8) != 0)
        return false;
    return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

/* Are all bits of the address behind the first ones zero? */
static bool is_clear_behind(const unsigned char *bytes, unsigned first, unsigned all)
{
    for (unsigned i = first; i < all; i++)
        if ((bytes[i / 8] >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

enum err net_read(struct net *net, struct span text)
{
    struct span host = span_cut(&text, '/');
    unsigned all;
    const unsigned char *bytes;
    uint64_t bits;

    if (!read_address(&net->base, host))
        return ERR_ADDRESS;
    bytes = bytes_of(&net->base, &all);
    bits = all;
    if (text.at != NULL && !span_number(text, all, &bits))
        return ERR_ADDRESS;
    net->bits = (unsigned)bits;
    return is_clear_behind(bytes, net->bits, all) ? OK : ERR_ADDRESS;
}

bool net_has(const struct net *net, const struct addr *a)
{
    unsigned net_bits, bits;
    const unsigned char *base = bytes_of(&net->base, &net_bits);
    const unsigned char *bytes = bytes_of(a, &bits);

    return net_bits == bits && are_same(base, bytes, net->bits);
}
