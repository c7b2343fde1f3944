/* Whether a client is let in. */
#include "exchange/admission.h"

#include "exchange/side_h1.h"

#include <limits.h>

static void turn_away(struct exchange_env *env, const struct addr *from, struct stream *s)
{
    struct arena arena = { NULL, 0 };
    struct side_reply reply;
    struct side_h1 client;
    struct part part = { .last = false };

    complaint_of_client(env->complaints, from, 429, "limits.per_address reached");
    counters_add(env->counters, COUNTER_REFUSED);
    side_reply_init(&reply, &arena, 429, clock_date(env->clock), NULL);
    head_add(&reply.head, FIELD_OTHER, SPAN("Retry-After"), SPAN("1"));
    side_h1_init_client(&client, s, &arena, NULL);
    while (!part.last) {
        side_read(&reply.side, SIZE_MAX, &part);
        side_write(&client.side, &part);
    }
    stream_flush(s);
    arena_fini(&arena);
}

enum census_news admission_judge(struct exchange_env *env, struct census *census,
                                 const struct addr *from, struct census_place *place,
                                 struct stream *s)
{
    const struct config *config = env->generation->config;
    enum census_news news;

    if (config->limits.per_address == UINT_MAX || config_trusts(config, from))
        return CENSUS_FITS;
    news = census_enter(census, from, config->limits.per_address, place);
    if (news != CENSUS_FITS)
        turn_away(env, from, s);
    return news;
}
