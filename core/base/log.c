/* One line per event. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, PENDING_MAX = 65536 };

static struct {
    enum log_level level;
    int fd;
    size_t pending;
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

void log_set_fd(int fd)
{
    log_flush();
    the_log.fd = fd;
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

void log_flush(void)
{
    size_t done = 0;

    while (done < the_log.pending) {
        ssize_t n = write(the_log.fd, the_log.text + done, the_log.pending - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    the_log.pending = 0;
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

void log_line(enum log_level level, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    int length;
    va_list args;

    if (!log_wants(level))
        return;
    length = print_prefix(line, sizeof line, level);
    va_start(args, format);
    vsnprintf(line + length, sizeof line - (size_t)length, format, args);
    va_end(args);

    /* At worst each byte becomes four. */
    if (PENDING_MAX - the_log.pending < 4 * LINE_MAX_BYTES)
        log_flush();
    append_printable(line);
    if (level == LOG_ERROR)
        log_flush();
}
