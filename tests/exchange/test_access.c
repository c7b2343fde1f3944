/* One line of access log. */
#include "net/heard.h"
#include "support/test.h"

#include "exchange/access.h"

static const struct addr client = { .v4 = { .sin_family = AF_INET, .sin_port = 0x5000 } };

/* The line for REQUEST behind date and level. */
static const char *line_of(const struct access *access, const struct head *request)
{
    static struct heard heard;
    const char *text;

    heard_begin(&heard);
    access_log(access, request);
    text = heard_text(&heard);
    heard_end(&heard);
    text = strstr(text, " access ");
    return text == NULL ? "" : text + strlen(" access ");
}

TEST(a_line_says_who_asked_for_what_and_what_he_got)
{
    struct head request = { .method = SPAN("GET"), .minor = 1 };
    struct access access = {
        .target = SPAN("/path?q=1"),
        .client = &client,
        .status = 200,
        .bytes = 12345678901,
        .backend = "b1",
        .tries = 2,
        .first = 0.0123,
        .total = 1.5,
    };

    ck_assert_str_eq(line_of(&access, &request),
                     "0.0.0.0:80 \"GET /path?q=1 HTTP/1.1\" 200 12345678901 b1 "
                     "tries=2 first=0.0123 total=1.5000\n");
}

TEST(a_request_that_was_not_understood_is_a_dash)
{
    struct access access = { .client = &client, .status = 400, .cut = true };

    ck_assert_str_eq(line_of(&access, NULL), "0.0.0.0:80 \"- - HTTP/1.0\" 400 0 - tries=0 "
                                             "first=0.0000 total=0.0000 cut\n");
}

TEST(the_target_is_what_the_client_wrote_whatever_became_of_it)
{
    struct head request = { .method = SPAN("GET"), .target = SPAN("/changed"), .minor = 1 };
    struct access access = { .client = &client, .target = SPAN("/asked"), .status = 204 };

    ck_assert_ptr_nonnull(strstr(line_of(&access, &request), "\"GET /asked HTTP/1.1\" 204 "));
}

TEST(nobody_can_forge_the_end_of_a_field)
{
    struct head request = { .method = SPAN("GET") };
    struct access access = { .client = &client, .target = SPAN("/\" 200 0\n") };

    ck_assert_ptr_nonnull(
        strstr(line_of(&access, &request), "\"GET /' 200 0\\x0a HTTP/1.0\" 0 0 - "));
}

TEST(a_long_target_is_cut_short)
{
    static char target[5000];
    struct head request = { .method = SPAN("GET") };
    struct access access = { .client = &client,
                             .target = { target, sizeof target },
                             .status = 414 };
    const char *line;

    memset(target, 'x', sizeof target);
    line = line_of(&access, &request);
    ck_assert_uint_lt(strlen(line), 1500);
    ck_assert_ptr_nonnull(strstr(line, "xxx HTTP/1.0\" 414 "));
}

TEST(a_long_method_does_not_push_out_the_rest)
{
    static char method[5000];
    struct head request = { .method = { method, sizeof method } };
    struct access access = { .client = &client, .target = SPAN("/"), .status = 501 };
    const char *line;

    memset(method, 'X', sizeof method);
    line = line_of(&access, &request);
    ck_assert_uint_lt(strlen(line), 200);
    ck_assert_ptr_nonnull(strstr(line, "XXX / HTTP/1.0\" 501 "));
}

TEST(nothing_is_written_if_nobody_wants_it)
{
    struct heard heard;
    struct access access = { .client = &client };

    heard_begin(&heard);
    log_set_level(LOG_INFO);
    access_log(&access, NULL);
    ck_assert_str_eq(heard_text(&heard), "");
    heard_end(&heard);
}

SUITE(access, a_line_says_who_asked_for_what_and_what_he_got,
      a_request_that_was_not_understood_is_a_dash,
      the_target_is_what_the_client_wrote_whatever_became_of_it,
      nobody_can_forge_the_end_of_a_field, a_long_target_is_cut_short,
      a_long_method_does_not_push_out_the_rest, nothing_is_written_if_nobody_wants_it);
