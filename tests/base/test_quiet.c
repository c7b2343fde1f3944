/* Saying the same thing once in a while only. */
#include "base/quiet.h"

#include "base/log.h"
#include "support/test.h"

#include <sys/mman.h>
#include <unistd.h>

/* Something that is said to a file. */
struct mouth {
    struct quiet quiet;
    int fd;
};

static void begin(struct mouth *mouth)
{
    *mouth = (struct mouth){ .fd = memfd_create("log", MFD_CLOEXEC) };
    log_set_fd(mouth->fd);
}

static void end(struct mouth *mouth)
{
    log_set_fd(-1);
    close(mouth->fd);
}

/* Says at NOW that IT is so, and gives what is logged, without date and level. */
static const char *said(struct mouth *mouth, double now, double lasts, const char *it)
{
    static char text[4096];
    ssize_t len;
    char *words;

    ck_assert_int_eq(ftruncate(mouth->fd, 0), 0);
    lseek(mouth->fd, 0, SEEK_SET);
    quiet_warn(&mouth->quiet, now, lasts, "it is %s", it);
    log_flush();
    len = pread(mouth->fd, text, sizeof text - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    words = strstr(text, "it is");
    return words != NULL ? words : text;
}

TEST(what_was_never_said_is_said_at_any_time)
{
    static const double times[] = { 0, 0.5, 1e9 };

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct mouth mouth;

        begin(&mouth);
        ck_assert_str_eq(said(&mouth, times[i], 10, "so"), "it is so\n");
        end(&mouth);
    }
}

TEST(what_was_said_is_not_said_again_for_a_while)
{
    struct mouth mouth;

    begin(&mouth);
    said(&mouth, 100, 10, "so");
    ck_assert_str_eq(said(&mouth, 100, 10, "so"), "");
    ck_assert_str_eq(said(&mouth, 109.9, 10, "so"), "");
    ck_assert_str_eq(said(&mouth, 110, 10, "otherwise"),
                     "it is otherwise; 2 more since the last line\n");
    end(&mouth);
}

TEST(what_was_left_unsaid_is_counted_from_one_time_to_the_next)
{
    struct mouth mouth;

    begin(&mouth);
    said(&mouth, 100, 10, "so");
    for (int i = 0; i < 5; i++)
        said(&mouth, 101, 10, "so");
    ck_assert_str_eq(said(&mouth, 111, 10, "so"), "it is so; 5 more since the last line\n");
    said(&mouth, 112, 10, "so");
    ck_assert_str_eq(said(&mouth, 130, 10, "so"), "it is so; 1 more since the last line\n");
    ck_assert_str_eq(said(&mouth, 150, 10, "so"), "it is so\n");
    end(&mouth);
}

TEST(what_is_left_unsaid_does_not_make_it_quiet_for_longer)
{
    struct mouth mouth;

    begin(&mouth);
    said(&mouth, 100, 1, "so");
    for (double now = 100; now < 101; now += 0.125)
        ck_assert_str_eq(said(&mouth, now, 1, "so"), "");
    ck_assert_str_eq(said(&mouth, 101, 1, "so"), "it is so; 8 more since the last line\n");
    end(&mouth);
}

TEST(a_line_has_the_level_it_is_given)
{
    struct mouth mouth;
    char text[256] = "";

    begin(&mouth);
    quiet_info(&mouth.quiet, 1, 1, "it is so");
    log_flush();
    ck_assert_int_gt(pread(mouth.fd, text, sizeof text - 1, 0), 0);
    ck_assert_ptr_nonnull(strstr(text, " info   it is so"));
    end(&mouth);
}

SUITE(quiet, a_line_has_the_level_it_is_given, what_was_never_said_is_said_at_any_time,
      what_was_said_is_not_said_again_for_a_while,
      what_was_left_unsaid_is_counted_from_one_time_to_the_next,
      what_is_left_unsaid_does_not_make_it_quiet_for_longer);
