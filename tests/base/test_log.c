/* One line per event. Each test runs in a process of its own, so the global log is its own too. */
#include "base/log.h"

#include "base/mem.h"
#include "support/test.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The length of "2026-01-31T12:00:00.123Z info   ". */
enum { PREFIX = 32 };

/* Has the log written to a file that `written` reads. */
static int catch_log(void)
{
    int fd = memfd_create("log", 0);

    ck_assert_int_ge(fd, 0);
    log_set_fd(fd);
    return fd;
}

/* All that was written to FD so far; the caller frees it. */
static char *written(int fd)
{
    size_t size = (size_t)lseek(fd, 0, SEEK_CUR);
    char *text = mem_new(size + 1);

    ck_assert_int_eq(pread(fd, text, size, 0), (ssize_t)size);
    return text;
}

/* Does FD hold one line with LEVEL and TEXT, and nothing else? */
static bool holds_line(int fd, const char *level, const char *text)
{
    char *all = written(fd);
    size_t length = strlen(all);
    bool holds = length == PREFIX + strlen(text) + 1 &&
                 strncmp(all + 25, level, strlen(level)) == 0 &&
                 strncmp(all + PREFIX, text, strlen(text)) == 0 && all[length - 1] == '\n';

    mem_free(all);
    return holds;
}

static int count_lines(int fd)
{
    char *all = written(fd);
    int lines = 0;

    for (char *at = strchr(all, '\n'); at != NULL; at = strchr(at + 1, '\n'))
        lines++;
    mem_free(all);
    return lines;
}

TEST(a_line_has_a_time_a_level_and_a_text)
{
    static const char shape[] = "9999-99-99T99:99:99.999Z info   listening on 127.0.0.1:8080\n";
    int fd = catch_log();
    char *text;

    log_info("listening on %s:%d", "127.0.0.1", 8080);
    log_flush();
    text = written(fd);
    ck_assert_uint_eq(strlen(text), strlen(shape));
    for (size_t i = 0; i < strlen(shape); i++) {
        if (i < PREFIX && shape[i] == '9')
            ck_assert(isdigit((unsigned char)text[i]));
        else
            ck_assert_int_eq(text[i], shape[i]);
    }
    mem_free(text);
}

TEST(the_time_does_not_depend_on_where_the_proxy_is)
{
    time_t now = time(NULL);
    struct tm tm;
    char expected[16];
    char *text;
    int fd;

    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    fd = catch_log();
    log_info("x");
    log_flush();
    text = written(fd);
    gmtime_r(&now, &tm);
    strftime(expected, sizeof expected, "%Y-%m-%dT%H", &tm);
    /* Unless the hour has ended in between. */
    if (time(NULL) / 3600 == now / 3600)
        ck_assert_int_eq(strncmp(text, expected, strlen(expected)), 0);
    mem_free(text);
}

TEST(every_level_is_named)
{
    static const char *const names[] = { "error", "warn", "info", "access" };

    for (int level = LOG_ERROR; level <= LOG_ACCESS; level++) {
        int fd = catch_log();

        log_set_level(LOG_ACCESS);
        log_line((enum log_level)level, "text");
        log_flush();
        ck_assert(holds_line(fd, names[level], "text"));
        close(fd);
    }
}

TEST(lines_are_collected_until_they_are_flushed)
{
    int fd = catch_log();

    log_info("one");
    log_warn("two");
    ck_assert_int_eq(count_lines(fd), 0);
    log_flush();
    ck_assert_int_eq(count_lines(fd), 2);
    log_flush();
    ck_assert_int_eq(count_lines(fd), 2);
}

TEST(an_error_is_written_at_once_with_what_came_before)
{
    int fd = catch_log();

    log_info("one");
    log_error("two");
    ck_assert_int_eq(count_lines(fd), 2);
}

TEST(lines_above_the_level_are_dropped)
{
    for (int level = LOG_ERROR; level <= LOG_ACCESS; level++) {
        int fd = catch_log();

        log_set_level((enum log_level)level);
        for (int i = LOG_ERROR; i <= LOG_ACCESS; i++) {
            ck_assert_int_eq(log_wants((enum log_level)i), i <= level);
            log_line((enum log_level)i, "text");
        }
        log_flush();
        ck_assert_int_eq(count_lines(fd), level + 1);
        close(fd);
    }
}

TEST(by_default_requests_are_logged)
{
    ck_assert(log_wants(LOG_ACCESS));
}

TEST(a_level_is_found_by_its_name)
{
    enum log_level level = LOG_ERROR;

    ck_assert(log_level_of(SPAN("warn"), &level) && level == LOG_WARN);
    ck_assert(log_level_of(SPAN("error"), &level) && level == LOG_ERROR);
    ck_assert(log_level_of(SPAN("access"), &level) && level == LOG_ACCESS);
}

TEST(a_name_that_is_no_level_is_none)
{
    enum log_level level = LOG_WARN;

    ck_assert(!log_level_of(SPAN(""), &level));
    ck_assert(!log_level_of(SPAN("warning"), &level));
    ck_assert(!log_level_of(SPAN("debug"), &level));
    ck_assert(!log_level_of(SPAN("Info"), &level));
    ck_assert_int_eq(level, LOG_WARN);
}

TEST(nobody_can_forge_a_line)
{
    int fd = catch_log();

    log_info("GET %s", "/\r\n2026-01-31T12:00:00.123Z error  all is lost");
    log_flush();
    ck_assert_int_eq(count_lines(fd), 1);
    ck_assert(holds_line(fd, "info", "GET /\\x0d\\x0a2026-01-31T12:00:00.123Z error  all is lost"));
}

TEST(nobody_can_talk_to_the_terminal)
{
    int fd = catch_log();

    log_info("%s", "\x1b[2J \x7f \xc3\xa9 \t \x01");
    log_flush();
    ck_assert(holds_line(fd, "info", "\\x1b[2J \\x7f \\xc3\\xa9 \\x09 \\x01"));
}

TEST(every_byte_is_shown_as_itself_or_as_hex)
{
    for (int c = 1; c < 256; c++) {
        int fd = catch_log();
        char expected[8];

        snprintf(expected, sizeof expected, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
        log_info("%c", c);
        log_flush();
        ck_assert(holds_line(fd, "info", expected));
        close(fd);
    }
}

TEST(a_long_line_is_cut_and_still_a_line)
{
    enum { LONG = 100000 };
    char *text = mem_new(LONG + 1);
    int fd = catch_log();
    char *all;

    memset(text, 'x', LONG);
    log_info("%s", text);
    log_flush();
    all = written(fd);
    ck_assert_int_eq(count_lines(fd), 1);
    ck_assert_uint_gt(strlen(all), 4000);
    ck_assert_uint_lt(strlen(all), 5000);
    mem_free(all);
    mem_free(text);
}

TEST(more_lines_than_are_collected_are_written_early)
{
    enum { LINES = 200 };
    char text[4000];
    int fd = catch_log();

    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < LINES; i++)
        log_info("%s", text);
    ck_assert_int_gt(count_lines(fd), 0);
    log_flush();
    ck_assert_int_eq(count_lines(fd), LINES);
}

TEST(lines_of_any_length_stay_whole)
{
    enum { LINES = 300 };
    int fd = catch_log();
    char text[4001];
    char *all;
    char *at;

    for (size_t i = 0; i < LINES; i++) {
        size_t length = i * 1237 % 4000;

        memset(text, '\n', length);
        text[length] = '\0';
        log_info("%s", text);
    }
    log_flush();
    all = at = written(fd);
    for (size_t i = 0; i < LINES; i++) {
        ck_assert_int_eq(strncmp(at + 23, "Z info   ", PREFIX - 23), 0);
        at += PREFIX + 4 * (i * 1237 % 4000);
        ck_assert_int_eq(*at++, '\n');
    }
    ck_assert_int_eq(*at, '\0');
    mem_free(all);
}

TEST(what_was_collected_goes_to_the_old_place_before_a_new_one_counts)
{
    int old = catch_log();
    int new;

    log_info("for the old place");
    new = catch_log();
    log_info("for the new one");
    log_flush();
    ck_assert(holds_line(old, "info", "for the old place"));
    ck_assert(holds_line(new, "info", "for the new one"));
}

TEST(a_log_that_cannot_be_written_is_dropped)
{
    int fd = open("/dev/null", O_RDONLY);
    int later;

    log_set_fd(fd);
    log_error("nobody hears this");
    later = catch_log();
    log_flush();
    ck_assert_int_eq(count_lines(later), 0);
    close(fd);
}

TEST(a_full_pipe_does_not_stop_the_proxy)
{
    int pipes[2];

    ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
    log_set_fd(pipes[1]);
    for (int i = 0; i < 100000; i++)
        log_info("a line of access log, of about the usual length");
    log_flush();
    close(pipes[0]);
    close(pipes[1]);
}

SUITE(log, a_line_has_a_time_a_level_and_a_text, the_time_does_not_depend_on_where_the_proxy_is,
      every_level_is_named, lines_are_collected_until_they_are_flushed,
      an_error_is_written_at_once_with_what_came_before, lines_above_the_level_are_dropped,
      by_default_requests_are_logged, a_level_is_found_by_its_name, a_name_that_is_no_level_is_none,
      nobody_can_forge_a_line, nobody_can_talk_to_the_terminal,
      every_byte_is_shown_as_itself_or_as_hex, a_long_line_is_cut_and_still_a_line,
      more_lines_than_are_collected_are_written_early, lines_of_any_length_stay_whole,
      what_was_collected_goes_to_the_old_place_before_a_new_one_counts,
      a_log_that_cannot_be_written_is_dropped, a_full_pipe_does_not_stop_the_proxy);
