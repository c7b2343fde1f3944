/* To be done soon, with a real loop. */
#include "support/test.h"

#include "base/mem.h"
#include "net/soon.h"

#include <string.h>
#include <unistd.h>

/* A loop, some who are called later, and what has happened: "(" and ")" are the beginning and the
 * end of a callback of the loop, a letter is somebody who was called. */
struct scene {
    struct ev_loop *loop;
    struct soon soon;
    struct ev_timer timers[2];
    const char *wanted; /* who is to be called later, as the callback of a timer says */
    char happened[64];
    struct guest {
        struct later later;
        struct scene *scene;
        char name;
        unsigned again; /* it wants to be called so often once more */
    } guests[3];
    struct guest *cancelled; /* who is not to be called any more when somebody is */
};

static void note(struct scene *s, char letter)
{
    char text[] = { letter, '\0' };

    ck_assert_uint_lt(strlen(s->happened), sizeof s->happened - 1);
    strcat(s->happened, text);
}

static void on_later(struct later *later)
{
    struct guest *g = container_of(later, struct guest, later);

    note(g->scene, g->name);
    if (g->scene->cancelled != NULL)
        soon_cancel(&g->scene->cancelled->later);
    if (g->again > 0) {
        g->again--;
        soon_call(&g->scene->soon, later);
    }
}

static void want(struct scene *s, char name)
{
    soon_call(&s->soon, &s->guests[name - 'a'].later);
}

/* A callback of the loop. */
static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct scene *s = w->data;

    (void)loop;
    (void)revents;
    note(s, '(');
    for (const char *name = s->wanted; *name != '\0'; name++)
        want(s, *name);
    note(s, ')');
}

static void begin(struct scene *s, const char *wanted)
{
    *s = (struct scene){ .loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV), .wanted = wanted };
    soon_init(&s->soon, s->loop);
    for (int i = 0; i < 3; i++) {
        s->guests[i] = (struct guest){ .scene = s, .name = (char)('a' + i) };
        soon_later_init(&s->guests[i].later, on_later);
    }
    for (int i = 0; i < 2; i++) {
        ev_timer_init(&s->timers[i], on_timer, 0, 0);
        s->timers[i].data = s;
    }
}

static void end(struct scene *s)
{
    for (int i = 0; i < 2; i++)
        ev_timer_stop(s->loop, &s->timers[i]);
    soon_fini(&s->soon);
    ev_loop_destroy(s->loop);
}

/* One turn of the loop, in which the first timer is due: its callback says who is wanted. */
static void turn(struct scene *s)
{
    ev_timer_start(s->loop, &s->timers[0]);
    ev_run(s->loop, EVRUN_ONCE);
}

/* One more, in which nothing happens: it sleeps for as long as a test may take if it is let. */
static void idle_turn(struct scene *s)
{
    struct ev_timer far;

    ev_timer_init(&far, on_timer, 1000, 0);
    ev_timer_start(s->loop, &far);
    ev_run(s->loop, EVRUN_ONCE);
    ev_timer_stop(s->loop, &far);
}

TEST(who_is_wanted_is_called_behind_the_present_callback_in_the_same_turn)
{
    struct scene s;

    begin(&s, "bacba");
    turn(&s);
    ck_assert_str_eq(s.happened, "()bac");
    ck_assert(!ev_is_active(&s.soon.turn));
    end(&s);
}

TEST(that_is_before_whatever_else_has_happened)
{
    struct scene s;

    begin(&s, "bac");
    ev_timer_start(s.loop, &s.timers[1]);
    turn(&s);
    ck_assert_str_eq(s.happened, "()bac()bac");
    end(&s);
}

TEST(who_is_wanted_outside_of_any_callback_is_called_when_the_loop_runs)
{
    struct scene s;

    begin(&s, "");
    want(&s, 'a');
    ck_assert_str_eq(s.happened, "");
    ev_run(s.loop, EVRUN_NOWAIT);
    ck_assert_str_eq(s.happened, "a");
    ck_assert(!ev_is_active(&s.soon.turn));
    end(&s);
}

TEST(who_wants_to_be_called_again_is_in_the_next_turn_and_until_then_the_loop_does_not_sleep)
{
    struct scene s;

    begin(&s, "ab");
    s.guests[0].again = 2;
    turn(&s);
    ck_assert_str_eq(s.happened, "()ab");
    idle_turn(&s);
    ck_assert_str_eq(s.happened, "()aba");
    idle_turn(&s);
    ck_assert_str_eq(s.happened, "()abaa");
    ck_assert(!ev_is_active(&s.soon.turn));
    end(&s);
}

struct ear {
    struct ev_io io;
    unsigned heard;
};

static void on_io(struct ev_loop *loop, struct ev_io *w, int revents)
{
    (void)loop;
    (void)revents;
    container_of(w, struct ear, io)->heard++;
}

TEST(neither_who_always_wants_to_be_called_again_nor_what_always_happens_keeps_out_the_other)
{
    enum { TURNS = 20 };
    struct scene s;
    struct ear ear = { .heard = 0 };
    int ends[2];

    begin(&s, "a");
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
    ev_io_init(&ear.io, on_io, ends[0], EV_READ);
    ev_io_start(s.loop, &ear.io);
    s.guests[0].again = TURNS;
    turn(&s);
    for (int i = 0; i < TURNS; i++)
        idle_turn(&s);
    ck_assert_uint_eq(strspn(s.happened + 2, "a"), TURNS + 1);
    ck_assert_uint_eq(ear.heard, TURNS + 1);
    ev_io_stop(s.loop, &ear.io);
    close(ends[0]);
    close(ends[1]);
    end(&s);
}

TEST(who_was_cancelled_is_not_called)
{
    struct scene s;

    begin(&s, "b");
    want(&s, 'a');
    soon_cancel(&s.guests[0].later);
    turn(&s);
    ck_assert_str_eq(s.happened, "()b");
    end(&s);
}

TEST(who_is_called_may_cancel_others_that_are_about_to_be)
{
    struct scene s;

    begin(&s, "abc");
    s.cancelled = &s.guests[1];
    turn(&s);
    ck_assert_str_eq(s.happened, "()ac");
    end(&s);
}

TEST(the_loop_sleeps_again_when_all_were_cancelled)
{
    struct scene s;

    begin(&s, "");
    want(&s, 'a');
    soon_cancel(&s.guests[0].later);
    ev_run(s.loop, EVRUN_NOWAIT);
    ck_assert_str_eq(s.happened, "");
    ck_assert(!ev_is_active(&s.soon.turn));
    end(&s);
}

static void free_it(struct later *later)
{
    mem_free(later);
}

TEST(who_is_called_may_be_freed)
{
    struct scene s;

    begin(&s, "");
    for (int i = 0; i < 3; i++) {
        struct later *later = mem_new(sizeof *later);

        soon_later_init(later, free_it);
        soon_call(&s.soon, later);
    }
    turn(&s);
    ck_assert(list_is_empty(&s.soon.later));
    end(&s);
}

TEST(what_is_left_at_the_end_is_not_done)
{
    struct scene s;

    begin(&s, "");
    want(&s, 'a');
    soon_fini(&s.soon);
    ev_run(s.loop, EVRUN_NOWAIT);
    ck_assert_str_eq(s.happened, "");
    ck_assert(list_is_empty(&s.guests[0].later.link));
    end(&s);
}

SUITE(soon, who_is_wanted_is_called_behind_the_present_callback_in_the_same_turn,
      that_is_before_whatever_else_has_happened,
      who_is_wanted_outside_of_any_callback_is_called_when_the_loop_runs,
      who_wants_to_be_called_again_is_in_the_next_turn_and_until_then_the_loop_does_not_sleep,
      neither_who_always_wants_to_be_called_again_nor_what_always_happens_keeps_out_the_other,
      who_was_cancelled_is_not_called, who_is_called_may_cancel_others_that_are_about_to_be,
      the_loop_sleeps_again_when_all_were_cancelled, who_is_called_may_be_freed,
      what_is_left_at_the_end_is_not_done);
