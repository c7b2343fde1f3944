/* The log when nobody reads it, or the disk is full. Each test runs in a process of its own. */
#include "base/log.h"

#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* The length of "2026-01-31T12:00:00.123Z info   ". */
enum { PREFIX = 32, MUCH = 20000, ALL = 1 << 20 };

static const char lost[] = "lines of the log were lost: ";

/* Waiting is what is not to be: it ends the test. */
static void expect_no_waiting(void)
{
    alarm(10);
}

/* Logs "line FROM" to "line TO". */
static void log_lines(int from, int to)
{
    for (int i = from; i <= to; i++)
        log_info("line %d", i);
    log_flush();
}

/* All that can be read from FD now and, as that makes room, what the log has kept. */
static char *drain(int fd)
{
    static char text[ALL];
    size_t size = 0;
    ssize_t n;

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    do {
        n = read(fd, text + size, sizeof text - 1 - size);
        size += n > 0 ? (size_t)n : 0;
        log_flush();
    } while (n > 0);
    text[size] = '\0';
    return text;
}

/* Takes a line off *TEXT. */
static const char *next_line(char **text)
{
    char *line = strsep(text, "\n");

    ck_assert_ptr_nonnull(line);
    ck_assert_uint_gt(strlen(line), PREFIX);
    return line + PREFIX;
}

/* TEXT has lines 1 to N, whole and in order, and, if N is below ALL_OF_THEM, how many were lost. */
static void check_story(char *text, int all_of_them, const char *why)
{
    char expected[100];
    int seen = 0;
    const char *line = next_line(&text);

    while (sscanf(line, "line %d", &(int){ 0 }) == 1) {
        snprintf(expected, sizeof expected, "line %d", ++seen);
        ck_assert_str_eq(line, expected);
        if (*text == '\0')
            break;
        line = next_line(&text);
    }
    if (seen < all_of_them) {
        snprintf(expected, sizeof expected, "%d %s%s", all_of_them - seen, lost, why);
        ck_assert_str_eq(line, expected);
    }
    ck_assert_str_eq(text, "");
    ck_assert_int_gt(seen, 0);
}

/* The log goes to ENDS[1], does not wait, and is read from ENDS[0]. */
static void check_stuck(const int *ends)
{
    expect_no_waiting();
    log_set_fd(ends[1]);
    log_never_wait();
    log_lines(1, MUCH);
    ck_assert(log_is_behind());
    check_story(drain(ends[0]), MUCH, "nobody read it");
    ck_assert(!log_is_behind());
    log_lines(1, 10);
    check_story(drain(ends[0]), 10, "");
}

static void open_pipe(int *ends)
{
    ck_assert_int_eq(pipe(ends), 0);
}

TEST(a_pipe_that_nobody_reads_is_not_waited_for)
{
    int ends[2];

    open_pipe(ends);
    check_stuck(ends);
}

TEST(nor_is_a_socket)
{
    int ends[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    check_stuck(ends);
}

TEST(nor_is_a_pipe_that_belongs_to_somebody_else)
{
    struct rlimit limit, none = { 0, 0 };
    int ends[2];

    open_pipe(ends);
    expect_no_waiting();
    getrlimit(RLIMIT_NOFILE, &limit);
    none.rlim_max = limit.rlim_max;
    log_set_fd(ends[1]);
    setrlimit(RLIMIT_NOFILE, &none); /* so it cannot be opened again */
    log_never_wait();
    setrlimit(RLIMIT_NOFILE, &limit);
    log_lines(1, MUCH);
    ck_assert(log_is_behind());
    check_story(drain(ends[0]), MUCH, "nobody read it");
}

TEST(nor_is_a_terminal_that_was_stopped)
{
    int ends[2];
    struct termios raw;

    ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_int_ge(ends[0], 0);
    ck_assert(grantpt(ends[0]) == 0 && unlockpt(ends[0]) == 0);
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(ends[1], 0);
    tcgetattr(ends[1], &raw);
    cfmakeraw(&raw);
    tcsetattr(ends[1], TCSANOW, &raw);
    expect_no_waiting();
    log_set_fd(ends[1]);
    log_never_wait();
    tcflow(ends[1], TCOOFF);
    log_lines(1, 10);
    ck_assert(log_is_behind());
    ck_assert_str_eq(drain(ends[0]), "");
    tcflow(ends[1], TCOON);
    log_flush();
    check_story(drain(ends[0]), 10, "");
}

TEST(others_who_write_to_the_pipe_do_not_notice)
{
    int ends[2];

    open_pipe(ends);
    log_set_fd(ends[1]);
    log_never_wait();
    ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST(what_is_kept_is_bounded)
{
    int ends[2];

    open_pipe(ends);
    log_set_fd(ends[1]);
    log_never_wait();
    log_lines(1, MUCH);
    ck_assert_uint_lt(strlen(drain(ends[0])), 65536 + 65536 + 200);
}

/* A file may have SIZE bytes; one byte more is an error. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST(a_file_that_cannot_grow_goes_on_where_it_was_cut)
{
    static char text[ALL];
    FILE *file = tmpfile();
    int fd = fileno(file);
    ssize_t size;

    log_set_fd(fd);
    log_never_wait();
    limit_files(1000);
    log_lines(1, MUCH);
    ck_assert(log_is_behind());
    limit_files(RLIM_INFINITY);
    log_flush();
    ck_assert(!log_is_behind());
    size = pread(fd, text, sizeof text - 1, 0);
    ck_assert_int_gt(size, 0);
    text[size] = '\0';
    check_story(text, MUCH, strerror(EFBIG));
}

TEST(a_full_disk_is_tried_again_with_each_flush)
{
    int fd = open("/dev/full", O_WRONLY);
    int ends[2];

    log_set_fd(fd);
    log_never_wait();
    for (int i = 0; i < 10; i++)
        log_lines(1, MUCH);
    ck_assert(log_is_behind());
    log_error("an error does not help either");
    open_pipe(ends);
    log_set_fd(ends[1]); /* what could not be written is dropped */
    log_lines(1, 10);
    check_story(drain(ends[0]), 10, "");
}

TEST(a_reader_who_comes_back_is_told_what_was_lost)
{
    char path[] = "/tmp/luaproxy-test-XXXXXX";
    int reader, writer;

    signal(SIGPIPE, SIG_IGN);
    ck_assert_ptr_nonnull(mkdtemp(path));
    rmdir(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    writer = open(path, O_WRONLY);
    log_set_fd(writer);
    log_never_wait();
    close(reader);
    log_lines(1, MUCH);
    ck_assert(log_is_behind());
    reader = open(path, O_RDONLY | O_NONBLOCK);
    log_flush();
    check_story(drain(reader), MUCH, strerror(EPIPE));
    unlink(path);
}

/* Starts somebody who reads all that comes from ENDS, and ends well if there was a line with
 * TEXT. */
static pid_t start_reader(const int *ends, const char *text)
{
    char line[4096];
    bool seen = false;
    FILE *file;
    pid_t child = fork();

    if (child != 0)
        return child;
    log_set_fd(-1);
    close(ends[1]);
    file = fdopen(ends[0], "r");
    while (fgets(line, sizeof line, file) != NULL)
        seen = seen || strstr(line, text) != NULL;
    _exit(seen ? 0 : 1);
}

TEST(at_the_end_a_reader_is_waited_for)
{
    int ends[2];
    int status;
    pid_t child;

    open_pipe(ends);
    log_set_fd(ends[1]);
    log_never_wait();
    log_lines(1, MUCH);
    child = start_reader(ends, lost);
    log_end(100);
    ck_assert(!log_is_behind());
    log_set_fd(-1);
    close(ends[1]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(but_not_for_ever)
{
    int ends[2];

    open_pipe(ends);
    expect_no_waiting();
    log_set_fd(ends[1]);
    log_never_wait();
    log_lines(1, MUCH);
    log_end(0.02);
    ck_assert(log_is_behind());
}

TEST(at_the_end_a_full_disk_is_not_waited_for)
{
    expect_no_waiting();
    log_set_fd(open("/dev/full", O_WRONLY));
    log_never_wait();
    log_lines(1, 10);
    log_end(100);
    ck_assert(log_is_behind());
}

SUITE(log_stuck, a_pipe_that_nobody_reads_is_not_waited_for, nor_is_a_socket,
      nor_is_a_pipe_that_belongs_to_somebody_else, nor_is_a_terminal_that_was_stopped,
      others_who_write_to_the_pipe_do_not_notice, what_is_kept_is_bounded,
      a_file_that_cannot_grow_goes_on_where_it_was_cut, a_full_disk_is_tried_again_with_each_flush,
      a_reader_who_comes_back_is_told_what_was_lost, at_the_end_a_reader_is_waited_for,
      but_not_for_ever, at_the_end_a_full_disk_is_not_waited_for);
