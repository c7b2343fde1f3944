/* Result codes.
 *
 * A function that can fail returns OK or one of these. What went wrong with a system call is in
 * errno as usual; everything else says enough by its name. The list is in one place so that code,
 * name and text cannot drift apart.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#define ERR_LIST(X)                                                                                \
    X(OK, "ok")                                                                                    \
    /* of the machine */                                                                           \
    X(ERR_SYSTEM, "system call failed")                                                            \
    X(ERR_EXHAUSTED, "out of file descriptors or memory")                                          \
    X(ERR_PORTS, "out of local ports")                                                             \
    /* of a script or an address */                                                                \
    X(ERR_SCRIPT, "script failed")                                                                 \
    X(ERR_ADDRESS, "bad address")                                                                  \
    X(ERR_UNKNOWN_HOST, "host name not found")                                                     \
    /* of a message */                                                                             \
    X(ERR_MALFORMED, "malformed")                                                                  \
    X(ERR_TARGET_LONG, "target too long")                                                          \
    X(ERR_HEAD_LARGE, "head too large")                                                            \
    X(ERR_VERSION, "version not supported")                                                        \
    X(ERR_CODING, "transfer coding not supported")                                                 \
    X(ERR_METHOD, "method not supported")                                                          \
    X(ERR_EXPECT, "expectation not supported")                                                     \
    /* of a connection */                                                                          \
    X(ERR_REFUSED, "connection refused")                                                           \
    X(ERR_UNREACHABLE, "unreachable")                                                              \
    X(ERR_RESET, "connection reset")                                                               \
    X(ERR_CLOSED, "connection closed")                                                             \
    X(ERR_LATE, "timed out")                                                                       \
    X(ERR_ABANDONED, "client left")

#define ERR_CODE(code, text) code,
enum err { ERR_LIST(ERR_CODE) ERR_COUNT };
#undef ERR_CODE

/* The text of CODE, as it appears in the log: "connection refused". */
const char *err_text(enum err code);

/* Is something used up here, so that it says nothing about anybody else? */
static inline bool err_is_shortage(enum err code)
{
    return code == ERR_EXHAUSTED || code == ERR_PORTS;
}

/* Which of the codes of a connection an errno of connect, read or write stands for. */
enum err err_of_errno(int number);

#endif
