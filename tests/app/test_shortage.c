/* What is given back while memory is short, and that the log is tried again. */
#include "app/shortage.h"

#include "base/scarce.h"
#include "exchange/house.h"
#include "net/heard.h"
#include "support/test.h"

#define HEAD "POST / HTTP/1.1\r\nHost: a\r\n"

struct camp {
    struct house house;
    struct heard heard;
    struct entrance entrance;
    struct shortage shortage;
};

static void on_closed(void *owner)
{
    (void)owner;
}

static void begin(struct camp *camp)
{
    struct house *h = &camp->house;

    heard_begin(&camp->heard);
    house_begin(h);
    entrance_init(&camp->entrance, &h->env, &h->clients, &h->idle, on_closed, NULL);
    camp->shortage = (struct shortage){
        .loop = h->time.loop,
        .clock = &h->time.clock,
        .lender = &h->lender,
        .pipes = &h->pipes,
        .idle = &h->idle,
        .clients = &h->clients,
        .entrance = &camp->entrance,
    };
    shortage_init(&camp->shortage);
}

static void end(struct camp *camp)
{
    shortage_fini(&camp->shortage);
    entrance_fini(&camp->entrance);
    house_end(&camp->house);
    heard_end(&camp->heard);
}

/* A client has been served, and could be again. */
static int serve(struct camp *camp)
{
    int fd = house_connect(&camp->house);

    tell(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    house_answer(&camp->house, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    house_expect(&camp->house, fd, "\r\n\r\nx");
    TURN_UNTIL(camp->house.time.loop, camp->house.idle.count == 1);
    return fd;
}

/* Memory runs out, as if nobody had it; then there is some again. */
static void run_short(struct camp *camp)
{
    make_memory_short();
    ev_async_send(camp->house.time.loop, &camp->shortage.nudge);
}

TEST(what_is_kept_in_case_it_is_needed_is_given_back)
{
    struct camp camp;
    int fd;

    begin(&camp);
    fd = serve(&camp);
    ck_assert_uint_eq(camp.house.clients.spares.count, 1);
    run_short(&camp);
    house_look(&camp.house);
    ck_assert(!mem_is_short());
    ck_assert_uint_eq(camp.house.idle.count, 0);
    ck_assert_uint_eq(camp.house.clients.spares.count, 0);
    ck_assert_ptr_null(camp.house.lender.idle);
    close(fd);
    end(&camp);
}

TEST(clients_stay_if_there_is_memory_without_that)
{
    struct camp camp;
    int fd;

    begin(&camp);
    fd = serve(&camp);
    fake_time_pass(&camp.house.time, 5);
    run_short(&camp);
    house_look(&camp.house);
    ck_assert_uint_eq(camp.house.clients.count, 1);
    tell(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    house_accept(&camp.house);
    house_answer(&camp.house, "HTTP/1.1 204 No\r\n\r\n");
    house_expect(&camp.house, fd, "204 No\r\n");
    close(fd);
    end(&camp);
}

TEST(it_is_told_but_not_every_time)
{
    struct camp camp;

    begin(&camp);
    for (int i = 0; i < 5; i++) {
        run_short(&camp);
        house_look(&camp.house);
    }
    ck_assert_uint_eq(heard_times(&camp.heard, "warn   out of memory: 0 clients"), 1);
    ck_assert_uint_eq(heard_times(&camp.heard, "info   there is memory again"), 1);
    end(&camp);
}

TEST(a_body_for_which_there_was_no_memory_goes_on)
{
    struct camp camp;
    struct house *h = &camp.house;
    int fd;

    begin(&camp);
    fd = house_connect(h);
    tell(fd, HEAD "Content-Length: 10\r\n\r\n12345");
    house_accept(h);
    house_expect(h, h->backend, "12345");
    buf_lender_trim(&h->lender);
    make_memory_short();
    tell(fd, "67890");
    await(h->near);
    house_look(h);
    ck_assert(is_silent(h->backend));
    ev_async_send(h->time.loop, &camp.shortage.nudge);
    house_expect(h, h->backend, "67890");
    close(fd);
    end(&camp);
}

TEST(a_log_that_was_not_read_is_tried_again)
{
    static char bytes[65536];
    struct camp camp;
    int ends[2];

    begin(&camp);
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    while (write(ends[1], bytes, sizeof bytes) > 0)
        continue;
    log_set_fd(ends[1]);
    log_never_wait();
    log_info("this has to wait");
    shortage_before_wait(&camp.shortage);
    TURN_UNTIL(camp.house.time.loop, ev_is_active(&camp.shortage.again));
    ck_assert(log_is_behind());
    ck_assert_int_gt(read(ends[0], bytes, sizeof bytes), 0);
    do {
        ev_run(camp.house.time.loop, EVRUN_ONCE);
        shortage_before_wait(&camp.shortage);
    } while (log_is_behind());
    TURN_UNTIL(camp.house.time.loop, !ev_is_active(&camp.shortage.again));
    end(&camp);
}

SUITE(shortage, what_is_kept_in_case_it_is_needed_is_given_back,
      clients_stay_if_there_is_memory_without_that, it_is_told_but_not_every_time,
      a_body_for_which_there_was_no_memory_goes_on, a_log_that_was_not_read_is_tried_again);
