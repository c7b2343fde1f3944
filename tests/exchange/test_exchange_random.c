/* The life of one request, between peers who do anything they like: every run is a story made up
 * from its number, and ends as it must. */
#include "support/test.h"
#include "world.h"

/* No reply of the proxy's own has this status. */
enum { BAD_STATUS = 418 };

enum { STORIES = 30000, SAYS_MAX = 40 };

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245 + 12345;
    return *state >> 16 & 0x7fff;
}

/* Is it so, once in N times? */
static bool once_in(unsigned n, unsigned *seed)
{
    return next_random(seed) % n == 0;
}

static void add(char *says, char letter)
{
    size_t len = strlen(says);

    must(len < SAYS_MAX - 1, "somebody says too much for these tests");
    says[len] = letter;
    says[len + 1] = '\0';
}

/* Perhaps adds a pause of some kind. */
static void add_pause(char *says, bool is_backend, unsigned *seed)
{
    static const char pauses[] = "..:?";

    if (once_in(4, seed))
        add(says, pauses[next_random(seed) % (is_backend ? 4 : 3)]);
}

/* Perhaps adds something behind which nothing comes. */
static bool add_death(char *says, unsigned *seed)
{
    static const char deaths[] = { '-', 'x', '!', '\0' };
    char death = deaths[next_random(seed) % 4];

    if (!once_in(12, seed))
        return false;
    if (death != '\0')
        add(says, death);
    return true;
}

static void make_body(char *says, bool is_backend, unsigned *seed)
{
    unsigned count = next_random(seed) % 7;

    for (unsigned i = 0; i < count; i++) {
        add(says, (char)('0' + next_random(seed) % 10));
        add_pause(says, is_backend, seed);
        if (add_death(says, seed))
            return;
    }
    add(says, 'e');
    add_pause(says, false, seed);
    add_death(says, seed);
}

/* Makes up what somebody says who may be in the mood for tunnels. */
static const char *make_says(char *says, bool is_backend, bool tunnels, unsigned *seed)
{
    unsigned interims = is_backend && once_in(4, seed) ? next_random(seed) % 3 : 0;

    says[0] = '\0';
    add_pause(says, is_backend, seed);
    for (; interims > 0; interims--)
        add(says, 'i');
    add_pause(says, is_backend, seed);
    if (add_death(says, seed))
        return says;
    if (once_in(2, seed)) {
        add(says, 'H');
        return says;
    }
    add(says, tunnels ? 'U' : 'h');
    make_body(says, is_backend, seed);
    return says;
}

/* The texts of a story, which outlive its world. */
struct texts {
    char asks[SAYS_MAX];
    char says[WORLD_BACKENDS][SAYS_MAX];
    char kept[WORLD_BACKENDS][SAYS_MAX];
};

static struct world_backend make_backend(char *says, char *kept, bool tunnels, unsigned *seed)
{
    static const char *const dials[] = { "", "", "", ".", "x", ".x", "~" };

    return (struct world_backend){
        .dial = dials[next_random(seed) % 7],
        .says = make_says(says, true, tunnels && !once_in(4, seed), seed),
        .kept = once_in(3, seed) ? make_says(kept, true, tunnels, seed) : NULL,
        .takes = next_random(seed) % 4,
        .status = once_in(3, seed) ? BAD_STATUS : 200,
        .stuck = once_in(20, seed),
        .closes = once_in(4, seed),
        .deaf = once_in(8, seed),
        .down = once_in(8, seed),
    };
}

/* Perhaps puts caps on the backends, some of which are reached, and others in front of X. */
static void add_others(struct world *w, unsigned backends, unsigned *seed)
{
    for (unsigned i = 0; i < backends; i++) {
        struct world_backend *b = &w->backends[i];

        b->cap = next_random(seed) % 3;
        b->busy = b->cap > 0 ? b->cap - once_in(3, seed) : next_random(seed) % 3;
        b->frees = next_random(seed) % 6;
        b->drains = once_in(8, seed);
    }
    w->pending = once_in(6, seed) ? (int)(next_random(seed) % 3) - 1 : 0;
    w->queued = backends > 0 ? next_random(seed) % 3 : 0;
    w->behind = next_random(seed) % 2;
}

/* Makes up what may be tried again. */
static void make_retry(struct world *w, unsigned *seed)
{
    static const double backoffs[] = { 0, 0, 1, 8 };

    w->tries = 1 + next_random(seed) % 3;
    w->retried = once_in(2, seed) ? BAD_STATUS : 0;
    w->contented = once_in(8, seed);
    w->poor = once_in(8, seed);
    w->backoff = backoffs[next_random(seed) % 4];
    w->body_kept = once_in(3, seed) ? 1 + next_random(seed) % 6 : 0;
    w->keeps_no_body = once_in(8, seed);
}

static struct world make_world(struct texts *texts, unsigned seed)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH" };
    static const char *const hooks[] = { "", ".", "k", "k...", "x", ".x", "kr", "~" };
    static const char *const routes[] = { "1", "-", "x", "x1", "2", "x2" };
    bool tunnels = once_in(3, &seed);
    struct world w = {
        .asks = make_says(texts->asks, false, tunnels && !once_in(4, &seed), &seed),
        .method = methods[next_random(&seed) % 4],
        .takes = next_random(&seed) % 4,
        .stuck = once_in(20, &seed),
        .closes = once_in(4, &seed),
        .body_limit = once_in(4, &seed) ? 1 + next_random(&seed) % 5 : 0,
        .draining = once_in(8, &seed),
        .torn = once_in(8, &seed) ? 1 + next_random(&seed) % 10 : 0,
        .unlogged = true,
    };
    unsigned backends = next_random(&seed) % (WORLD_BACKENDS + 1);

    make_retry(&w, &seed);
    if (once_in(4, &seed))
        w.hook.does = hooks[next_random(&seed) % 8];
    if (once_in(4, &seed))
        w.hook_back.does = hooks[next_random(&seed) % 8];
    if (once_in(4, &seed)) {
        w.first_pool = 1;
        w.route = backends > 1 ? routes[next_random(&seed) % 6] : routes[next_random(&seed) % 4];
    }
    for (unsigned i = 0; i < backends; i++)
        w.backends[i] = make_backend(texts->says[i], texts->kept[i], tunnels, &seed);
    if (once_in(3, &seed))
        add_others(&w, backends, &seed);
    return w;
}

/* Is GOT a response, of which something may be missing? */
static bool is_message(const char *got)
{
    got += strspn(got, "i");
    if (*got == 'h' || *got == 'U')
        got += 1 + strspn(got + 1, "0123456789");
    return *got == '\0' || strcmp(got, "H") == 0 || strcmp(got, "e") == 0;
}

/* Is what was got, heads aside, the beginning of what SAYS says? All of it if it has ended. */
static bool is_passed_on(const char *got, const char *says)
{
    for (got += strspn(got, "iHhU"); *got != '\0' && *got != 'e'; got++) {
        says += strcspn(says, "0123456789");
        if (*says++ != *got)
            return false;
    }
    return *got != 'e' || strpbrk(says, "0123456789") == NULL;
}

/* How often the request has reached a backend. */
static unsigned count_sent(const struct world *w)
{
    unsigned sent = 0;

    for (unsigned i = 0; i < w->tried_count; i++) {
        unsigned b = (unsigned)((w->tried[i] | 0x20) - 'a');

        sent += w->attempts[i].got[0] != '\0' && !w->backends[b].deaf;
    }
    return sent;
}

static bool is_unsafe(const struct world *w)
{
    return w->method[0] == 'P' && strcmp(w->method, "PUT") != 0;
}

/* Is the response the client got a backend's? */
static bool is_by_backend(const struct world *w)
{
    return w->client.status == 200 || w->client.status == BAD_STATUS || w->client.tunnels;
}

/* What is wrong with who was tried; NULL if nothing is. Capitals are kept-open connections. */
static const char *find_fault_in_tries(const struct world *w)
{
    unsigned backends = 0;

    for (const char *t = w->tried; *t != '\0'; t++) {
        bool same = t > w->tried && t[-1] == (*t & ~0x20) && t[-1] != *t;

        if (strchr(t + 1, *t) != NULL)
            return "a backend was tried twice";
        if (!same && memchr(w->tried, *t ^ 0x20, (size_t)(t - w->tried)) != NULL)
            return "a backend was tried again behind others";
        backends += !same;
    }
    if (backends > w->tries)
        return "there were more attempts than may be";
    if (backends > 1 && (w->poor || w->contented) && (w->poor || w->retried == 0))
        return "there was another attempt that nobody wanted";
    return NULL;
}

/* What the last attempt is to say in all. */
static const char *last_says(const struct world *w)
{
    char id = w->tried[w->tried_count - 1];

    return id < 'a' ? w->backends[id - 'A'].kept : w->backends[id - 'a'].says;
}

/* What is wrong with the connections that were kept; NULL if nothing is. */
static const char *find_fault_in_keeping(const struct world *w, const struct texts *texts)
{
    bool keeps = w->end == END_KEEP && w->turns != w->torn;

    if (keeps && (!w->client.keeps || w->closes || w->draining))
        return "the client's connection is kept against somebody's will";
    if (keeps && strpbrk(texts->asks, "HUeE") == NULL)
        return "the client's connection is kept in the middle of a request";
    if (w->client.tunnels && (keeps || w->kept[0] != '\0'))
        return "a connection is kept though it was a tunnel";
    if (w->kept[0] != '\0' && !w->attempts[w->tried_count - 1].wrote_all)
        return "a backend's connection is kept in the middle of a request";
    if (w->kept[0] != '\0' && (!w->client.wrote_all || !is_by_backend(w)))
        return "a backend's connection is kept in the middle of a response";
    return NULL;
}

/* Was the client found gone, in the middle of its request, or its body too large, just when the
 * response could be passed on, which may have waited for its hook or for another backend? Then it
 * is cut, complete or not. */
static bool may_be_cut(const struct world *w, const struct texts *texts)
{
    bool waited = w->hook_back.asked > 1 || (w->retried > 0 && w->client.status == w->retried);
    size_t got = w->tried_count > 0 ? strlen(w->attempts[w->tried_count - 1].got) : 0;
    bool large = w->body_limit > 0 && got > 1 + w->body_limit;

    return large || (waited && strpbrk(texts->asks, "-x!") != NULL);
}

/* What is wrong with how the tunnel of W has ended; NULL if nothing is. */
static const char *find_fault_in_tunnel(const struct world *w)
{
    const struct memory_side *backend = &w->attempts[w->tried_count - 1];
    bool both_ended = w->client.wrote_end && backend->wrote_end;
    bool hindered = w->client.gone || backend->gone || w->client.stuck || backend->stuck;

    if (w->client.side.incomplete != backend->side.incomplete)
        return "a tunnel is cut at one side and closed at the other";
    if (w->torn > 0 && w->turns == w->torn)
        return w->client.side.incomplete ? NULL : "a tunnel that was torn looks complete";
    if (w->end == END_CLOSE && (!both_ended || w->client.side.incomplete))
        return "a tunnel is closed that was not complete";
    if (w->end == END_CUT && both_ended && !hindered)
        return "a tunnel is cut that was complete";
    if (w->end != END_CLOSE && w->end != END_CUT)
        return "something was to come behind a tunnel";
    return NULL;
}

/* What is wrong with how W has ended; NULL if nothing is. */
static const char *find_fault(const struct world *w, const struct texts *texts)
{
    bool is_whole = w->client.wrote_all && !w->client.gone;

    if (w->turns != w->torn && (w->end == END_CUT) == is_whole && !may_be_cut(w, texts) &&
        !w->client.tunnels)
        return "the response is complete and cut, or neither";
    if (w->client.tunnels && find_fault_in_tunnel(w) != NULL)
        return find_fault_in_tunnel(w);
    if ((w->client.status == 0 || is_by_backend(w)) && !is_message(w->client.got))
        return "the client got no message";
    if (is_by_backend(w) && !is_passed_on(w->client.got, last_says(w)))
        return "the client got another body than the backend gave";
    for (unsigned i = 0; i < w->tried_count; i++)
        if (!is_passed_on(w->attempts[i].got, texts->asks))
            return "a backend got another body than the client gave";
    if (is_unsafe(w) && count_sent(w) > 1)
        return "the request was sent twice";
    if (find_fault_in_tries(w) != NULL)
        return find_fault_in_tries(w);
    return find_fault_in_keeping(w, texts);
}

/* Tells story SEED, which W was made for, and fails if there is something wrong with its end. */
static void tell(struct world *w, const struct texts *texts, unsigned seed)
{
    const char *fault;

    world_run(w);
    fault = find_fault(w, texts);
    if (fault != NULL)
        ck_abort_msg("story %u: %s: %s, asked %s, said %s, tried %s", seed, fault, w->client.got,
                     texts->asks, w->tried_count > 0 ? last_says(w) : "-", w->tried);
}

TEST(whatever_peers_do_everything_ends_well)
{
    unsigned kept = 0;
    unsigned cut = 0;
    unsigned tunnels = 0;
    unsigned queued = 0;
    unsigned retried = 0;

    for (unsigned seed = 0; seed < STORIES; seed++) {
        struct texts texts;
        struct world w = make_world(&texts, seed * 7919);

        tell(&w, &texts, seed);
        kept += w.end == END_KEEP;
        cut += w.end == END_CUT;
        tunnels += w.client.tunnels && w.end == END_CLOSE;
        queued += w.counters.n[COUNTER_QUEUED] > 0;
        retried += w.counters.n[COUNTER_RETRIES] > 0 && is_by_backend(&w);
    }
    ck_assert_uint_gt(kept, STORIES / 10);
    ck_assert_uint_gt(cut, STORIES / 10);
    ck_assert_uint_gt(tunnels, STORIES / 200);
    ck_assert_uint_gt(queued, STORIES / 20);
    ck_assert_uint_gt(retried, STORIES / 50);
}

/* Has a part of the body reached more than one backend? */
static bool is_repeated(const struct world *w)
{
    unsigned bodies = 0;

    for (unsigned i = 0; i < w->tried_count; i++)
        bodies += w->attempts[i].got[0] == 'h' && w->attempts[i].got[1] != '\0';
    return bodies > 1;
}

TEST(whoever_dies_under_a_body_it_is_sent_again_as_it_was_if_it_may_be)
{
    static const char *const deaths[] = { "-", ".-", "..-", "?-", ".x", "?", ".h1.2", "i-", "..!" };
    unsigned repeated = 0;

    for (unsigned story = 0; story < STORIES; story++) {
        unsigned seed = story * 104729;
        struct texts texts;
        struct world w = make_world(&texts, seed);

        w.method = once_in(4, &seed) ? "POST" : "PUT";
        w.torn = 0;
        w.first_pool = 0;
        w.route = NULL;
        w.hook.does = NULL;
        w.queued = 0;
        for (int i = 0; i < WORLD_BACKENDS; i++) {
            w.backends[i] = make_backend(texts.says[i], texts.kept[i], false, &seed);
            if (!once_in(3, &seed))
                w.backends[i].says = deaths[next_random(&seed) % 9];
        }
        tell(&w, &texts, story);
        repeated += is_repeated(&w);
        ck_assert(!is_repeated(&w) || strcmp(w.method, "PUT") == 0);
    }
    ck_assert_uint_gt(repeated, STORIES / 60);
}

SUITE(exchange_random, whatever_peers_do_everything_ends_well,
      whoever_dies_under_a_body_it_is_sent_again_as_it_was_if_it_may_be);
