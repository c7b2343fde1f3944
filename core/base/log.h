/* One line per event, to standard error.
 *
 *   2026-01-31T12:00:00.123Z info  listening on 127.0.0.1:8080
 *
 * This is the only global of the program. Lines are collected and written together: log_flush is
 * called once a turn of the loop, and by log_error itself.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

#include <stdbool.h>

/* From the gravest to the chattiest. LOG_ACCESS is a line per request, and part of the default. */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_ACCESS };

/* Lines above LEVEL are dropped from now on. */
void log_set_level(enum log_level level);

/* Lines go to FD from now on; it stays the caller's. */
void log_set_fd(int fd);

/* Is a line of LEVEL wanted? Worth asking before something is formatted. */
bool log_wants(enum log_level level);

/* The level called NAME ("error", "warn", "info", "access"). False if there is none. */
bool log_level_of(struct span name, enum log_level *level);

/* Writes a line; bytes that are not printable ASCII are shown as \xNN, so that no peer can forge
 * a line or talk to the terminal. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)

/* Writes what was collected. A log that cannot be written is dropped: traffic goes on. */
void log_flush(void);

#endif
