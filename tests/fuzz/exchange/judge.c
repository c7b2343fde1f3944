/* What has gone over all connections. */
#include "judge.h"

#include "kernel.h"

#include "support/strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A connection, read from both sides. */
struct talk {
    const struct wire *wire;
    struct strict asks;           /* what the client has said, or the backend was given, */
    struct strict answers;        /* and the other way */
    size_t finals[WIRES_MAX * 8]; /* which of the answers are not interim */
    size_t final_count;
    size_t tunnel; /* the request behind which there is one */
};

/* A request that a backend was given: number INDEX of its connection. */
struct
try {
    const struct talk *talk;
    size_t index;
    uint64_t when;
};

static struct talk talks[WIRES_MAX];
static struct try tries[WIRES_MAX * 64];
static size_t try_count;

/* ---- Saying what is wrong ---- */

static void must(bool holds, const char *what, const struct talk *talk, const char *why)
{
    if (holds)
        return;
    kernel_show();
    fprintf(stderr, "exchange: %s %u: %s%s%s\n", talk->wire->backend ? "backend" : "client",
            talk->wire->number, what, why != NULL ? ": " : "", why != NULL ? why : "");
    abort();
}

/* ---- Reading ---- */

static bool same(struct strict_text a, struct strict_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Can what stands behind the request M be something else than HTTP? */
static bool may_open_tunnel(const struct strict_message *m)
{
    return same(m->method, (struct strict_text){ "CONNECT", 7 }) ||
           strict_lists(m, "connection", "upgrade");
}

/* The method of what begins at OFFSET of what was ASKED, whatever it is: HEAD or as good as GET. */
static struct strict_text guess(const struct bytes *asked, size_t offset)
{
    while (asked->len - offset >= 2 && memcmp(asked->at + offset, "\r\n", 2) == 0)
        offset += 2;
    if (asked->len - offset >= 5 && memcmp(asked->at + offset, "HEAD ", 5) == 0)
        return (struct strict_text){ "HEAD", 4 };
    return (struct strict_text){ "GET", 3 };
}

/* The methods that answers are read for: of what is no request, or not yet, as well. */
static size_t methods_of(const struct strict *asks, const struct bytes *asked,
                         struct strict_text *methods, size_t most)
{
    bool closed = asks->count > 0 && asks->messages[asks->count - 1].closes;
    size_t count = asks->count < most ? asks->count : most;

    for (size_t i = 0; i < count; i++) {
        const struct strict_message *m = &asks->messages[i];

        methods[i] = m->end == STRICT_IN_HEAD ? guess(asked, m->start) : m->method;
    }
    if (asks->why != NULL && !closed && count < most)
        methods[count++] = guess(asked, asks->stopped);
    return count;
}

static void read_asks(struct talk *t, const struct bytes *bytes, size_t tunnel)
{
    strict_free(&t->asks);
    strict_requests(&t->asks, bytes->at, bytes->len, tunnel);
}

/* Reads what was asked and answered. Where a tunnel begins the answers say. */
static void read_talk(struct talk *t, const struct wire *wire)
{
    static struct strict_text methods[WIRES_MAX * 8];
    const struct bytes *asked = wire->backend ? &wire->heard : &wire->said;
    const struct bytes *answered = wire->backend ? &wire->said : &wire->heard;
    size_t count;

    *t = (struct talk){ .wire = wire, .tunnel = STRICT_NO_TUNNEL };
    read_asks(t, asked, STRICT_NO_TUNNEL);
    count = methods_of(&t->asks, asked, methods, sizeof methods / sizeof methods[0]);
    strict_responses(&t->answers, answered->at, answered->len, methods, count);
    for (size_t i = 0; i < t->answers.count; i++)
        if (t->answers.messages[i].status >= 200 || t->answers.messages[i].status == 101)
            t->finals[t->final_count++] = i;
    if (t->answers.tunnel && t->final_count <= t->asks.count)
        t->tunnel = t->final_count - 1;
    if (t->tunnel != STRICT_NO_TUNNEL)
        read_asks(t, asked, t->tunnel);
}

static const struct strict_message *final_of(const struct talk *t, size_t index)
{
    return index < t->final_count ? &t->answers.messages[t->finals[index]] : NULL;
}

/* ---- Backends ---- */

/* A connection that is used again must be clean. */
static void check_reuse(const struct talk *t, size_t index)
{
    const struct strict_message *before = final_of(t, index - 1);
    struct mark mark = wire_mark(t->wire, t->asks.messages[index].start);

    if (before == NULL && t->answers.why != NULL)
        return;
    must(before != NULL, "it was asked again before it had answered", t, NULL);
    must(before->end == STRICT_WHOLE, "it was asked again within its answer", t, NULL);
    must(!before->closes, "it was asked again though it closes", t, NULL);
    must(mark.read == before->stop, "it was asked again with something left over", t, NULL);
}

static void check_backend(const struct talk *t)
{
    bool opaque = false;

    for (size_t i = 0; i < t->asks.count; i++) {
        opaque = opaque || may_open_tunnel(&t->asks.messages[i]);
        if (i > 0)
            check_reuse(t, i);
        if (try_count < sizeof tries / sizeof tries[0])
            tries[try_count++] =
                (struct try){ t, i, wire_mark(t->wire, t->asks.messages[i].start).when };
    }
    /* Whether there was a tunnel is unclear where the backend cannot be read strictly. */
    must(t->asks.why == NULL || (opaque && t->answers.why != NULL), "it got no request", t,
         t->asks.why);
}

static const struct strict_message *asked_by(const struct try *try)
{
    return &try->talk->asks.messages[try->index];
}

static int by_time(const void *a, const void *b)
{
    const struct try *first = a;
    const struct try *second = b;

    return first->when < second->when ? -1 : first->when > second->when;
}

/* Is TRY about the client with NUMBER? Its address is the last one that was forwarded for. */
static bool is_from(const struct try *try, unsigned number)
{
    struct strict_text value;
    char address[32];
    size_t len = (size_t)snprintf(address, sizeof address, "192.0.2.%u", number);

    strict_find(asked_by(try), "x-forwarded-for", &value);
    if (value.len < len || memcmp(value.at + value.len - len, address, len) != 0)
        return false;
    return value.len == len || strchr(", ", value.at[value.len - len - 1]) != NULL;
}

/* ---- Requests on their way ---- */

/* The target of M as it is passed on: without an authority. */
static struct strict_text path_of(const struct strict_message *m)
{
    struct strict_text path = m->target;

    if (path.len < 7 || path.at[0] == '/' || same(m->method, (struct strict_text){ "CONNECT", 7 }))
        return path;
    path = (struct strict_text){ path.at + 7, path.len - 7 };
    while (path.len > 0 && path.at[0] != '/' && path.at[0] != '?')
        path = (struct strict_text){ path.at + 1, path.len - 1 };
    return path;
}

static bool same_path(const struct strict_message *asked, const struct strict_message *got)
{
    struct strict_text path = path_of(asked);

    if (path.len == asked->target.len || (path.len > 0 && path.at[0] == '/'))
        return same(path, got->target);
    if (path.len == 0)
        return strict_is(got->target, "/") || strict_is(got->target, "*");
    return got->target.len == path.len + 1 && got->target.at[0] == '/' &&
           memcmp(got->target.at + 1, path.at, path.len) == 0;
}

/* Is GOT what a backend would have been given for ASKED? */
static bool is_for(const struct strict_message *asked, const struct strict_message *got)
{
    return same(asked->method, got->method) && same_path(asked, got) &&
           got->body_len <= asked->body_len &&
           (got->body_len == 0 || memcmp(got->body, asked->body, got->body_len) == 0) &&
           (got->end != STRICT_WHOLE ||
            (asked->end == STRICT_WHOLE && got->body_len == asked->body_len));
}

static bool is_safe_twice(struct strict_text method)
{
    static const char *const methods[] = { "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" };

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (same(method, (struct strict_text){ methods[i], strlen(methods[i]) }))
            return true;
    return false;
}

/* Everything that backends were given for the client T, one after the other, is what it has asked,
 * one after the other; only what may be repeated was. */
static void check_requests(const struct talk *t)
{
    size_t next = 0;

    for (size_t i = 0; i < try_count; i++) {
        const struct strict_message *got = asked_by(&tries[i]);
        size_t from = next > 0 && is_safe_twice(got->method) ? next - 1 : next;

        if (got->end == STRICT_IN_HEAD || !is_from(&tries[i], t->wire->number))
            continue;
        while (from < t->asks.count && !is_for(&t->asks.messages[from], got))
            from++;
        if (from == t->asks.count && t->asks.why != NULL)
            return;
        must(from < t->asks.count, "a backend got what this client has not asked, or not then", t,
             NULL);
        next = from + 1;
    }
}

/* ---- Responses on their way ---- */

/* Has M come from a backend? What the proxy says itself did not come by way of it. */
static bool is_forwarded(const struct strict_message *m)
{
    return strict_lists(m, "via", "1.1 luaproxy") || strict_lists(m, "via", "1.0 luaproxy");
}

/* Does the client take what it got of M for all of it? */
static bool looks_whole(const struct talk *t, const struct strict_message *m)
{
    if (m->end != STRICT_OPEN)
        return m->end == STRICT_WHOLE;
    return !t->wire->aborted && !t->wire->reset && !t->wire->gone;
}

/* Is this response of a backend all there? */
static bool is_whole(const struct talk *t, const struct strict_message *m)
{
    if (m->end != STRICT_OPEN)
        return m->end == STRICT_WHOLE;
    /* Who goes away has ended properly before he resets what he is still sent. */
    return t->wire->fin && (!t->wire->reset || t->wire->gone);
}

/* Can TOLD, which T has got, be the response to TRY? */
static bool can_answer(const struct try *try, const struct talk *t,
                       const struct strict_message *told)
{
    const struct strict_message *said = final_of(try->talk, try->index);

    if (said == NULL)
        return try->talk->answers.why != NULL;
    if (said->status != told->status || said->body_len < told->body_len ||
        (told->body_len > 0 && memcmp(said->body, told->body, told->body_len) != 0))
        return false;
    return !looks_whole(t, told) || told->framing == STRICT_NO_BODY ||
           (said->body_len == told->body_len && is_whole(try->talk, said));
}

/* Can TRY have been made for T, who ASKED? One that is cut within its head does not say. */
static bool is_made_for(const struct try *try, const struct talk *t,
                        const struct strict_message *asked)
{
    return asked_by(try)->end == STRICT_IN_HEAD ||
           (is_from(try, t->wire->number) && is_for(asked, asked_by(try)));
}

/* Each response from a backend is that to a request of this very client, in their order. */
static void check_origin(const struct talk *t)
{
    size_t next = 0;

    for (size_t i = 0; i < t->final_count; i++) {
        const struct strict_message *told = final_of(t, i);
        const struct strict_message *asked = &t->asks.messages[i];
        bool found = false;

        if (told->end == STRICT_IN_HEAD || !is_forwarded(told) || i >= t->asks.count)
            continue;
        for (; next < try_count && !found; next++)
            found = is_made_for(&tries[next], t, asked) && can_answer(&tries[next], t, told);
        must(found, "it got a response that no backend gave, or not all of it", t, NULL);
    }
}

/* Can what came out of the tunnel of T have gone into that of OTHER? What a backend has said that
 * is not read strictly could be anything. */
static bool can_join(const struct talk *t, const struct talk *other)
{
    struct strict_text came = t->answers.opaque;
    struct strict_text went = other->answers.opaque;

    if (!other->wire->backend)
        return false;
    if (!other->answers.tunnel)
        return other->answers.why != NULL;
    return went.len >= came.len && memcmp(went.at, came.at, came.len) == 0;
}

/* What came out of a tunnel went into it at the other end. */
static void check_tunnel(const struct talk *t)
{
    bool found = !t->answers.tunnel || t->answers.opaque.len == 0;

    for (unsigned i = 0; i < kernel.count && !found; i++)
        found = can_join(t, &talks[i]);
    must(found, "what came through its tunnel came from nowhere", t, NULL);
}

/* A response may follow what this reader does not understand: luaproxy may have. */
static bool is_excused(const struct talk *t)
{
    return t->answers.why == NULL ||
           (t->asks.why != NULL && strcmp(t->answers.why, "a response to no request") == 0);
}

static void check_client(const struct talk *t)
{
    must(is_excused(t), "it got what is no response", t, t->answers.why);
    check_requests(t);
    check_origin(t);
    check_tunnel(t);
}

void judge_all(void)
{
    try_count = 0;
    for (unsigned i = 0; i < kernel.count; i++)
        read_talk(&talks[i], &kernel.wires[i]);
    for (unsigned i = 0; i < kernel.count; i++)
        if (kernel.wires[i].backend)
            check_backend(&talks[i]);
    qsort(tries, try_count, sizeof tries[0], by_time);
    for (unsigned i = 0; i < kernel.count; i++)
        if (!kernel.wires[i].backend)
            check_client(&talks[i]);
    for (unsigned i = 0; i < kernel.count; i++) {
        strict_free(&talks[i].asks);
        strict_free(&talks[i].answers);
    }
}
