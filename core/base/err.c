/* Result codes and their texts. */
#include "base/err.h"

#include <errno.h>

const char *err_text(enum err code)
{
#define ERR_TEXT(code, text) [code] = text,
    static const char *const texts[] = { ERR_LIST(ERR_TEXT) };
#undef ERR_TEXT

    return texts[code];
}

enum err err_of_errno(int number)
{
    switch (number) {
    case ECONNREFUSED:
        return ERR_REFUSED;
    case ECONNRESET:
    case EPIPE:
        return ERR_RESET;
    case ETIMEDOUT:
        return ERR_LATE;
    case EHOSTUNREACH:
    case ENETUNREACH:
        return ERR_UNREACHABLE;
    case EADDRNOTAVAIL:
        return ERR_PORTS;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return ERR_EXHAUSTED;
    default:
        return ERR_SYSTEM;
    }
}
