/* What is known of backends, as it changes. */
#include "balance/facts.h"

#include <assert.h>

/* Tells all who choose among others and who has FACTS that they have changed. */
static void tell(const struct facts *facts)
{
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next) {
        struct backend *b = container_of(link, struct backend, of_facts);

        policy_facts(b->pool->policy, b);
    }
}

/* Who has FACTS has just as many requests as CAP allows, or one less: whose cap that is cannot be
 * chosen any more, or can again. */
static void cross(const struct facts *facts, unsigned cap)
{
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next) {
        struct backend *b = container_of(link, struct backend, of_facts);

        if (b->cap == cap && b->serves)
            pool_relist(b->pool);
    }
}

void facts_lease(struct backend *b)
{
    struct facts *facts = b->facts;

    if (++facts->inflight >= facts->cap)
        cross(facts, facts->inflight);
    tell(facts);
}

void facts_release(struct backend *b)
{
    struct facts *facts = b->facts;

    assert(facts->inflight > 0);
    if (facts->inflight-- >= facts->cap)
        cross(facts, facts->inflight + 1);
    tell(facts);
}

/* NEWS have come of B: perhaps it is out from NOW on. */
static void judge(struct backend *b, enum outlier_news news, double now)
{
    if (!ejector_judge(&b->pool->ejector, b, news, now))
        return;
    counters_add(b->pool->counters, COUNTER_EJECTIONS);
    pool_relist_users(b->facts);
}

/* An attempt at B has ended so. */
static inline void watch(struct backend *b, enum outlier_kind kind, double seconds, double now)
{
    const struct ejector *e = &b->pool->ejector;
    enum outlier_news news;

    if (!e->watches)
        return;
    news = outlier_hear(&b->facts->outlier, e->rule, kind, seconds, now);
    if (news != OUTLIER_NOTHING)
        judge(b, news, now);
}

/* What an error with STATUS means to those who watch. */
static enum outlier_kind kind_of_error(unsigned status)
{
    return status >= 502 && status <= 504 ? OUTLIER_FAILED : OUTLIER_ERROR;
}

static void count_failure(struct facts *facts, double seconds, double now)
{
    facts->fails++;
    ewma_observe_failure(&facts->ewma, seconds, now);
}

void facts_hear_head(struct backend *b, unsigned status, double seconds, double now)
{
    struct facts *facts = b->facts;

    if (status >= 500) {
        count_failure(facts, seconds, now);
        watch(b, kind_of_error(status), seconds, now);
    } else {
        facts->fails = 0;
        ewma_observe(&facts->ewma, seconds, now);
        watch(b, OUTLIER_ANSWERED, seconds, now);
    }
    tell(facts);
}

/* Did the backend fail to answer? That the client has left, or that there was no descriptor or port
 * here, says nothing about it. */
static bool is_failure(const struct outcome *outcome)
{
    return outcome->status == 0 && outcome->err != OK && outcome->err != ERR_ABANDONED &&
           !err_is_shortage(outcome->err);
}

void facts_hear(struct backend *b, struct visit *visit, const struct outcome *outcome)
{
    if (is_failure(outcome)) {
        count_failure(b->facts, outcome->took, visit->now);
        watch(b, OUTLIER_FAILED, outcome->took, visit->now);
        tell(b->facts);
        if (outcome->unreached)
            ledger_tell_unreached(b->pool->ledger, b->facts);
    }
    policy_done(b->pool->policy, b, visit, outcome);
}

/* Whether who has FACTS is up has changed at NOW. */
static void change_health(struct facts *facts, double now)
{
    facts->since = now;
    if (facts->outlier.out && !facts->health.down)
        outlier_return(&facts->outlier, false, now);
    pool_relist_users(facts);
    tell(facts);
}

enum health_news facts_judge(struct facts *facts, enum verdict verdict,
                             const struct config_health *rule, double now)
{
    struct health was = facts->health;
    enum health_news news = health_judge(&facts->health, verdict, rule->rise, rule->fall);

    if (facts->health.down != was.down)
        change_health(facts, now);
    else if (facts->health.gone != was.gone)
        pool_relist_users(facts);
    return news;
}

void facts_forget_health(struct facts *facts, double now)
{
    bool was_down = facts->health.down;

    facts->health = (struct health){ .known = false };
    if (was_down)
        change_health(facts, now);
}
