/* One line per event.
 *
 *   log_line --> text: collected, and what was not taken --> offer --> standard error
 *            \-> lost: counted, while there is no room, until all of `text` has gone
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, PENDING_MAX = 65536 };

/* How bytes are offered to the descriptor. */
enum way {
    WAY_WRITE, /* it waits or not, as whoever has opened it wants it */
    WAY_SEND,  /* a socket */
    WAY_POLL,  /* it waits, and is asked before */
};

static struct {
    enum log_level level;
    int fd;
    bool own; /* nobody else has the descriptor */
    enum way way;
    size_t pending;
    unsigned long lost; /* lines for which there was no room */
    int why;            /* errno of the last write that has failed */
    char text[PENDING_MAX];
    time_t second;  /* what STAMP shows */
    char stamp[24]; /* 2026-01-31T12:00:00 */
} the_log = { .level = LOG_ACCESS, .fd = STDERR_FILENO };

static const struct span names[] = {
    [LOG_ERROR] = SPAN("error"),
    [LOG_WARN] = SPAN("warn"),
    [LOG_INFO] = SPAN("info"),
    [LOG_ACCESS] = SPAN("access"),
};

void log_set_level(enum log_level level)
{
    the_log.level = level;
}

bool log_wants(enum log_level level)
{
    return level <= the_log.level;
}

bool log_level_of(struct span name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (span_eq(names[i], name)) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static int print_prefix(char *line, size_t size, enum log_level level)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != the_log.second) {
        struct tm tm;

        gmtime_r(&now.tv_sec, &tm);
        strftime(the_log.stamp, sizeof the_log.stamp, "%Y-%m-%dT%H:%M:%S", &tm);
        the_log.second = now.tv_sec;
    }
    return snprintf(line, size, "%s.%03ldZ %-6s ", the_log.stamp, now.tv_nsec / 1000000,
                    names[level].at);
}

static void append_printable(const char *text)
{
    static const char digits[] = "0123456789abcdef";
    char *to = the_log.text + the_log.pending;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c < 0x7f) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '\\';
        *to++ = 'x';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    *to++ = '\n';
    the_log.pending = (size_t)(to - the_log.text);
}

static void put(enum log_level level, const char *format, va_list args)
{
    char line[LINE_MAX_BYTES];
    int length = print_prefix(line, sizeof line, level);

    vsnprintf(line + length, sizeof line - (size_t)length, format, args);
    append_printable(line);
}

/* At worst each byte of a line becomes four. */
static bool has_room(void)
{
    return PENDING_MAX - the_log.pending >= 4 * LINE_MAX_BYTES;
}

/* Like write(2), and without waiting if that can be had. */
static ssize_t offer(const char *bytes, size_t size)
{
    struct pollfd out = { .fd = the_log.fd, .events = POLLOUT };

    switch (the_log.way) {
    case WAY_WRITE:
        break;
    case WAY_SEND:
        return send(the_log.fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    case WAY_POLL:
        errno = EAGAIN;
        if (poll(&out, 1, 0) != 1)
            return -1;
        /* So much a pipe takes at once if it takes anything. */
        size = size < PIPE_BUF ? size : PIPE_BUF;
        break;
    }
    return write(the_log.fd, bytes, size);
}

/* Writes what is taken. */
static void write_pending(void)
{
    size_t done = 0;

    while (done < the_log.pending) {
        ssize_t n = offer(the_log.text + done, the_log.pending - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            the_log.why = errno;
            break;
        }
        done += (size_t)n;
    }
    the_log.pending -= done;
    if (the_log.pending > 0)
        memmove(the_log.text, the_log.text + done, the_log.pending);
}

static void __attribute__((format(printf, 1, 2))) put_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put(LOG_WARN, format, args);
    va_end(args);
}

void log_flush(void)
{
    if (the_log.pending > 0)
        write_pending();
    if (the_log.lost == 0 || the_log.pending > 0)
        return;
    put_warning("%lu lines of the log were lost: %s", the_log.lost,
                the_log.why == EAGAIN ? "nobody read it" : strerror(the_log.why));
    the_log.lost = 0;
    write_pending();
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list args;

    if (!log_wants(level))
        return;
    if (the_log.lost == 0 && !has_room())
        log_flush();
    if (the_log.lost > 0 || !has_room()) {
        the_log.lost++;
    } else {
        va_start(args, format);
        put(level, format, args);
        va_end(args);
    }
    if (level == LOG_ERROR)
        log_flush();
}

bool log_is_behind(void)
{
    return the_log.pending > 0;
}

void log_set_fd(int fd)
{
    log_flush();
    if (the_log.own)
        close(the_log.fd);
    the_log.fd = fd;
    the_log.own = false;
    the_log.way = WAY_WRITE;
    the_log.pending = 0;
    the_log.lost = 0;
}

/* Others may write to the same pipe or terminal, and must not find that it does not wait any more:
 * so it is opened once more. */
static void open_again(void)
{
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/self/fd/%d", the_log.fd);
    fd = open(path, O_WRONLY | O_NONBLOCK | O_APPEND | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        the_log.way = WAY_POLL; /* it is somebody else's */
        return;
    }
    the_log.fd = fd;
    the_log.own = true;
}

void log_never_wait(void)
{
    struct stat what;

    if (the_log.own || fstat(the_log.fd, &what) < 0)
        return;
    if (S_ISSOCK(what.st_mode))
        the_log.way = WAY_SEND;
    else if (S_ISFIFO(what.st_mode) || S_ISCHR(what.st_mode))
        open_again();
}

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

void log_end(double patience)
{
    struct pollfd out = { .fd = the_log.fd, .events = POLLOUT };
    double end = now() + patience;

    log_flush();
    while (the_log.pending > 0 && the_log.why == EAGAIN && now() < end) {
        poll(&out, 1, 10);
        log_flush();
    }
}
