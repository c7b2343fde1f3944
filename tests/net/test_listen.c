/* Accepting, and when to stop. */
#include "fake_time.h"
#include "heard.h"
#include "kernel.h"
#include "sockets.h"
#include "support/test.h"

#include "net/listen.h"

#include <netinet/tcp.h>

enum { GUESTS_MAX = 200, CROWD = 8 };

/* A listener, and all who were accepted. */
struct door {
    struct ev_loop *loop;
    struct listener l;
    struct addr at;
    int guests[GUESTS_MAX];
    struct addr from[GUESTS_MAX];
    unsigned count;
    unsigned places;  /* for so many; 0: for any */
    unsigned idle;    /* so many of the guests can be done without */
    unsigned in_vain; /* somebody has waited for a place */
    unsigned closed;
    struct clock clock;
    int crowd[CROWD]; /* the far ends of those who knock in vain, */
    bool is_crowded;  /* if there are any */
    unsigned rooms;   /* so often one can be done without */
};

static bool has_place(void *owner)
{
    struct door *door = owner;

    return door->places == 0 || door->count < door->places;
}

static bool make_place(void *owner)
{
    struct door *door = owner;

    if (door->idle > 0) {
        door->idle--;
        close(door->guests[--door->count]);
        return true;
    }
    door->in_vain++;
    listener_stop(&door->l);
    return false;
}

static void on_accept(void *owner, int fd, const struct addr *from)
{
    struct door *door = owner;

    door->guests[door->count] = fd;
    door->from[door->count] = *from;
    door->count++;
}

static bool on_shortage(void *owner)
{
    struct door *door = owner;

    if (door->rooms == 0)
        return false;
    door->rooms--;
    allow_descriptors(1);
    return true;
}

static void on_closed(void *owner)
{
    struct door *door = owner;

    door->closed++;
}

static const struct listener_ops ops = { has_place, make_place, on_accept, on_shortage, on_closed };

static enum err open_at(struct door *door, struct listener *l, struct addr *at)
{
    return listener_open(l, door->loop, &door->clock, at, &ops, door);
}

static void open_door(struct door *door)
{
    *door = (struct door){ .at = loopback() };
    door->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    ck_assert_int_eq(open_at(door, &door->l, &door->at), OK);
    listener_start(&door->l);
}

static void close_door(struct door *door)
{
    for (unsigned i = 0; i < door->count; i++)
        close(door->guests[i]);
    for (int i = 0; door->is_crowded && i < CROWD; i++)
        close(door->crowd[i]);
    listener_close(&door->l);
    ev_loop_destroy(door->loop);
}

static void look(struct door *door)
{
    ev_run(door->loop, EVRUN_NOWAIT);
}

/* Lets the pause be over now. */
static void end_pause(struct door *door)
{
    ck_assert(ev_is_active(&door->l.pause));
    ev_timer_stop(door->loop, &door->l.pause);
    ev_invoke(door->loop, &door->l.pause, EV_TIMER);
    look(door);
}

/* Has some connect for whom there are no descriptors: more than one, since valgrind takes a
 * connection from the queue before it says that there is no descriptor for it. */
static void knock_in_vain(struct door *door)
{
    for (int i = 0; i < CROWD; i++)
        door->crowd[i] = connect_to(&door->at);
    door->is_crowded = true;
    allow_descriptors(0);
    TURN_UNTIL(door->loop, ev_is_active(&door->l.pause));
}

TEST(the_system_chooses_the_port_if_it_was_0)
{
    struct door door;

    open_door(&door);
    ck_assert_uint_ne(addr_port(&door.at), 0);
    close_door(&door);
}

TEST(everybody_is_handed_over_with_the_right_address)
{
    struct door door;
    struct addr own;
    socklen_t size = sizeof own;
    int fd;

    open_door(&door);
    fd = connect_to(&door.at);
    getsockname(fd, &own.any, &size);
    TURN_UNTIL(door.loop, door.count == 1);
    ck_assert(addr_eq(&door.from[0], &own));
    tell(door.guests[0], "welcome");
    await(fd);
    close(fd);
    close_door(&door);
}

TEST(who_is_accepted_neither_blocks_nor_delays_nor_is_inherited)
{
    struct door door;
    int nodelay = 0;
    socklen_t size = sizeof nodelay;
    int fd;

    open_door(&door);
    fd = connect_to(&door.at);
    TURN_UNTIL(door.loop, door.count == 1);
    ck_assert(fcntl(door.guests[0], F_GETFL) & O_NONBLOCK);
    ck_assert(fcntl(door.guests[0], F_GETFD) & FD_CLOEXEC);
    getsockopt(door.guests[0], IPPROTO_TCP, TCP_NODELAY, &nodelay, &size);
    ck_assert_int_ne(nodelay, 0);
    close(fd);
    close_door(&door);
}

TEST(a_taken_port_is_an_error_that_leaves_nothing_open)
{
    struct door door;
    struct listener second;
    int free_before;

    open_door(&door);
    free_before = lowest_free();
    ck_assert_int_eq(open_at(&door, &second, &door.at), ERR_SYSTEM);
    ck_assert_int_eq(errno, EADDRINUSE);
    ck_assert_int_eq(lowest_free(), free_before);
    close_door(&door);
}

TEST(a_listener_without_a_descriptor_is_an_error)
{
    struct door door;
    struct listener second;
    struct addr at = loopback();

    open_door(&door);
    allow_descriptors(0);
    ck_assert_int_eq(open_at(&door, &second, &at), ERR_SYSTEM);
    ck_assert_int_eq(errno, EMFILE);
    close_door(&door);
}

TEST(who_comes_while_it_is_stopped_waits_in_the_queue)
{
    struct door door;
    int fd;

    open_door(&door);
    listener_stop(&door.l);
    fd = connect_to(&door.at);
    await(door.l.io.fd);
    look(&door);
    ck_assert_uint_eq(door.count, 0);
    listener_start(&door.l);
    TURN_UNTIL(door.loop, door.count == 1);
    close(fd);
    close_door(&door);
}

TEST(who_comes_when_there_is_no_place_waits_in_the_queue)
{
    struct door door;
    int fds[5];

    open_door(&door);
    door.places = 2;
    for (int i = 0; i < 5; i++)
        fds[i] = connect_to(&door.at);
    look(&door);
    look(&door);
    ck_assert_uint_eq(door.count, 2);
    ck_assert_uint_eq(door.in_vain, 1);
    door.places = 4;
    listener_start(&door.l);
    TURN_UNTIL(door.loop, door.count == 4);
    door.places = 5;
    listener_start(&door.l);
    TURN_UNTIL(door.loop, door.count == 5);
    ck_assert_uint_eq(door.in_vain, 2);
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    close_door(&door);
}

TEST(who_comes_when_there_is_no_place_is_let_in_if_one_is_made)
{
    struct door door;
    int fds[5];

    open_door(&door);
    door.places = 2;
    door.idle = 2;
    for (int i = 0; i < 4; i++)
        fds[i] = connect_to(&door.at);
    TURN_UNTIL(door.loop, door.idle == 0 && door.count == 2);
    look(&door);
    ck_assert_uint_eq(door.in_vain, 0);
    fds[4] = connect_to(&door.at);
    TURN_UNTIL(door.loop, door.in_vain > 0);
    ck_assert_uint_eq(door.count, 2);
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    close_door(&door);
}

TEST(nobody_makes_place_for_nobody)
{
    struct door door;
    int fds[2];

    open_door(&door);
    door.places = 2;
    door.idle = 1;
    for (int i = 0; i < 2; i++)
        fds[i] = connect_to(&door.at);
    TURN_UNTIL(door.loop, door.count == 2);
    look(&door);
    ck_assert_uint_eq(door.idle, 1);
    ck_assert_uint_eq(door.in_vain, 0);
    for (int i = 0; i < 2; i++)
        close(fds[i]);
    close_door(&door);
}

TEST(a_crowd_does_not_keep_the_loop_from_turning)
{
    enum { MANY = 150 };
    struct door door;
    int fds[MANY];

    open_door(&door);
    for (int i = 0; i < MANY; i++)
        fds[i] = connect_to(&door.at);
    look(&door);
    ck_assert_uint_lt(door.count, MANY);
    TURN_UNTIL(door.loop, door.count == MANY);
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
    close_door(&door);
}

TEST(accepting_pauses_when_descriptors_run_out)
{
    struct heard heard;
    struct door door;

    heard_begin(&heard);
    open_door(&door);
    knock_in_vain(&door);
    ck_assert_uint_eq(door.count, 0);
    ck_assert(!ev_is_active(&door.l.io));
    ck_assert_uint_eq(heard_times(&heard, "out of file descriptors"), 1);
    close_door(&door);
    heard_end(&heard);
}

TEST(accepting_pauses_when_the_kernel_cannot_watch_the_listener)
{
    struct door door;
    int fd;

    open_door(&door);
    fd = connect_to(&door.at);
    ev_io_stop(door.loop, &door.l.io);
    ev_feed_event(door.loop, &door.l.io, EV_ERROR | EV_READ | EV_WRITE);
    look(&door);
    ck_assert_uint_eq(door.count, 0);
    end_pause(&door);
    ck_assert_uint_eq(door.count, 1);
    close(fd);
    close_door(&door);
}

TEST(a_pause_that_goes_on_is_not_told_again)
{
    struct heard heard;
    struct door door;

    heard_begin(&heard);
    open_door(&door);
    knock_in_vain(&door);
    for (int i = 0; i < 5; i++) {
        end_pause(&door);
        TURN_UNTIL(door.loop, ev_is_active(&door.l.pause));
    }
    ck_assert_uint_eq(heard_times(&heard, "out of file descriptors"), 1);
    ck_assert_uint_eq(heard_times(&heard, "goes on"), 0);
    close_door(&door);
    heard_end(&heard);
}

TEST(accepting_goes_on_when_there_are_descriptors_again)
{
    struct heard heard;
    struct door door;

    heard_begin(&heard);
    open_door(&door);
    knock_in_vain(&door);
    allow_descriptors(CROWD);
    end_pause(&door);
    TURN_UNTIL(door.loop, door.count == CROWD);
    ck_assert_uint_eq(heard_times(&heard, "accepting goes on"), 1);
    close_door(&door);
    heard_end(&heard);
}

TEST(accepting_goes_on_only_when_nobody_waits_any_more)
{
    struct heard heard;
    struct door door;

    heard_begin(&heard);
    open_door(&door);
    knock_in_vain(&door);
    allow_descriptors(1);
    end_pause(&door);
    TURN_UNTIL(door.loop, ev_is_active(&door.l.pause));
    ck_assert_uint_eq(door.count, 1);
    ck_assert_uint_eq(heard_times(&heard, "accepting goes on"), 0);
    ck_assert_uint_eq(heard_times(&heard, "out of file descriptors"), 1);
    close_door(&door);
    heard_end(&heard);
}

TEST(there_is_no_pause_if_something_can_be_done_without)
{
    struct heard heard;
    struct door door;
    int fds[2];

    heard_begin(&heard);
    open_door(&door);
    door.rooms = 2;
    for (int i = 0; i < 2; i++)
        fds[i] = connect_to(&door.at);
    allow_descriptors(0);
    TURN_UNTIL(door.loop, door.count == 2);
    ck_assert_uint_eq(door.rooms, 0);
    ck_assert(!ev_is_active(&door.l.pause));
    ck_assert_str_eq(heard_text(&heard), "");
    for (int i = 0; i < 2; i++)
        close(fds[i]);
    close_door(&door);
    heard_end(&heard);
}

TEST(the_last_descriptor_is_no_shortage_as_long_as_nobody_waits)
{
    struct heard heard;
    struct door door;
    int fd;

    heard_begin(&heard);
    open_door(&door);
    door.rooms = 1;
    fd = connect_to(&door.at);
    allow_descriptors(1);
    TURN_UNTIL(door.loop, door.count == 1);
    ck_assert_uint_eq(door.rooms, 1);
    ck_assert(!ev_is_active(&door.l.pause));
    ck_assert_str_eq(heard_text(&heard), "");
    close(fd);
    close_door(&door);
    heard_end(&heard);
}

TEST(a_connection_with_which_something_is_wrong_keeps_nobody_waiting)
{
    static const int numbers[] = { ECONNABORTED, EPROTO, ENETDOWN, EPERM, EINTR };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct door door;
        int fd;

        open_door(&door);
        fd = connect_to(&door.at);
        kernel.turned_away = numbers[i];
        TURN_UNTIL(door.loop, door.count == 1);
        ck_assert(!ev_is_active(&door.l.pause));
        close(fd);
        close_door(&door);
    }
}

TEST(at_the_end_all_who_wait_are_accepted_and_nobody_else)
{
    enum { MANY = 150 };
    struct door door;
    struct addr own;
    int fds[MANY];
    int late = hold_somewhere(&own);

    open_door(&door);
    for (int i = 0; i < MANY; i++)
        fds[i] = connect_to(&door.at);
    listener_end(&door.l);
    ck_assert_uint_eq(door.count, MANY);
    ck_assert_uint_eq(door.closed, 1);
    ck_assert(listener_is_closed(&door.l));
    ck_assert_int_lt(connect(late, &door.at.any, addr_len(&door.at)), 0);
    close(late);
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
    close_door(&door);
}

TEST(at_the_end_who_waits_for_a_place_is_not_turned_away)
{
    struct door door;
    int fds[3];

    open_door(&door);
    door.places = 2;
    for (int i = 0; i < 3; i++)
        fds[i] = connect_to(&door.at);
    listener_end(&door.l);
    ck_assert(!listener_is_closed(&door.l));
    door.places = 3;
    listener_start(&door.l);
    look(&door);
    ck_assert_uint_eq(door.count, 3);
    ck_assert_uint_eq(door.closed, 1);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close_door(&door);
}

TEST(at_the_end_who_waits_is_not_turned_away_for_want_of_a_descriptor)
{
    struct heard heard;
    struct door door;

    heard_begin(&heard);
    open_door(&door);
    knock_in_vain(&door);
    listener_end(&door.l);
    ck_assert(!listener_is_closed(&door.l));
    allow_descriptors(CROWD);
    end_pause(&door);
    ck_assert_uint_eq(door.count, CROWD);
    ck_assert_uint_eq(door.closed, 1);
    ck_assert(listener_is_closed(&door.l));
    close_door(&door);
    heard_end(&heard);
}

TEST(both_halves_of_the_world_can_have_the_same_port)
{
    struct door door;
    struct listener second;
    struct addr at = { .v6 = { .sin6_family = AF_INET6 } };
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return; /* the machine has but one */
    close(fd);
    open_door(&door);
    listener_close(&door.l);
    door.at.v4.sin_addr.s_addr = INADDR_ANY;
    ck_assert_int_eq(open_at(&door, &door.l, &door.at), OK);
    at.v6.sin6_port = door.at.v4.sin_port;
    ck_assert_int_eq(open_at(&door, &second, &at), OK);
    listener_close(&second);
    close_door(&door);
}

TEST(starting_does_not_cut_a_pause_short)
{
    struct heard heard;
    struct door door;

    heard_begin(&heard);
    open_door(&door);
    knock_in_vain(&door);
    listener_start(&door.l);
    ck_assert(!ev_is_active(&door.l.io));
    ck_assert(ev_is_active(&door.l.pause));
    close_door(&door);
    heard_end(&heard);
}

TEST(stopping_ends_a_pause_and_starting_goes_on)
{
    struct heard heard;
    struct door door;

    heard_begin(&heard);
    open_door(&door);
    knock_in_vain(&door);
    listener_stop(&door.l);
    ck_assert(!ev_is_active(&door.l.pause));
    allow_descriptors(1);
    listener_start(&door.l);
    TURN_UNTIL(door.loop, door.count == 1);
    close_door(&door);
    heard_end(&heard);
}

TEST(a_closed_listener_refuses)
{
    struct door door;
    struct addr own;
    int fd = hold_somewhere(&own);

    open_door(&door);
    close_door(&door);
    ck_assert_int_lt(connect(fd, &door.at.any, addr_len(&door.at)), 0);
    ck_assert_int_eq(errno, ECONNREFUSED);
    close(fd);
}

SUITE(listen, the_system_chooses_the_port_if_it_was_0,
      everybody_is_handed_over_with_the_right_address,
      who_is_accepted_neither_blocks_nor_delays_nor_is_inherited,
      a_taken_port_is_an_error_that_leaves_nothing_open,
      a_listener_without_a_descriptor_is_an_error, who_comes_while_it_is_stopped_waits_in_the_queue,
      who_comes_when_there_is_no_place_waits_in_the_queue,
      who_comes_when_there_is_no_place_is_let_in_if_one_is_made, nobody_makes_place_for_nobody,
      a_crowd_does_not_keep_the_loop_from_turning, accepting_pauses_when_descriptors_run_out,
      accepting_pauses_when_the_kernel_cannot_watch_the_listener,
      a_pause_that_goes_on_is_not_told_again, accepting_goes_on_when_there_are_descriptors_again,
      accepting_goes_on_only_when_nobody_waits_any_more,
      there_is_no_pause_if_something_can_be_done_without,
      the_last_descriptor_is_no_shortage_as_long_as_nobody_waits,
      a_connection_with_which_something_is_wrong_keeps_nobody_waiting,
      at_the_end_all_who_wait_are_accepted_and_nobody_else,
      at_the_end_who_waits_for_a_place_is_not_turned_away,
      at_the_end_who_waits_is_not_turned_away_for_want_of_a_descriptor,
      both_halves_of_the_world_can_have_the_same_port, starting_does_not_cut_a_pause_short,
      stopping_ends_a_pause_and_starting_goes_on, a_closed_listener_refuses);
