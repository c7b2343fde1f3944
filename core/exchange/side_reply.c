/* A reply in the proxy's own name. */
#include "exchange/side_reply.h"

#include "base/list.h"
#include "http/canned.h"

static enum side_news reply_read(struct side *side, size_t max, struct part *part)
{
    struct side_reply *reply = container_of(side, struct side_reply, side);
    size_t size = reply->body.len < max ? reply->body.len : max;

    if (reply->given++ == 0) {
        *part = (struct part){ .kind = PART_HEAD, .head = &reply->head };
        part->last = reply->head.body == BODY_NONE || reply->body.len == 0;
        return SIDE_PART;
    }
    *part = (struct part){ .kind = PART_BODY,
                           .last = size == reply->body.len,
                           .body = { reply->body.at, size } };
    reply->body = span_skip(reply->body, size);
    return SIDE_PART;
}

static size_t reply_room(struct side *side)
{
    (void)side;
    return SIZE_MAX;
}

static void reply_write(struct side *side, const struct part *part)
{
    (void)side;
    (void)part;
}

static void reply_arm(struct side *side)
{
    (void)side;
}

static bool reply_is_gone(const struct side *side)
{
    (void)side;
    return false;
}

static uint64_t reply_heard(struct side *side)
{
    (void)side;
    return 0;
}

/* Begins REPLY, whose head and body are there, as the answer to REQUEST. */
static void begin(struct side_reply *reply, const struct head *request)
{
    static const struct side_ops ops = { reply_read, reply_room,    reply_write,
                                         reply_arm,  reply_is_gone, reply_heard };

    reply->side = (struct side){ .ops = &ops };
    reply->given = 0;
    if (request != NULL && head_is_head(request)) {
        reply->head.body = BODY_NONE;
        reply->head.tells_length = !head_is_bodiless(&reply->head);
    }
}

void side_reply_init(struct side_reply *reply, struct arena *arena, unsigned status,
                     struct span date, const struct head *request)
{
    canned_reply(&reply->head, &reply->body, arena, status, date);
    begin(reply, request);
}

void side_reply_init_with(struct side_reply *reply, struct head *head, struct span body,
                          struct span date, const struct head *request)
{
    if (head_find(head, FIELD_DATE) == NULL)
        head_add(head, FIELD_DATE, SPAN("Date"), arena_copy(head->arena, date));
    reply->head = *head;
    reply->body = body;
    begin(reply, request);
}

void side_reply_come_again(struct side_reply *reply)
{
    head_add(&reply->head, FIELD_OTHER, SPAN("Retry-After"), SPAN("1"));
}
