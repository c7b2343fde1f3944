/* Starting a connection. */
#include "net/dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* Is there an address here from which AT could be reached? A socket that needs no port of those
 * that have run out finds out. */
static bool has_way(const struct addr *at)
{
    int fd = socket(at->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool way = fd < 0 || connect(fd, &at->any, addr_len(at)) == 0 || errno == EAGAIN;

    if (fd >= 0)
        close(fd);
    return way;
}

enum err dial(const struct addr *at, int *fd, bool *connecting)
{
    int yes = 1;
    enum err err;

    *fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return err_of_errno(errno);
    setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    *connecting = connect(*fd, &at->any, addr_len(at)) < 0;
    if (!*connecting || errno == EINPROGRESS)
        return OK;

    err = err_of_errno(errno);
    close(*fd);
    if (err == ERR_PORTS && !has_way(at))
        return ERR_UNREACHABLE;
    return err;
}
