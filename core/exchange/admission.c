/* Whether a client is let in. */
#include "exchange/admission.h"

#include "base/log.h"
#include "http/preface.h"

#include <limits.h>

/* Answers C, to whom nothing was written yet. */
static void turn_away(struct client *c)
{
    struct exchange_env *env = c->clients->env;
    struct arena arena = { NULL, 0 };
    struct side_reply reply;
    struct side_h1 client;
    struct part part = { .last = false };

    complaint_of_client(env->complaints, &c->from, 429, "limits.per_address reached");
    counters_add(env->counters, COUNTER_REFUSED);
    side_reply_init(&reply, &arena, 429, clock_date(env->clock), NULL);
    side_reply_come_again(&reply);
    side_h1_init_client(&client, &c->stream, &arena, NULL);
    while (!part.last) {
        side_read(&reply.side, SIZE_MAX, &part);
        side_write(&client.side, &part);
    }
    stream_flush(&c->stream);
    arena_fini(&arena);
}

static enum census_news judge(struct client *c)
{
    const struct config *config = c->clients->env->generation->config;
    unsigned most = config->limits.per_address;

    if (most == UINT_MAX || config_trusts(config, &c->from))
        return CENSUS_FITS;
    return census_enter(&c->clients->census, &c->from, most, &c->place);
}

bool admission_let_in(struct client *c)
{
    switch (judge(c)) {
    case CENSUS_FITS:
        stay_keep(c);
        return true;
    case CENSUS_FULL:
        turn_away(c);
        stay_close(c, CLIENT_LINGERING);
        return true;
    case CENSUS_FLOOD:
        turn_away(c);
        stay_end(c);
        break;
    }
    return false;
}

static bool refuse(struct client *c, const char *why)
{
    char from[ADDR_TEXT];

    addr_print(&c->from, from);
    log_info("refused %s: %s", from, why);
    counters_add(c->clients->env->counters, COUNTER_REFUSED);
    stay_end(c);
    return false;
}

/* C speaks for whom PREFACE says. */
static void take_preface(struct client *c, const struct preface *preface)
{
    if (preface->is_local)
        return;
    c->from = preface->from;
    c->at = preface->at;
}

/* Has C said nothing yet, and is it too late to begin? */
static bool is_unwanted(const struct client *c)
{
    return c->clients->env->draining && buf_len(&c->stream.in) == 0 && stay_is_over(c);
}

bool admission_step_preface(struct client *c)
{
    struct preface preface;
    const char *why;
    size_t len;

    switch (preface_read(&preface, buf_span(&c->stream.in), &len, &why)) {
    case PREFACE_READ:
        buf_take(&c->stream.in, len);
        take_preface(c, &preface);
        return admission_let_in(c);
    case PREFACE_BAD:
        return refuse(c, why);
    case PREFACE_WAIT:
        break;
    }
    if (is_unwanted(c)) {
        stay_close(c, CLIENT_CLOSING);
        return true;
    }
    if (c->late || stream_is_over(&c->stream))
        return refuse(c, c->late ? "PROXY header too late" : "no PROXY header");
    stream_arm(&c->stream, true);
    return false;
}
