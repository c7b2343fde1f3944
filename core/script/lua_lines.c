/* Where in a script something is written. */
#include "script/lua_lines.h"

#include <ctype.h>

enum token_kind { TOKEN_NAME, TOKEN_STRING, TOKEN_OTHER, TOKEN_END };

struct token {
    enum token_kind kind;
    struct span text; /* of a string: what stands between the quotes */
    unsigned line;
};

struct reader {
    struct span rest;
    unsigned line;
};

static bool starts_with(const struct reader *r, const char *text)
{
    size_t len = strlen(text);

    return r->rest.len >= len && memcmp(r->rest.at, text, len) == 0;
}

static void skip(struct reader *r, size_t n)
{
    for (size_t i = 0; i < n && i < r->rest.len; i++)
        if (r->rest.at[i] == '\n')
            r->line++;
    r->rest = span_skip(r->rest, n < r->rest.len ? n : r->rest.len);
}

/* If a long bracket, [[ or [==[, begins here, takes it to its end and gives what it holds. */
static bool take_long(struct reader *r, struct span *text)
{
    char close[16];
    size_t level = 1;
    const char *end;

    while (level < r->rest.len && level < sizeof close - 2 && r->rest.at[level] == '=')
        level++;
    if (r->rest.len <= level || r->rest.at[0] != '[' || r->rest.at[level] != '[')
        return false;
    memset(close, '=', sizeof close);
    close[0] = ']';
    close[level] = ']';
    skip(r, level + 1);
    end = memmem(r->rest.at, r->rest.len, close, level + 1);
    *text = (struct span){ r->rest.at, end == NULL ? r->rest.len : (size_t)(end - r->rest.at) };
    skip(r, text->len + level + 1);
    return true;
}

static void skip_comment(struct reader *r)
{
    struct span text;

    skip(r, 2);
    if (take_long(r, &text))
        return;
    while (r->rest.len > 0 && r->rest.at[0] != '\n')
        skip(r, 1);
}

static void skip_blanks(struct reader *r)
{
    while (r->rest.len > 0) {
        if (starts_with(r, "--"))
            skip_comment(r);
        else if (isspace((unsigned char)r->rest.at[0]))
            skip(r, 1);
        else
            return;
    }
}

static struct span take_quoted(struct reader *r)
{
    char quote = r->rest.at[0];
    struct span text = { r->rest.at + 1, 0 };
    size_t n = 1;

    while (n < r->rest.len && r->rest.at[n] != quote && r->rest.at[n] != '\n')
        n += r->rest.at[n] == '\\' ? 2 : 1;
    text.len = (n < r->rest.len ? n : r->rest.len) - 1;
    skip(r, n + 1);
    return text;
}

static struct span take_name(struct reader *r)
{
    struct span name = { r->rest.at, 0 };

    while (name.len < r->rest.len &&
           (isalnum((unsigned char)name.at[name.len]) || name.at[name.len] == '_'))
        name.len++;
    skip(r, name.len);
    return name;
}

static struct token next_token(struct reader *r)
{
    struct token token = { .kind = TOKEN_OTHER };
    char c;

    skip_blanks(r);
    token.line = r->line;
    if (r->rest.len == 0) {
        token.kind = TOKEN_END;
        return token;
    }
    c = r->rest.at[0];
    if (isalpha((unsigned char)c) || c == '_') {
        token.kind = TOKEN_NAME;
        token.text = take_name(r);
    } else if (c == '"' || c == '\'') {
        token.kind = TOKEN_STRING;
        token.text = take_quoted(r);
    } else if (take_long(r, &token.text)) {
        token.kind = TOKEN_STRING;
    } else {
        token.text = (struct span){ r->rest.at, starts_with(r, "==") ? 2 : 1 };
        skip(r, token.text.len);
    }
    return token;
}

/* Is it the sign SIGN, and not a string that holds one? */
static bool is_sign(const struct token *token, const char *sign)
{
    return token->kind == TOKEN_OTHER && span_eq(token->text, span_of(sign));
}

unsigned lua_lines_of_key(struct span source, unsigned from, const char *key)
{
    struct reader r = { source, 1 };
    struct token before = next_token(&r);
    struct token token = before;

    for (; before.kind != TOKEN_END; before = token) {
        token = next_token(&r);
        if (before.kind == TOKEN_STRING && is_sign(&token, "]"))
            token = next_token(&r);
        if (before.line >= from && before.kind != TOKEN_OTHER &&
            span_eq(before.text, span_of(key)) && is_sign(&token, "="))
            return before.line;
    }
    return 0;
}

unsigned lua_lines_of_string(struct span source, unsigned from, const char *text)
{
    struct reader r = { source, 1 };

    for (;;) {
        struct token token = next_token(&r);

        if (token.kind == TOKEN_END)
            return 0;
        if (token.kind == TOKEN_STRING && token.line >= from && span_eq(token.text, span_of(text)))
            return token.line;
    }
}

unsigned lua_lines_of_return(struct span source)
{
    struct reader r = { source, 1 };
    unsigned line = 0;

    for (;;) {
        struct token token = next_token(&r);

        if (token.kind == TOKEN_END)
            return line;
        if (token.kind == TOKEN_NAME && span_eq(token.text, SPAN("return")))
            line = token.line;
    }
}
