/* What is written to the log, for a test to read. */
#ifndef TESTS_NET_HEARD_H
#define TESTS_NET_HEARD_H

#include "base/log.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct heard {
    int fd;
    char text[65536];
};

/* From now on the log goes here, all of it. */
static inline void heard_begin(struct heard *heard)
{
    heard->fd = memfd_create("log", MFD_CLOEXEC);
    log_set_fd(heard->fd);
    log_set_level(LOG_ACCESS);
}

/* From now on it goes nowhere. */
static inline void heard_end(struct heard *heard)
{
    log_set_fd(-1);
    close(heard->fd);
}

/* All that was written so far. */
static inline const char *heard_text(struct heard *heard)
{
    ssize_t len;

    log_flush();
    len = pread(heard->fd, heard->text, sizeof heard->text - 1, 0);
    heard->text[len > 0 ? len : 0] = '\0';
    return heard->text;
}

/* How often WORDS were written so far. */
static inline unsigned heard_times(struct heard *heard, const char *words)
{
    unsigned times = 0;

    for (const char *at = strstr(heard_text(heard), words); at != NULL; at = strstr(at + 1, words))
        times++;
    return times;
}

#endif
