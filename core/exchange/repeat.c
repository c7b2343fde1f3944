/* The body of a request, remembered. */
#include "exchange/repeat.h"

#include "base/list.h"
#include "base/mem.h"

#include <assert.h>
#include <string.h>

enum { ROOM_LEAST = 4096 };

static struct repeat *repeat_of(const struct side *side)
{
    return container_of(side, struct repeat, side);
}

/* Nothing is remembered any more. */
static void drop(struct repeat *r)
{
    mem_free(r->bytes);
    r->bytes = NULL;
    r->size = r->room = r->given = 0;
}

/* Has at least SIZE bytes of room, and so much more that there is not much copying. False if there
 * is no memory to spare for it. */
static bool grow(struct repeat *r, size_t size)
{
    size_t room = r->room > 0 ? r->room : ROOM_LEAST;
    char *bytes;

    while (room < size)
        room *= 2;
    bytes = mem_try_resize(r->bytes, room);
    if (bytes == NULL)
        return false;
    r->bytes = bytes;
    r->room = room;
    return true;
}

/* Has BODY room? */
static bool has_room(struct repeat *r, struct span body)
{
    if (body.len > r->most - r->size)
        return false;
    return body.len <= r->room - r->size || grow(r, r->size + body.len);
}

static void remember(struct repeat *r, struct span body)
{
    if (!has_room(r, body)) {
        repeat_forget(r);
        return;
    }
    if (body.len > 0)
        memcpy(r->bytes + r->size, body.at, body.len);
    r->size += body.len;
    r->given = r->size;
}

/* Gives what is remembered. */
static enum side_news give(struct repeat *r, size_t max, struct part *part)
{
    size_t left = r->size - r->given;
    size_t len = left < max ? left : max;

    *part = (struct part){ .kind = PART_BODY, .body = { r->bytes + r->given, len } };
    r->given += len;
    r->told = part->last = r->ended && len == left;
    return SIDE_PART;
}

/* Gives what is new. */
static enum side_news take(struct repeat *r, size_t max, struct part *part)
{
    enum side_news news = side_read(r->from, max, part);

    r->side.err = r->from->err;
    r->side.why = r->from->why;
    if (news != SIDE_PART)
        return news;
    r->ended = r->told = part->last;
    if (!r->forgets)
        remember(r, part->body);
    return SIDE_PART;
}

static enum side_news repeat_read(struct side *side, size_t max, struct part *part)
{
    struct repeat *r = repeat_of(side);

    if (r->given < r->size || (r->ended && !r->told))
        return give(r, max, part);
    if (r->forgets)
        drop(r);
    return take(r, max, part);
}

/* It is only read from. */
static size_t repeat_room(struct side *side)
{
    (void)side;
    return 0;
}

static void repeat_write(struct side *side, const struct part *part)
{
    (void)side;
    (void)part;
}

static void repeat_arm(struct side *side)
{
    side_arm(repeat_of(side)->from);
}

static bool repeat_is_gone(const struct side *side)
{
    return side_is_gone(repeat_of(side)->from);
}

static uint64_t repeat_heard(struct side *side)
{
    return side_heard(repeat_of(side)->from);
}

void repeat_init(struct repeat *r, struct side *from, size_t most)
{
    static const struct side_ops ops = { repeat_read, repeat_room,    repeat_write,
                                         repeat_arm,  repeat_is_gone, repeat_heard };

    *r = (struct repeat){ .side = { .ops = &ops }, .from = from, .most = most };
}

void repeat_rewind(struct repeat *r)
{
    assert(repeat_can(r));
    r->given = 0;
    r->told = false;
}

void repeat_forget(struct repeat *r)
{
    r->forgets = true;
    if (r->given == r->size)
        drop(r);
}

void repeat_fini(struct repeat *r)
{
    drop(r);
}
