/* Who is let in, over real connections. */
#include "app/entrance.h"

#include "exchange/house.h"
#include "net/heard.h"
#include "support/test.h"

#include <sys/syscall.h>

enum { DOORS = 2, GUESTS_MAX = 64 };

/* A house with two listeners, and all who have come to them. */
struct hall {
    struct house house;
    struct heard heard;
    struct entrance entrance;
    unsigned closed;
    int guests[GUESTS_MAX]; /* their ends of the connections; -1: left */
    unsigned count;
};

static rlim_t descriptors_most; /* as many as the limit can be raised to; 0: as ever */

/* Stands before that of the C library: under valgrind the limit itself cannot be lowered. */
int getrlimit(__rlimit_resource_t resource, struct rlimit *limit)
{
    int result = (int)syscall(SYS_prlimit64, 0, resource, NULL, limit);

    if (resource == RLIMIT_NOFILE && descriptors_most > 0)
        limit->rlim_max = descriptors_most;
    return result;
}

static void on_left(void *owner)
{
    struct hall *hall = owner;

    hall->house.left++;
    entrance_look(&hall->entrance);
}

static void on_closed(void *owner)
{
    struct hall *hall = owner;

    hall->closed++;
}

/* A hall that is not open yet, for CONNECTIONS clients. */
static void build(struct hall *hall, unsigned connections)
{
    struct house *h = &hall->house;

    *hall = (struct hall){ .count = 0 };
    heard_begin(&hall->heard);
    house_begin(h);
    h->config.limits.connections = connections;
    for (int i = 0; i < DOORS; i++) {
        struct config_listen *listen = config_add_listen(&h->config);

        listen->at = loopback();
        listen->text = mem_copy(SPAN("here"));
    }
    h->clients.left = on_left;
    h->clients.owner = hall;
    entrance_init(&hall->entrance, &h->env, &h->clients, &h->idle, on_closed, hall);
}

static enum err open_entrance(struct hall *hall)
{
    enum err err = entrance_prepare(&hall->entrance, &hall->house.config);

    if (err == OK)
        entrance_adopt(&hall->entrance, &hall->house.config);
    return err;
}

static void hall_begin(struct hall *hall, unsigned connections)
{
    build(hall, connections);
    ck_assert_int_eq(open_entrance(hall), OK);
    entrance_start(&hall->entrance);
}

static void hall_end(struct hall *hall)
{
    for (unsigned i = 0; i < hall->count; i++)
        if (hall->guests[i] >= 0)
            close(hall->guests[i]);
    entrance_fini(&hall->entrance);
    hall->house.clients.left = house_on_left;
    hall->house.clients.owner = &hall->house;
    house_end(&hall->house);
    heard_end(&hall->heard);
}

/* COUNT more come, to one door and the other in turn. */
static void come(struct hall *hall, unsigned count)
{
    ck_assert_uint_le(hall->count + count, GUESTS_MAX);
    for (; count > 0; count--) {
        const struct config *config = &hall->house.config;

        hall->guests[hall->count] = connect_to(&config->listens[hall->count % DOORS].at);
        hall->count++;
    }
}

static void leave(struct hall *hall, unsigned guest)
{
    close(hall->guests[guest]);
    hall->guests[guest] = -1;
}

/* How many were let in so far. */
static uint64_t let_in(const struct hall *hall)
{
    return hall->house.counters.n[COUNTER_CONNECTIONS];
}

static void await_let_in(struct hall *hall, unsigned count)
{
    TURN_UNTIL(hall->house.time.loop, let_in(hall) >= count);
    ck_assert_uint_eq(let_in(hall), count);
}

static void await_crowd(struct hall *hall)
{
    TURN_UNTIL(hall->house.time.loop, hall->house.env.crowded);
}

/* Lets the entrance share out COUNT descriptors more than there are now. */
static void have_few_descriptors(int count)
{
    descriptors_most = (rlim_t)(lowest_free() + count);
}

TEST(the_ports_are_told_and_nobody_is_let_in_before_it_starts)
{
    struct hall hall;

    build(&hall, 10);
    ck_assert_int_eq(open_entrance(&hall), OK);
    for (int i = 0; i < DOORS; i++)
        ck_assert_uint_ne(addr_port(&hall.house.config.listens[i].at), 0);
    come(&hall, 2);
    house_look(&hall.house);
    ck_assert_uint_eq(let_in(&hall), 0);
    ck_assert_str_eq(heard_text(&hall.heard), "");
    entrance_start(&hall.entrance);
    await_let_in(&hall, 2);
    ck_assert_uint_eq(heard_times(&hall.heard, "listening on 127.0.0.1:"), 2);
    hall_end(&hall);
}

TEST(a_taken_port_leaves_nothing_open)
{
    struct hall hall;
    struct addr taken;
    int fd = listen_somewhere(&taken);
    int free_before;

    build(&hall, 10);
    hall.house.config.listens[1].at = taken;
    free_before = lowest_free();
    ck_assert_int_eq(open_entrance(&hall), ERR_SYSTEM);
    ck_assert_int_eq(lowest_free(), free_before);
    ck_assert_uint_eq(heard_times(&hall.heard, "cannot listen on here (port "), 1);
    ck_assert_uint_eq(hall.closed, 0);
    close(fd);
    hall_end(&hall);
}

TEST(the_limit_holds_for_all_listeners_together)
{
    struct hall hall;

    hall_begin(&hall, 3);
    come(&hall, 6);
    await_crowd(&hall);
    ck_assert_uint_eq(let_in(&hall), 3);
    for (int i = 0; i < 5; i++)
        house_look(&hall.house);
    ck_assert_uint_eq(let_in(&hall), 3);
    ck_assert_uint_eq(hall.house.clients.count, 3);
    ck_assert_uint_eq(heard_times(&hall.heard, "limits.connections reached: 3 clients"), 1);
    hall_end(&hall);
}

TEST(who_waits_is_let_in_when_a_client_leaves)
{
    struct hall hall;

    hall_begin(&hall, 2);
    come(&hall, 2);
    await_let_in(&hall, 2);
    come(&hall, 2);
    await_crowd(&hall);
    for (unsigned i = 0; i < 2; i++) {
        leave(&hall, i);
        await_let_in(&hall, 3 + i);
        ck_assert_uint_eq(hall.house.clients.count, 2);
    }
    hall_end(&hall);
}

TEST(it_is_crowded_only_while_somebody_waits)
{
    struct hall hall;

    hall_begin(&hall, 2);
    come(&hall, 2);
    await_let_in(&hall, 2);
    house_look(&hall.house);
    ck_assert(!hall.house.env.crowded);
    come(&hall, 1);
    await_crowd(&hall);
    leave(&hall, 0);
    await_let_in(&hall, 3);
    house_look(&hall.house);
    ck_assert(!hall.house.env.crowded);
    hall_end(&hall);
}

TEST(who_has_been_idle_longest_makes_place_after_a_second)
{
    struct hall hall;

    hall_begin(&hall, 2);
    for (unsigned i = 0; i < 2; i++) {
        come(&hall, 1);
        await_let_in(&hall, i + 1);
        fake_time_pass(&hall.house.time, 0.3);
    }
    come(&hall, 1);
    await_crowd(&hall);
    ck_assert_uint_eq(hall.house.left, 0);
    fake_time_pass(&hall.house.time, 1.1);
    await_let_in(&hall, 3);
    ck_assert_int_eq(house_await_end(&hall.house, hall.guests[0]), 0);
    ck_assert(is_silent(hall.guests[1]));
    ck_assert(!hall.house.env.crowded);
    ck_assert_uint_eq(heard_times(&hall.heard, "2 clients: idle ones make room for others"), 1);
    hall_end(&hall);
}

TEST(who_has_been_idle_for_so_long_already_makes_place_at_once)
{
    struct hall hall;

    hall_begin(&hall, 1);
    come(&hall, 1);
    await_let_in(&hall, 1);
    fake_time_pass(&hall.house.time, 2);
    come(&hall, 1);
    await_let_in(&hall, 2);
    ck_assert_int_eq(house_await_end(&hall.house, hall.guests[0]), 0);
    ck_assert_uint_eq(heard_times(&hall.heard, "others wait"), 0);
    hall_end(&hall);
}

TEST(at_the_end_all_who_wait_are_let_in_whatever_the_limit)
{
    struct hall hall;
    struct addr own;
    int late = hold_somewhere(&own);
    const struct addr *at;

    hall_begin(&hall, 2);
    come(&hall, 6);
    await_crowd(&hall);
    entrance_end(&hall.entrance);
    ck_assert_uint_eq(let_in(&hall), 6);
    ck_assert_uint_eq(hall.house.clients.count, 6);
    ck_assert(entrance_is_closed(&hall.entrance));
    ck_assert_uint_eq(hall.closed, 1);
    ck_assert(!hall.house.env.crowded);
    at = &hall.house.config.listens[0].at;
    ck_assert_int_lt(connect(late, &at->any, addr_len(at)), 0);
    close(late);
    hall_end(&hall);
}

TEST(at_the_end_it_is_closed_at_once_if_nobody_waits)
{
    struct hall hall;

    hall_begin(&hall, 2);
    entrance_end(&hall.entrance);
    ck_assert(entrance_is_closed(&hall.entrance));
    ck_assert_uint_eq(hall.closed, 1);
    hall_end(&hall);
}

TEST(there_are_no_more_clients_than_descriptors_whatever_the_limit)
{
    struct hall hall;
    unsigned places;

    build(&hall, 10000);
    have_few_descriptors(24);
    ck_assert_int_eq(open_entrance(&hall), OK);
    entrance_start(&hall.entrance);
    places = hall.entrance.places;
    ck_assert_uint_gt(places, 2);
    ck_assert_uint_le(places, 11);
    come(&hall, places + 1);
    await_crowd(&hall);
    ck_assert_uint_eq(hall.house.clients.count, places);
    ck_assert_uint_eq(heard_times(&hall.heard, "out of file descriptors: "), 1);
    ck_assert_uint_eq(heard_times(&hall.heard, "limits.connections"), 0);
    hall_end(&hall);
}

TEST(at_the_end_who_finds_no_descriptor_waits_until_a_client_leaves)
{
    struct hall hall;
    unsigned places;

    build(&hall, 2);
    have_few_descriptors(24);
    ck_assert_int_eq(open_entrance(&hall), OK);
    entrance_start(&hall.entrance);
    places = hall.entrance.places;
    come(&hall, places + 1);
    entrance_end(&hall.entrance);
    ck_assert_uint_eq(let_in(&hall), places);
    ck_assert(hall.house.env.crowded);
    ck_assert(!entrance_is_closed(&hall.entrance));
    ck_assert_uint_eq(hall.closed, 0);
    ck_assert_uint_eq(heard_times(&hall.heard, "out of file descriptors: "), 1);
    ck_assert_uint_eq(heard_times(&hall.heard, "limits.connections"), 0);
    leave(&hall, 0);
    TURN_UNTIL(hall.house.time.loop, hall.closed > 0);
    ck_assert_uint_eq(let_in(&hall), places + 1);
    ck_assert(entrance_is_closed(&hall.entrance));
    house_look(&hall.house);
    ck_assert_uint_eq(hall.closed, 1);
    hall_end(&hall);
}

/* ---- One config after the other ---- */

/* Another config, with listeners at the COUNT addresses in LIST; a port may be 0. */
static void make_config(struct config *config, const struct addr *list, unsigned count)
{
    config_init(config);
    for (unsigned i = 0; i < count; i++) {
        struct config_listen *listen = config_add_listen(config);

        listen->at = list[i];
        listen->text = mem_copy(SPAN("there"));
    }
}

/* The config NEXT takes over. */
static void adopt(struct hall *hall, struct config *next)
{
    ck_assert_int_eq(entrance_prepare(&hall->entrance, next), OK);
    entrance_adopt(&hall->entrance, next);
}

/* The address of the first listener of the hall. */
static struct addr front_door(const struct hall *hall)
{
    return hall->house.config.listens[0].at;
}

static bool is_refused(const struct addr *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool refused = connect(fd, &at->any, addr_len(at)) < 0;

    close(fd);
    return refused;
}

TEST(at_the_end_nobody_is_let_in_where_no_config_holds_yet)
{
    struct hall hall;
    struct config next;
    struct addr at = loopback();

    hall_begin(&hall, 10);
    make_config(&next, &at, 1);
    ck_assert_int_eq(entrance_prepare(&hall.entrance, &next), OK);
    hall.guests[hall.count++] = connect_to(&next.listens[0].at);
    entrance_end(&hall.entrance);
    ck_assert_uint_eq(let_in(&hall), 0);
    ck_assert(entrance_is_closed(&hall.entrance));
    ck_assert(is_refused(&next.listens[0].at));
    config_fini(&next);
    hall_end(&hall);
}

TEST(a_listener_that_is_named_again_stays_as_it_is)
{
    struct hall hall;
    struct config next;
    struct addr at;
    int free_before;

    hall_begin(&hall, 10);
    at = front_door(&hall);
    come(&hall, 2);
    await_let_in(&hall, 2);
    free_before = lowest_free();
    make_config(&next, &at, 1);
    ck_assert_int_eq(entrance_prepare(&hall.entrance, &next), OK);
    ck_assert_int_eq(lowest_free(), free_before);
    entrance_adopt(&hall.entrance, &next);
    hall.guests[hall.count++] = connect_to(&at);
    await_let_in(&hall, 3);
    ck_assert_uint_eq(heard_times(&hall.heard, "info   listening on"), 2);
    config_fini(&next);
    hall_end(&hall);
}

TEST(a_port_that_the_system_has_chosen_is_known_by_what_was_written)
{
    struct hall hall;
    struct config next;

    hall_begin(&hall, 10);
    config_init(&next);
    for (int i = 0; i < DOORS; i++) {
        struct config_listen *listen = config_add_listen(&next);

        listen->at = loopback();
        listen->text = mem_copy(SPAN("here"));
    }
    adopt(&hall, &next);
    for (int i = 0; i < DOORS; i++)
        ck_assert(addr_eq(&next.listens[i].at, &hall.house.config.listens[i].at));
    config_fini(&next);
    hall_end(&hall);
}

TEST(a_new_listener_lets_nobody_in_before_it_is_adopted)
{
    struct hall hall;
    struct config next;
    struct addr list[2];

    hall_begin(&hall, 10);
    list[0] = front_door(&hall);
    list[1] = loopback();
    make_config(&next, list, 2);
    ck_assert_int_eq(entrance_prepare(&hall.entrance, &next), OK);
    ck_assert_uint_ne(addr_port(&next.listens[1].at), 0);
    hall.guests[hall.count++] = connect_to(&next.listens[1].at);
    for (int i = 0; i < 3; i++)
        house_look(&hall.house);
    ck_assert_uint_eq(let_in(&hall), 0);
    ck_assert_uint_eq(heard_times(&hall.heard, "info   listening on"), 2);
    entrance_adopt(&hall.entrance, &next);
    await_let_in(&hall, 1);
    ck_assert_uint_eq(heard_times(&hall.heard, "info   listening on"), 3);
    config_fini(&next);
    hall_end(&hall);
}

TEST(a_listener_that_is_not_named_any_more_ends)
{
    struct hall hall;
    struct config next;
    struct addr front;
    struct addr back;

    hall_begin(&hall, 10);
    front = front_door(&hall);
    back = hall.house.config.listens[1].at;
    make_config(&next, &front, 1);
    adopt(&hall, &next);
    ck_assert(is_refused(&back));
    ck_assert(!is_refused(&front));
    ck_assert_uint_eq(heard_times(&hall.heard, "info   no longer listening on here"), 1);
    ck_assert_uint_eq(hall.closed, 0);
    ck_assert(!entrance_is_closed(&hall.entrance));
    config_fini(&next);
    hall_end(&hall);
}

TEST(who_waits_at_a_listener_that_ends_is_let_in)
{
    struct hall hall;
    struct config next;
    struct addr front;

    hall_begin(&hall, 1);
    front = front_door(&hall);
    come(&hall, 1);
    await_let_in(&hall, 1);
    come(&hall, 1);
    await_crowd(&hall);
    make_config(&next, &front, 1);
    next.limits.connections = 1;
    adopt(&hall, &next);
    ck_assert_uint_eq(let_in(&hall), 1);
    leave(&hall, 0);
    await_let_in(&hall, 2);
    ck_assert(!entrance_is_closed(&hall.entrance));
    ck_assert_uint_eq(hall.closed, 0);
    config_fini(&next);
    hall_end(&hall);
}

TEST(what_is_not_adopted_is_closed_and_the_others_stay)
{
    struct hall hall;
    struct config next;
    struct addr list[2];
    int free_before;

    hall_begin(&hall, 10);
    list[0] = front_door(&hall);
    list[1] = loopback();
    make_config(&next, list, 2);
    free_before = lowest_free();
    ck_assert_int_eq(entrance_prepare(&hall.entrance, &next), OK);
    entrance_discard(&hall.entrance);
    ck_assert_int_eq(lowest_free(), free_before);
    ck_assert(is_refused(&next.listens[1].at));
    come(&hall, 2);
    await_let_in(&hall, 2);
    config_fini(&next);
    hall_end(&hall);
}

TEST(a_port_that_is_taken_leaves_all_as_it_was)
{
    struct hall hall;
    struct config next;
    struct addr list[3];
    int fd = listen_somewhere(&list[2]);
    int free_before;

    hall_begin(&hall, 10);
    list[0] = front_door(&hall);
    list[1] = loopback();
    make_config(&next, list, 3);
    free_before = lowest_free();
    ck_assert_int_eq(entrance_prepare(&hall.entrance, &next), ERR_SYSTEM);
    ck_assert_int_eq(lowest_free(), free_before);
    come(&hall, 2);
    await_let_in(&hall, 2);
    close(fd);
    config_fini(&next);
    hall_end(&hall);
}

TEST(one_that_was_discarded_can_be_opened_again)
{
    struct hall hall;
    struct config next;
    struct addr at;

    hall_begin(&hall, 10);
    at = loopback();
    make_config(&next, &at, 1);
    ck_assert_int_eq(entrance_prepare(&hall.entrance, &next), OK);
    entrance_discard(&hall.entrance);
    adopt(&hall, &next);
    hall.guests[hall.count++] = connect_to(&next.listens[0].at);
    await_let_in(&hall, 1);
    ck_assert(is_refused(&hall.house.config.listens[0].at));
    config_fini(&next);
    hall_end(&hall);
}

TEST(another_limit_holds_from_then_on)
{
    struct hall hall;
    struct config next;
    struct addr list[2];

    hall_begin(&hall, 1);
    come(&hall, 3);
    await_crowd(&hall);
    ck_assert_uint_eq(let_in(&hall), 1);
    for (int i = 0; i < 2; i++)
        list[i] = hall.house.config.listens[i].at;
    make_config(&next, list, 2);
    next.limits.connections = 2;
    adopt(&hall, &next);
    await_let_in(&hall, 2);
    await_crowd(&hall);
    ck_assert_uint_eq(let_in(&hall), 2);
    config_fini(&next);
    hall_end(&hall);
}

TEST(at_the_end_one_that_was_prepared_closes_as_well)
{
    struct hall hall;
    struct config next;
    struct addr at = loopback();

    hall_begin(&hall, 10);
    make_config(&next, &at, 1);
    ck_assert_int_eq(entrance_prepare(&hall.entrance, &next), OK);
    hall.guests[hall.count++] = connect_to(&next.listens[0].at);
    entrance_end(&hall.entrance);
    TURN_UNTIL(hall.house.time.loop, hall.closed > 0);
    ck_assert(entrance_is_closed(&hall.entrance));
    ck_assert(is_refused(&next.listens[0].at));
    config_fini(&next);
    hall_end(&hall);
}

SUITE(entrance, the_ports_are_told_and_nobody_is_let_in_before_it_starts,
      a_taken_port_leaves_nothing_open, the_limit_holds_for_all_listeners_together,
      who_waits_is_let_in_when_a_client_leaves, it_is_crowded_only_while_somebody_waits,
      who_has_been_idle_longest_makes_place_after_a_second,
      who_has_been_idle_for_so_long_already_makes_place_at_once,
      at_the_end_all_who_wait_are_let_in_whatever_the_limit,
      at_the_end_it_is_closed_at_once_if_nobody_waits,
      there_are_no_more_clients_than_descriptors_whatever_the_limit,
      at_the_end_who_finds_no_descriptor_waits_until_a_client_leaves,
      at_the_end_nobody_is_let_in_where_no_config_holds_yet,
      a_listener_that_is_named_again_stays_as_it_is,
      a_port_that_the_system_has_chosen_is_known_by_what_was_written,
      a_new_listener_lets_nobody_in_before_it_is_adopted,
      a_listener_that_is_not_named_any_more_ends, who_waits_at_a_listener_that_ends_is_let_in,
      what_is_not_adopted_is_closed_and_the_others_stay, a_port_that_is_taken_leaves_all_as_it_was,
      one_that_was_discarded_can_be_opened_again, another_limit_holds_from_then_on,
      at_the_end_one_that_was_prepared_closes_as_well);
