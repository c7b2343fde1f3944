/* A descriptor with a buffer each way.
 *
 *              +-----------------------------+
 *   kernel --> | in:  read, not yet taken    | --> owner
 *   kernel <-- | out: written, not yet taken | <-- owner
 *              +-----------------------------+
 */
#include "net/stream.h"

#include "base/list.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Up to here pieces are copied together rather than written one by one. */
enum { GATHER_MAX = 4096 };

static void end_connecting(struct stream *s)
{
    int number = 0;
    socklen_t size = sizeof number;

    s->connecting = false;
    if (getsockopt(s->io.fd, SOL_SOCKET, SO_ERROR, &number, &size) < 0)
        number = errno;
    if (number != 0)
        s->err = err_of_errno(number);
}

/* What a read of some sort, of ASKED bytes, came to: N bytes, an end or an error. */
static void note_read(struct stream *s, ssize_t n, size_t asked)
{
    s->more = n == (ssize_t)asked;
    if (n == 0 && s->lost != OK)
        s->err = s->lost;
    else if (n == 0)
        s->eof = true;
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        s->err = err_of_errno(errno);
}

/* Is there memory for what has come? */
static bool can_read(const struct stream *s)
{
    return !mem_is_short() || s->in.block != NULL || s->rank == STREAM_FIRST ||
           buf_lends(s->in.lender, s->rank == STREAM_HEAD);
}

/* Reads once, as much as there is room for. */
static void fill(struct stream *s)
{
    size_t room;
    char *space;
    ssize_t n = 0;

    s->starved = !can_read(s);
    if (s->starved)
        return;
    space = buf_space(&s->in, &room);
    if (s->most > 0 && room > s->most)
        room = s->most;
    if (room > 0)
        n = read(s->io.fd, space, room);
    buf_added(&s->in, n > 0 ? (size_t)n : 0);
    if (room > 0)
        note_read(s, n, room);
}

size_t stream_fetch(struct stream *s, struct pipe *pipe, size_t max)
{
    ssize_t n;

    if (!s->ready)
        return 0;
    n = pipe_fill(pipe, s->io.fd, max);
    note_read(s, n, max);
    s->ready = s->more;
    return n > 0 ? (size_t)n : 0;
}

static void on_io(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct stream *s = container_of(w, struct stream, io);

    (void)loop;
    if (revents & EV_ERROR) {
        /* The kernel has no memory to watch it. To try again at once would be to try for ever. */
        s->connecting = false;
        s->err = ERR_EXHAUSTED;
    } else if (s->connecting) {
        end_connecting(s);
    } else {
        if (revents & EV_WRITE)
            s->blocked = false;
        if (revents & EV_READ) {
            if (s->unread)
                s->ready = true;
            else
                fill(s);
        }
    }
    s->wake(s->owner); /* may free s: nothing after this line */
}

void stream_open(struct stream *s, struct ev_loop *loop, struct buf_lender *lender, int fd,
                 bool connecting)
{
    *s = (struct stream){ .loop = loop, .connecting = connecting };
    ev_io_init(&s->io, on_io, fd, EV_READ);
    buf_init(&s->in, lender);
    buf_init(&s->out, lender);
}

void stream_set_owner(struct stream *s, void (*wake)(void *owner), void *owner)
{
    s->heard = s->sent;
    s->slow = false;
    s->wake = wake;
    s->owner = owner;
}

static void drop_unsent(struct stream *s)
{
    buf_fini(&s->out);
    if (s->pipe != NULL)
        pipe_give_back(&s->pipe);
}

uint64_t stream_heard(struct stream *s)
{
    uint64_t before = s->heard;
    bool was_slow = s->slow;
    int left = 0;

    if (ioctl(s->io.fd, SIOCOUTQ, &left) < 0)
        return 0;
    s->heard = s->sent > (uint64_t)left ? s->sent - (uint64_t)left : 0;
    s->slow = was_slow || left > 0;
    /* If it has not been slow, all was taken at once. */
    return s->heard > before && s->slow ? s->heard - before : 0;
}

bool stream_is_taken(struct stream *s)
{
    stream_heard(s);
    return s->heard == s->sent;
}

/* Nothing can be written any more, for the reason NUMBER. The kernel tells of a reset once. After a
 * proper end it is EPIPE. */
static void break_off(struct stream *s, int number)
{
    s->broken = true;
    drop_unsent(s);
    if (number == EPIPE)
        return;
    s->lost = ERR_RESET;
    if (!err_is_shortage(err_of_errno(number)))
        return;
    /* It was the kernel here, and the other end would wait for ever for what is lost. */
    s->lost = ERR_EXHAUSTED;
    shutdown(s->io.fd, SHUT_RDWR);
}

/* What a write of TOTAL bytes came to: the number of bytes taken. */
static size_t taken(struct stream *s, ssize_t n, size_t total)
{
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        break_off(s, errno);
        return total;
    }
    n = n < 0 ? 0 : n;
    s->sent += (size_t)n;
    s->blocked = (size_t)n < total;
    if (s->blocked && !s->slow)
        stream_heard(s);
    return (size_t)n;
}

/* Offers what is in the pipe, which goes back when it is empty. */
static void flush_pipe(struct stream *s)
{
    size_t held = s->pipe->held;

    taken(s, pipe_drain(s->pipe, s->io.fd), held);
    if (!s->broken && s->pipe->held == 0)
        pipe_give_back(&s->pipe);
}

void stream_shutdown(struct stream *s)
{
    shutdown(s->io.fd, SHUT_WR);
}

void stream_flush(struct stream *s)
{
    struct span out = buf_span(&s->out);
    size_t n;

    if (s->blocked || s->connecting)
        return;
    if (out.len > 0) {
        n = taken(s, send(s->io.fd, out.at, out.len, MSG_NOSIGNAL), out.len);
        if (!s->broken)
            buf_take(&s->out, n);
    }
    if (s->pipe != NULL && !s->blocked)
        flush_pipe(s);
}

void stream_write_pipe(struct stream *s, struct pipe **pipe)
{
    s->pipe = *pipe;
    *pipe = NULL;
    if (s->broken)
        drop_unsent(s);
    else
        stream_flush(s);
}

size_t stream_room(struct stream *s)
{
    if (s->pipe != NULL || buf_room(&s->out) < BUF_SIZE - GATHER_MAX)
        stream_flush(s);
    return s->pipe != NULL ? 0 : buf_room(&s->out);
}

/* Appends to `out` what stands behind the first SKIP bytes of the pieces. */
static void keep(struct stream *s, const struct span *pieces, unsigned count, size_t skip)
{
    for (unsigned i = 0; i < count; i++) {
        size_t gone = skip < pieces[i].len ? skip : pieces[i].len;

        skip -= gone;
        buf_append(&s->out, span_skip(pieces[i], gone));
    }
}

/* Writes `out` and the pieces with one call, and keeps what was refused. */
static void write_through(struct stream *s, const struct span *pieces, unsigned count, size_t total)
{
    struct iovec iov[STREAM_PIECES + 1];
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = count + 1 };
    size_t pending = buf_len(&s->out);
    size_t n;

    iov[0] = (struct iovec){ (void *)buf_span(&s->out).at, pending };
    for (unsigned i = 0; i < count; i++)
        iov[i + 1] = (struct iovec){ (void *)pieces[i].at, pieces[i].len };
    n = taken(s, sendmsg(s->io.fd, &message, MSG_NOSIGNAL), pending + total);
    if (s->broken)
        return;
    if (n < pending) {
        buf_take(&s->out, n);
        keep(s, pieces, count, 0);
    } else {
        buf_take(&s->out, pending);
        keep(s, pieces, count, n - pending);
    }
}

void stream_write(struct stream *s, const struct span *pieces, unsigned count)
{
    size_t total = 0;

    assert(count <= STREAM_PIECES);
    for (unsigned i = 0; i < count; i++)
        total += pieces[i].len;
    if (s->broken)
        return;
    if (s->blocked || s->connecting || buf_len(&s->out) + total <= GATHER_MAX)
        keep(s, pieces, count, 0);
    else
        write_through(s, pieces, count, total);
}

static int interest(const struct stream *s, bool read)
{
    int events = 0;

    if (s->connecting)
        return EV_WRITE;
    if (s->blocked && !s->broken)
        events |= EV_WRITE;
    if (read && !s->eof && s->err == OK && buf_room(&s->in) > 0 && !s->ready)
        events |= EV_READ;
    if (s->starved && !can_read(s))
        events &= ~EV_READ;
    return events;
}

/* Says that nothing more will come, if all that came before has left. */
static void finish(struct stream *s)
{
    if (stream_unsent(s) > 0)
        return;
    s->finishing = false;
    stream_shutdown(s);
}

void stream_arm(struct stream *s, bool read)
{
    int events;

    stream_flush(s);
    if (s->finishing)
        finish(s);
    events = interest(s, read);
    if (ev_is_active(&s->io)) {
        if ((s->io.events & (EV_READ | EV_WRITE)) == events)
            return;
        ev_io_stop(s->loop, &s->io);
        ev_io_modify(&s->io, events);
    } else {
        ev_io_set(&s->io, s->io.fd, events);
    }
    if (events != 0)
        ev_io_start(s->loop, &s->io);
}

void stream_finish(struct stream *s)
{
    s->finishing = true;
    stream_flush(s);
    finish(s);
}

void stream_close(struct stream *s)
{
    ev_io_stop(s->loop, &s->io);
    close(s->io.fd);
    buf_fini(&s->in);
    drop_unsent(s);
}

void stream_abort(struct stream *s)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };

    setsockopt(s->io.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    stream_close(s);
}

bool stream_has_surplus(struct stream *s)
{
    char byte;
    ssize_t n = recv(s->io.fd, &byte, 1, MSG_DONTWAIT);

    note_read(s, n, 1);
    return n > 0;
}

bool stream_has_news(const struct stream *s)
{
    char byte;

    return recv(s->io.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}
