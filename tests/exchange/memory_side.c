/* A side made of memory. */
#include "memory_side.h"
#include "support/test.h"

#include "base/list.h"

#include <stdio.h>

void must(bool holds, const char *what)
{
    if (!holds)
        ck_abort_msg("%s", what);
}

static struct memory_side *open_one(struct side *side)
{
    struct memory_side *m = container_of(side, struct memory_side, side);

    must(!m->closed, "a side is used that was closed");
    return m;
}

static enum side_news gone(struct memory_side *m, enum err err, const char *why)
{
    m->side.err = err;
    m->side.why = why;
    return SIDE_GONE;
}

static struct head *make_head(const struct memory_side *m, char letter)
{
    struct head *head = arena_take(m->arena, sizeof *head);
    struct head fresh;

    head_init(&fresh, m->arena, 4);
    *head = m->like;
    head->arena = m->arena;
    head->fields = fresh.fields;
    head->room = fresh.room;
    if (head->host.len > 0)
        head_add(head, FIELD_HOST, SPAN("Host"), head->host);
    if (m->expects)
        head_add(head, FIELD_EXPECT, SPAN("Expect"), SPAN("100-continue"));
    if (letter == 'i')
        head->status = 100;
    if (letter != 'h')
        head->body = BODY_NONE;
    if (letter == 'U') {
        head->upgrade = SPAN("memory");
        head->status = head->status > 0 ? 101 : 0;
        head->body = head->status > 0 ? BODY_TUNNEL : BODY_NONE;
    }
    return head;
}

/* Takes bytes of the body, and the end that has come with them. */
static enum side_news read_bytes(struct memory_side *m, size_t max, struct part *part)
{
    size_t len = strspn(m->says, "0123456789");

    must(max > 0, "a piece of the body is read for which there is no room");
    if (len > max)
        len = max;
    *part = (struct part){ .kind = PART_BODY, .body = { m->says, len } };
    m->says += len;
    part->last = *m->says == 'E';
    m->says += part->last;
    return SIDE_PART;
}

static enum side_news read_head(struct memory_side *m, struct part *part)
{
    char letter = *m->says++;

    m->side.begun = true;
    *part = (struct part){ .kind = PART_HEAD, .head = make_head(m, letter) };
    if (part->head->status == 101 && !m->may_tunnel)
        return gone(m, ERR_MALFORMED, "101 that nobody asked for");
    part->last = letter == 'H' || (letter == 'U' && part->head->status == 0);
    m->tunnels = part->head->body == BODY_TUNNEL;
    m->asked = part->last;
    return SIDE_PART;
}

static enum side_news memory_read(struct side *side, size_t max, struct part *part)
{
    struct memory_side *m = open_one(side);

    must(!m->asked || m->tunnels, "something is read behind a request, as if it were its body");
    switch (*m->says) {
    case '\0':
    case '.':
    case ':':
    case '?':
        return SIDE_WAIT;
    case '-':
        return gone(m, ERR_CLOSED, NULL);
    case 'x':
        m->gone = true;
        return gone(m, ERR_RESET, NULL);
    case '!':
        m->side.begun = true;
        return gone(m, m->malformed != OK ? m->malformed : ERR_MALFORMED, "malformed");
    case 'H':
    case 'U':
    case 'h':
    case 'i':
        return read_head(m, part);
    case 'e':
        *part = (struct part){ .kind = PART_BODY, .last = true };
        m->says++;
        return SIDE_PART;
    default:
        return read_bytes(m, max, part);
    }
}

static size_t memory_room(struct side *side)
{
    const struct memory_side *m = open_one(side);

    if (m->gone || m->takes == 0)
        return SIZE_MAX;
    if (!m->wrote_head || m->wrote_end)
        return m->taken == 0 ? m->takes : 0;
    return m->takes - m->taken;
}

static void append(struct memory_side *m, struct span text)
{
    size_t len = strlen(m->got);

    must(len + text.len < sizeof m->got, "too much is written for these tests");
    if (text.len > 0)
        memcpy(m->got + len, text.at, text.len);
}

/* Is HEAD one of a response that comes before the final one? */
static bool is_interim(const struct head *head)
{
    return head->status > 0 && head_is_interim(head);
}

static void note_host(struct memory_side *m, const struct head *head)
{
    const struct field *host = head_find(head, FIELD_HOST);

    if (host != NULL)
        snprintf(m->host, sizeof m->host, "%.*s", SPAN_ARG(host->value));
}

static void write_head(struct memory_side *m, const struct part *part)
{
    bool interim = is_interim(part->head);

    must(!m->wrote_head, "a second head is written");
    if (part->head->upgrade.len > 0)
        append(m, SPAN("U"));
    else
        append(m, interim ? SPAN("i") : part->last ? SPAN("H") : SPAN("h"));
    m->wrote_head = !interim;
    m->tunnels = m->tunnels || part->head->body == BODY_TUNNEL;
    m->may_tunnel = part->head->status == 0 && part->head->upgrade.len > 0;
    m->status = part->head->status;
    m->keeps = m->side.keep;
    m->taken += m->takes > 0;
    note_host(m, part->head);
}

static void memory_write(struct side *side, const struct part *part)
{
    struct memory_side *m = open_one(side);

    must(memory_room(side) >= (part->kind == PART_HEAD ? 1 : part->body.len),
         "more is written than there is room for");
    if (m->gone)
        return;
    m->wrote_all = part->last && (part->kind == PART_BODY || !is_interim(part->head));
    if (part->kind == PART_HEAD) {
        write_head(m, part);
        return;
    }
    must(!m->wrote_end, "something is written behind the end");
    m->wrote_end = part->last;
    append(m, part->body);
    append(m, part->last ? SPAN("e") : SPAN(""));
    m->taken += m->takes > 0 ? part->body.len : 0;
}

static void memory_arm(struct side *side)
{
    open_one(side)->armed = true;
}

static bool memory_is_gone(const struct side *side)
{
    return container_of(side, const struct memory_side, side)->gone;
}

static uint64_t memory_heard(struct side *side)
{
    struct memory_side *m = open_one(side);

    if (m->sips == 0)
        return 0;
    m->sips--;
    return m->sip > 0 ? m->sip : 1;
}

void memory_side_init(struct memory_side *m, const char *says, size_t takes, struct arena *arena)
{
    static const struct side_ops ops = { memory_read, memory_room,    memory_write,
                                         memory_arm,  memory_is_gone, memory_heard };

    *m = (struct memory_side){
        .side = { .ops = &ops },
        .says = says,
        .takes = takes,
        .arena = arena,
        .like = { .minor = 1, .body = BODY_CHUNKED, .persistent = true },
    };
}

/* Goes on to the next thing that happens. False if nothing does. */
static bool go_on(struct memory_side *m)
{
    switch (*m->says) {
    case '.':
        m->says++;
        return true;
    case '?':
        if (!m->wrote_all)
            return false;
        m->says++;
        return true;
    case 'x':
        if (m->gone)
            return false;
        m->gone = true;
        return true;
    default:
        return false;
    }
}

bool memory_side_turn(struct memory_side *m)
{
    bool drained = memory_room(&m->side) == 0 && !m->stuck;

    if (!m->armed)
        return false;
    if (!m->stuck)
        m->taken = 0;
    if (!go_on(m) && !drained)
        return false;
    m->armed = false;
    return true;
}

bool memory_side_later(struct memory_side *m)
{
    if (!m->armed || *m->says != ':')
        return false;
    m->says++;
    m->armed = false;
    return true;
}
