/* Has one call of the C library fail, when a test says so. To be loaded before it:
 *
 *     LD_PRELOAD=build/scarce.so SCARCE=file ./luaproxy ...
 *
 * The file is shared with whoever gives the orders, which are those of `struct order`: for example
 * that the 37th call of malloc from now on is to fail with ENOMEM. Without one all calls are as
 * ever.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static struct order {
    char call[16];    /* which; "": none */
    uint32_t nth;     /* from the moment of the order */
    uint32_t forever; /* and all that follow it, too */
    int32_t error;    /* errno; 0: only one byte is taken or given */
    uint32_t calls;   /* so many there were, */
    uint32_t hits;    /* and so many have failed */
} * order;

enum fate { FATE_AS_EVER, FATE_FAILS, FATE_IS_SHORT };

__attribute__((constructor)) static void read_orders(void)
{
    const char *path = getenv("SCARCE");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *map;

    if (fd < 0)
        return;
    map = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map != MAP_FAILED)
        order = map;
}

/* What becomes of this call of NAME? */
static enum fate fate_of(const char *name)
{
    if (order == NULL || strcmp(order->call, name) != 0)
        return FATE_AS_EVER;
    order->calls++;
    if (order->calls < order->nth || (order->calls > order->nth && !order->forever))
        return FATE_AS_EVER;
    order->hits++;
    if (order->error == 0)
        return FATE_IS_SHORT;
    errno = order->error;
    return FATE_FAILS;
}

/* The function that this one stands before. */
#define REAL(name)                                                                                 \
    ({                                                                                             \
        static __typeof__(&name) real;                                                             \
        if (real == NULL)                                                                          \
            real = (__typeof__(&name))dlsym(RTLD_NEXT, #name);                                     \
        real;                                                                                      \
    })

#define FAILS(name) (fate_of(#name) == FATE_FAILS)

/* A connection that was lost is so both ways, and for good. */
static void lose(int fd)
{
    int number = errno;
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;

    REAL(getsockopt)(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    if (domain == AF_INET && (number == EPIPE || number == ECONNRESET))
        REAL(shutdown)(fd, SHUT_RDWR);
    errno = number;
}

/* SIZE, or what is left of it, of what goes through FD. False if the call fails. */
static bool cut(const char *name, int fd, size_t *size)
{
    switch (fate_of(name)) {
    case FATE_FAILS:
        lose(fd);
        return false;
    case FATE_IS_SHORT:
        *size = *size > 0;
        break;
    case FATE_AS_EVER:
        break;
    }
    return true;
}

/* ---- Memory ---- */

void *malloc(size_t size)
{
    return FAILS(malloc) ? NULL : REAL(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
    return FAILS(calloc) ? NULL : REAL(calloc)(count, size);
}

void *realloc(void *memory, size_t size)
{
    return FAILS(realloc) ? NULL : REAL(realloc)(memory, size);
}

/* ---- Bytes ---- */

ssize_t read(int fd, void *bytes, size_t size)
{
    return cut("read", fd, &size) ? REAL(read)(fd, bytes, size) : -1;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    return cut("write", fd, &size) ? REAL(write)(fd, bytes, size) : -1;
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    return cut("recv", fd, &size) ? REAL(recv)(fd, bytes, size, flags) : -1;
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    return cut("send", fd, &size) ? REAL(send)(fd, bytes, size, flags) : -1;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    switch (fate_of("sendmsg")) {
    case FATE_FAILS:
        lose(fd);
        return -1;
    case FATE_IS_SHORT:
        for (size_t i = 0; i < message->msg_iovlen; i++)
            if (message->msg_iov[i].iov_len > 0)
                return REAL(send)(fd, message->msg_iov[i].iov_base, 1, flags);
        break;
    case FATE_AS_EVER:
        break;
    }
    return REAL(sendmsg)(fd, message, flags);
}

ssize_t splice(int in, off64_t *in_at, int out, off64_t *out_at, size_t size, unsigned flags)
{
    if (cut("splice", in, &size))
        return REAL(splice)(in, in_at, out, out_at, size, flags);
    lose(out);
    return -1;
}

/* ---- Descriptors ---- */

int socket(int domain, int type, int protocol)
{
    return FAILS(socket) ? -1 : REAL(socket)(domain, type, protocol);
}

/* Only streams: other sockets have ports of their own. */
int connect(int fd, const struct sockaddr *at, socklen_t size)
{
    int type = 0;
    socklen_t type_size = sizeof type;

    REAL(getsockopt)(fd, SOL_SOCKET, SO_TYPE, &type, &type_size);
    return type == SOCK_STREAM && FAILS(connect) ? -1 : REAL(connect)(fd, at, size);
}

int accept4(int fd, struct sockaddr *from, socklen_t *size, int flags)
{
    return FAILS(accept4) ? -1 : REAL(accept4)(fd, from, size, flags);
}

int pipe2(int ends[2], int flags)
{
    return FAILS(pipe2) ? -1 : REAL(pipe2)(ends, flags);
}

int shutdown(int fd, int how)
{
    return FAILS(shutdown) ? -1 : REAL(shutdown)(fd, how);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    return FAILS(getsockopt) ? -1 : REAL(getsockopt)(fd, level, name, value, size);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    return FAILS(setsockopt) ? -1 : REAL(setsockopt)(fd, level, name, value, size);
}

int poll(struct pollfd *fds, nfds_t count, int patience)
{
    return FAILS(poll) ? -1 : REAL(poll)(fds, count, patience);
}

int epoll_ctl(int fd, int what, int whom, struct epoll_event *event)
{
    return FAILS(epoll_ctl) ? -1 : REAL(epoll_ctl)(fd, what, whom, event);
}

int epoll_wait(int fd, struct epoll_event *events, int most, int patience)
{
    return FAILS(epoll_wait) ? -1 : REAL(epoll_wait)(fd, events, most, patience);
}

/* The argument behind the LAST one that has a name, of whatever type it is. */
#define NEXT_ARGUMENT(last)                                                                        \
    ({                                                                                             \
        va_list args;                                                                              \
        void *next;                                                                                \
        va_start(args, last);                                                                      \
        next = va_arg(args, void *);                                                               \
        va_end(args);                                                                              \
        next;                                                                                      \
    })

int ioctl(int fd, unsigned long what, ...)
{
    return FAILS(ioctl) ? -1 : REAL(ioctl)(fd, what, NEXT_ARGUMENT(what));
}

int fcntl(int fd, int what, ...)
{
    return FAILS(fcntl) ? -1 : REAL(fcntl)(fd, what, NEXT_ARGUMENT(what));
}

/* It is closed in any case, as with Linux. */
int close(int fd)
{
    bool fails = FAILS(close);
    int number = errno;
    int result = REAL(close)(fd);

    errno = fails ? number : errno;
    return fails ? -1 : result;
}
