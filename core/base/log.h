/* One line per event, to standard error.
 *
 *   2026-01-31T12:00:00.123Z info  listening on 127.0.0.1:8080
 *
 * But for the reserve of memory this is the only global of the program. Lines are collected and
 * written together: log_flush is called once a turn of the loop, and by log_error itself.
 *
 * What cannot be written - nobody reads it, the disk is full - is kept, up to 64 KB, and tried
 * again with the next flush. Lines for which there is no room are lost, until all that was kept has
 * been written; then a line says how many.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

#include <stdbool.h>

/* From the gravest to the chattiest. LOG_ACCESS is a line per request, and part of the default. */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_ACCESS };

/* Lines above LEVEL are dropped from now on. */
void log_set_level(enum log_level level);

/* Lines go to FD from now on; it stays the caller's. What could not be written to the old place is
 * dropped. */
void log_set_fd(int fd);

/* From now on nobody is waited for who does not read, be it a pipe, a terminal or a socket; others
 * who write there do not notice. A file is written to as ever. */
void log_never_wait(void);

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

/* Writes what was collected, as far as that is taken. */
void log_flush(void);

/* Is something left that was not taken? */
bool log_is_behind(void);

/* Writes what was collected, and waits PATIENCE seconds at most for somebody to read it. */
void log_end(double patience);

#endif
