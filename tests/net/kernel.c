/* Writing, as much at a time as a test says, and accepting, and connecting. */
#include "kernel.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PIECES_MAX = 8 };

struct kernel kernel = { .takes = SIZE_MAX };

/* What a call that offers SIZE bytes may do. False, and errno set, if it is to fail. */
static bool may_take(size_t *size)
{
    errno = kernel.error;
    kernel.error = 0;
    if (errno != 0)
        return false;
    errno = EAGAIN;
    if (*size > kernel.takes)
        *size = kernel.takes;
    kernel.takes -= kernel.takes == SIZE_MAX ? 0 : *size;
    return *size > 0;
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    if (!may_take(&size))
        return -1;
    return syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct iovec iov[PIECES_MAX];
    struct msghdr shorter = { .msg_iov = iov, .msg_iovlen = message->msg_iovlen };
    size_t size = 0;

    for (size_t i = 0; i < message->msg_iovlen; i++)
        size += message->msg_iov[i].iov_len;
    if (!may_take(&size))
        return -1;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        iov[i] = message->msg_iov[i];
        if (iov[i].iov_len > size)
            iov[i].iov_len = size;
        size -= iov[i].iov_len;
    }
    return syscall(SYS_sendmsg, fd, &shorter, flags);
}

int accept4(int fd, struct sockaddr *from, socklen_t *size, int flags)
{
    errno = kernel.turned_away;
    kernel.turned_away = 0;
    if (errno != 0)
        return -1;
    return (int)syscall(SYS_accept4, fd, from, size, flags);
}

int connect(int fd, const struct sockaddr *at, socklen_t size)
{
    errno = kernel.no_way;
    if (kernel.dials > 0) {
        kernel.dials--;
        return -1;
    }
    return (int)syscall(SYS_connect, fd, at, size);
}
