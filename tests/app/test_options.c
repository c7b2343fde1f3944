/* The command line. */
#include "app/options.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What was read, and what was said meanwhile. */
struct reading {
    struct options options;
    enum options_news news;
    char out[2048];
    char err[512];
};

/* Has FD lead to a file in memory from now on. Gives where it has led before. */
static int divert(FILE *stream, int fd)
{
    int before = dup(fd);
    int file = memfd_create("said", MFD_CLOEXEC);

    fflush(stream);
    ck_assert_int_eq(dup2(file, fd), fd);
    close(file);
    return before;
}

/* Has FD lead to where it did BEFORE. TEXT, with room for SIZE bytes, gets what was written. */
static void restore(FILE *stream, int fd, int before, char *text, size_t size)
{
    ssize_t len;

    fflush(stream);
    len = pread(fd, text, size - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    dup2(before, fd);
    close(before);
}

/* Reads the command line WORDS, which end with NULL. */
static struct reading read_words(char **words)
{
    struct reading r;
    int count = 0;
    int out = divert(stdout, STDOUT_FILENO);
    int err = divert(stderr, STDERR_FILENO);

    while (words[count] != NULL)
        count++;
    r.news = options_read(&r.options, count, words);
    restore(stderr, STDERR_FILENO, err, r.err, sizeof r.err);
    restore(stdout, STDOUT_FILENO, out, r.out, sizeof r.out);
    return r;
}

#define READ(...) read_words((char *[]){ "luaproxy", ##__VA_ARGS__, NULL })

/* The command line was understood, and nothing was said. */
static void check_runs(const struct reading *r)
{
    ck_assert_int_eq(r->news, OPTIONS_RUN);
    ck_assert_str_eq(r->out, "");
    ck_assert_str_eq(r->err, "");
}

/* The mistake was named on standard error, in one line that says WHAT. */
static void check_bad(const struct reading *r, const char *what)
{
    ck_assert_int_eq(r->news, OPTIONS_BAD);
    ck_assert_str_eq(r->out, "");
    ck_assert_str_eq(r->err, what);
}

TEST(without_words_the_default_script_serves_and_logs_every_request)
{
    struct reading r = READ();

    check_runs(&r);
    ck_assert(!r.options.check);
    ck_assert_int_eq(r.options.level, LOG_ACCESS);
    ck_assert_ptr_null(r.options.script);
    ck_assert_int_eq(r.options.arg_count, 0);
}

TEST(the_first_word_is_the_script_and_the_others_are_its_own)
{
    struct reading r = READ("a.lua", ":8080", "--check", "");

    check_runs(&r);
    ck_assert_str_eq(r.options.script, "a.lua");
    ck_assert(!r.options.check);
    ck_assert_int_eq(r.options.arg_count, 3);
    ck_assert_str_eq(r.options.args[0], ":8080");
    ck_assert_str_eq(r.options.args[1], "--check");
    ck_assert_str_eq(r.options.args[2], "");
}

TEST(check_stands_before_the_script)
{
    struct reading r = READ("--check", "a.lua");

    check_runs(&r);
    ck_assert(r.options.check);
    ck_assert_str_eq(r.options.script, "a.lua");
}

TEST(unsafe_stands_before_the_script_too)
{
    struct reading r = READ("--unsafe", "a.lua", "--unsafe");

    check_runs(&r);
    ck_assert(r.options.unsafe);
    ck_assert_int_eq(r.options.arg_count, 1);
    r = READ("a.lua", "--unsafe");
    ck_assert(!r.options.unsafe);
}

TEST(a_level_stands_behind_an_equals_sign_or_is_the_next_word)
{
    static const struct {
        char *joined;
        char *name;
        enum log_level level;
    } cases[] = {
        { "--log-level=error", "error", LOG_ERROR },
        { "--log-level=warn", "warn", LOG_WARN },
        { "--log-level=info", "info", LOG_INFO },
        { "--log-level=access", "access", LOG_ACCESS },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading joined = READ(cases[i].joined, "a.lua");
        struct reading apart = READ("--log-level", cases[i].name, "a.lua");

        check_runs(&joined);
        ck_assert_int_eq(joined.options.level, cases[i].level);
        ck_assert_str_eq(joined.options.script, "a.lua");
        check_runs(&apart);
        ck_assert_int_eq(apart.options.level, cases[i].level);
        ck_assert_str_eq(apart.options.script, "a.lua");
    }
}

TEST(options_come_in_any_order_and_the_last_level_counts)
{
    struct reading r = READ("--log-level=warn", "--check", "--log-level", "error");

    check_runs(&r);
    ck_assert(r.options.check);
    ck_assert_int_eq(r.options.level, LOG_ERROR);
    ck_assert_ptr_null(r.options.script);
}

TEST(a_level_that_is_none_is_named)
{
    static const char must_be[] = "luaproxy: --log-level must be error, warn, info or access, not ";
    static char *const levels[] = { "loud", "", "ERROR", "errors", "a.lua" };

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        struct reading r = READ("--log-level", levels[i], "b.lua");
        char said[256];

        snprintf(said, sizeof said, "%s\"%s\"\n", must_be, levels[i]);
        check_bad(&r, said);
    }
}

TEST(a_level_must_not_be_missing)
{
    static const char said[] =
        "luaproxy: --log-level must be error, warn, info or access, not \"\"\n";
    struct reading apart = READ("--log-level");
    struct reading joined = READ("--log-level=");

    check_bad(&apart, said);
    check_bad(&joined, said);
}

TEST(an_unknown_option_is_named_with_what_may_be_meant)
{
    static const struct {
        char *option;
        const char *said;
    } cases[] = {
        { "--bogus", "luaproxy: unknown option --bogus; see luaproxy --help\n" },
        { "-x", "luaproxy: unknown option -x; see luaproxy --help\n" },
        { "--chek",
          "luaproxy: unknown option --chek, did you mean --check; see luaproxy --help\n" },
        { "--log-levle",
          "luaproxy: unknown option --log-levle, did you mean --log-level; see luaproxy --help\n" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r = READ(cases[i].option, "a.lua");

        check_bad(&r, cases[i].said);
    }
}

TEST(an_option_that_only_begins_like_another_is_unknown)
{
    struct reading longer = READ("--log-levels=warn");
    struct reading valued = READ("--check=yes");

    ck_assert_int_eq(longer.news, OPTIONS_BAD);
    ck_assert_int_eq(valued.news, OPTIONS_BAD);
}

TEST(what_is_behind_two_dashes_is_no_option)
{
    struct reading r = READ("--check", "--", "--help", "--version");
    struct reading nothing = READ("--");

    check_runs(&r);
    ck_assert_str_eq(r.options.script, "--help");
    ck_assert_int_eq(r.options.arg_count, 1);
    ck_assert_str_eq(r.options.args[0], "--version");
    check_runs(&nothing);
    ck_assert_ptr_null(nothing.options.script);
    ck_assert_int_eq(nothing.options.arg_count, 0);
}

TEST(one_dash_is_a_script)
{
    struct reading r = READ("-", "--help");

    check_runs(&r);
    ck_assert_str_eq(r.options.script, "-");
    ck_assert_int_eq(r.options.arg_count, 1);
}

TEST(the_version_is_told)
{
    struct reading r = READ("--version", "--bogus");

    ck_assert_int_eq(r.news, OPTIONS_DONE);
    ck_assert_int_eq(strncmp(r.out, "luaproxy ", 9), 0);
    ck_assert_ptr_eq(strchr(r.out, '\n'), r.out + strlen(r.out) - 1);
    ck_assert_str_eq(r.err, "");
}

TEST(the_help_names_every_option_within_80_columns)
{
    static const char *const names[] = { "--check ", "--log-level ", "--help ", "--version " };
    struct reading r = READ("--help");
    struct reading brief = READ("-h");

    ck_assert_int_eq(r.news, OPTIONS_DONE);
    ck_assert_str_eq(r.err, "");
    ck_assert_int_eq(brief.news, OPTIONS_DONE);
    ck_assert_str_eq(brief.out, r.out);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_ptr_nonnull(strstr(r.out, names[i]));
    for (char *line = r.out; *line != '\0'; line += strcspn(line, "\n") + 1)
        ck_assert_uint_le(strcspn(line, "\n"), 80);
}

SUITE(options, without_words_the_default_script_serves_and_logs_every_request,
      the_first_word_is_the_script_and_the_others_are_its_own, check_stands_before_the_script,
      unsafe_stands_before_the_script_too, a_level_stands_behind_an_equals_sign_or_is_the_next_word,
      options_come_in_any_order_and_the_last_level_counts, a_level_that_is_none_is_named,
      a_level_must_not_be_missing, an_unknown_option_is_named_with_what_may_be_meant,
      an_option_that_only_begins_like_another_is_unknown, what_is_behind_two_dashes_is_no_option,
      one_dash_is_a_script, the_version_is_told, the_help_names_every_option_within_80_columns);
