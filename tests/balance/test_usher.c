/* Those who wait for a backend, and who calls them: lists of backends, without a pool. */
#include "support/test.h"

#include "balance/usher.h"

#include <string.h>

enum { GUESTS = 6 };

/* Two lines, and guests called "A", "B" and so on. Who is called is noted, and takes the room of
 * the first of those who have some, and whom he has not tried. */
struct hall {
    struct usher usher;
    struct line lines[2];
    struct backend backends[3];
    struct backend *up[2][3];
    unsigned up_count[2];
    struct guest {
        struct waiter waiter;
        struct hall *hall;
        struct backend *tried[3];
        bool comes_back; /* it takes nothing, but goes to the front again */
        bool goes;       /* it takes nothing */
    } guests[GUESTS];
    struct guest *sent_away; /* by who is called */
    bool is_shared;          /* room that is taken in one line is gone in the other */
    unsigned due;
    char called[64];
};

static void on_due(struct usher *usher)
{
    container_of(usher, struct hall, usher)->due++;
}

static void begin(struct hall *h)
{
    *h = (struct hall){ .due = 0 };
    usher_init(&h->usher, on_due);
    for (int i = 0; i < 2; i++) {
        usher_line_init(&h->lines[i]);
        h->lines[i].usher = &h->usher;
    }
    for (int i = 0; i < GUESTS; i++)
        h->guests[i].hall = h;
}

/* Nobody waits. */
static void end(struct hall *h)
{
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(h->lines[i].count, 0);
        ck_assert(list_is_empty(&h->lines[i].waiters));
    }
    ck_assert(list_is_empty(&h->usher.lines));
}

/* In the line number N there is room at those in WHO: "a", "bb" for room for two. */
static void make_room(struct hall *h, int n, const char *who)
{
    h->up_count[n] = (unsigned)strlen(who);
    for (unsigned i = 0; i < h->up_count[n]; i++)
        h->up[n][i] = &h->backends[who[i] - 'a'];
    usher_hear(&h->lines[n], h->up[n], h->up_count[n]);
}

/* Takes the room number I in the line number N. */
static void take(struct hall *h, int n, unsigned i)
{
    h->up_count[n]--;
    memmove(&h->up[n][i], &h->up[n][i + 1], (h->up_count[n] - i) * sizeof h->up[n][0]);
    usher_hear(&h->lines[n], h->up[n], h->up_count[n]);
}

/* Takes the room that GUEST may have in the line number N. */
static void take_room(struct hall *h, int n, const struct guest *guest)
{
    unsigned i = 0;

    while (backend_is_in(guest->tried, guest->waiter.tried_count, h->up[n][i]))
        i++;
    ck_assert_uint_lt(i, h->up_count[n]);
    take(h, n, i);
    if (h->is_shared)
        take(h, 1 - n, i);
}

static int line_of(const struct hall *h, const struct guest *guest)
{
    return (guest - h->guests) % 2; /* A, C, E wait in the first, B, D, F in the second */
}

static void on_call(struct waiter *waiter)
{
    struct guest *guest = container_of(waiter, struct guest, waiter);
    struct hall *h = guest->hall;
    char name[] = { (char)('A' + (guest - h->guests)), '\0' };

    ck_assert_ptr_null(waiter->line);
    strcat(h->called, name);
    if (h->sent_away != NULL)
        usher_leave(&h->sent_away->waiter);
    h->sent_away = NULL;
    if (!guest->goes)
        take_room(h, line_of(h, guest), guest);
    if (guest->comes_back) {
        guest->comes_back = false;
        usher_queue_first(&h->lines[line_of(h, guest)], waiter);
    }
}

static struct guest *guest_of(struct hall *h, char name)
{
    struct guest *guest = &h->guests[name - 'A'];

    guest->waiter.call = on_call;
    guest->waiter.tried = guest->tried;
    return guest;
}

/* The guests in NAMES wait, in this order. */
static void queue(struct hall *h, const char *names)
{
    for (; *names != '\0'; names++) {
        struct guest *guest = guest_of(h, *names);

        usher_queue(&h->lines[line_of(h, guest)], &guest->waiter);
    }
}

static void leave(struct hall *h, const char *names)
{
    for (; *names != '\0'; names++)
        usher_leave(&h->guests[*names - 'A'].waiter);
}

/* The guest NAME has tried those in WHO. */
static void let_try(struct hall *h, char name, const char *who)
{
    struct guest *guest = guest_of(h, name);

    for (; *who != '\0'; who++)
        guest->tried[guest->waiter.tried_count++] = &h->backends[*who - 'a'];
}

TEST(who_came_first_is_called_first)
{
    struct hall h;

    begin(&h);
    queue(&h, "CAE");
    make_room(&h, 0, "abc");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "CAE");
    end(&h);
}

TEST(as_many_are_called_as_there_is_room_for)
{
    struct hall h;

    begin(&h);
    queue(&h, "ACE");
    make_room(&h, 0, "aa");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "AC");
    ck_assert_uint_eq(h.lines[0].count, 1);
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "AC");
    make_room(&h, 0, "b");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "ACE");
    end(&h);
}

TEST(the_usher_is_due_when_there_is_room_for_somebody_and_only_then)
{
    struct hall h;

    begin(&h);
    make_room(&h, 0, "a");
    make_room(&h, 0, "");
    ck_assert_uint_eq(h.due, 0);
    queue(&h, "A");
    make_room(&h, 0, "");
    make_room(&h, 1, "a");
    ck_assert_uint_eq(h.due, 0);
    make_room(&h, 0, "a");
    ck_assert_uint_eq(h.due, 1);
    ck_assert_str_eq(h.called, "");
    usher_work(&h.usher);
    end(&h);
}

TEST(who_begins_to_wait_where_there_is_room_is_called)
{
    struct hall h;

    begin(&h);
    make_room(&h, 0, "a");
    queue(&h, "A");
    ck_assert_uint_eq(h.due, 1);
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "A");
    end(&h);
}

TEST(a_line_is_wanted_while_there_is_room_for_somebody_in_it)
{
    struct hall h;

    begin(&h);
    make_room(&h, 0, "a");
    ck_assert(!usher_is_wanted(&h.lines[0]));
    queue(&h, "A");
    ck_assert(usher_is_wanted(&h.lines[0]));
    ck_assert(!usher_is_wanted(&h.lines[1]));
    make_room(&h, 0, "");
    ck_assert(!usher_is_wanted(&h.lines[0]));
    leave(&h, "A");
    end(&h);
}

TEST(who_has_tried_the_only_ones_with_room_is_passed_over_and_keeps_its_place)
{
    struct hall h;

    begin(&h);
    let_try(&h, 'A', "ab");
    queue(&h, "ACE");
    make_room(&h, 0, "ab");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "CE");
    ck_assert_uint_eq(h.lines[0].count, 1);
    queue(&h, "C");
    make_room(&h, 0, "c");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "CEA");
    leave(&h, "C");
    end(&h);
}

TEST(a_line_in_which_there_is_room_for_nobody_is_not_wanted)
{
    struct hall h;

    begin(&h);
    let_try(&h, 'A', "a");
    queue(&h, "A");
    make_room(&h, 0, "a");
    ck_assert(!usher_is_wanted(&h.lines[0]));
    ck_assert_uint_eq(h.due, 0);
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "");
    leave(&h, "A");
    end(&h);
}

TEST(who_goes_to_the_front_is_called_before_those_who_came_later)
{
    struct hall h;

    begin(&h);
    queue(&h, "AC");
    usher_queue_first(&h.lines[0], &guest_of(&h, 'E')->waiter);
    make_room(&h, 0, "aab");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "EAC");
    end(&h);
}

TEST(who_has_left_is_not_called_and_may_leave_again)
{
    struct hall h;

    begin(&h);
    queue(&h, "ACE");
    leave(&h, "AEE");
    ck_assert_uint_eq(h.lines[0].count, 1);
    make_room(&h, 0, "abc");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "C");
    leave(&h, "C");
    end(&h);
}

TEST(who_is_called_may_send_the_next_away)
{
    struct hall h;

    begin(&h);
    queue(&h, "ACE");
    h.sent_away = &h.guests['C' - 'A'];
    make_room(&h, 0, "abc");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "AE");
    end(&h);
}

TEST(who_is_called_and_goes_leaves_the_room_to_the_next)
{
    struct hall h;

    begin(&h);
    guest_of(&h, 'A')->goes = true;
    queue(&h, "ACE");
    make_room(&h, 0, "a");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "AC");
    leave(&h, "E");
    end(&h);
}

TEST(who_is_called_and_comes_back_is_the_first_again)
{
    struct hall h;

    begin(&h);
    guest_of(&h, 'A')->comes_back = true;
    queue(&h, "AC");
    make_room(&h, 0, "aab");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "AAC");
    end(&h);
}

TEST(lines_take_turns)
{
    struct hall h;

    begin(&h);
    queue(&h, "ABCDEF");
    make_room(&h, 0, "aaa");
    make_room(&h, 1, "bbb");
    usher_work(&h.usher);
    ck_assert_str_eq(h.called, "ABCDEF");
    end(&h);
}

TEST(lines_that_wait_for_the_same_room_take_turns_at_it)
{
    struct hall h;

    begin(&h);
    h.is_shared = true;
    queue(&h, "ABCD");
    for (int i = 0; i < 4; i++) {
        make_room(&h, 0, "a");
        make_room(&h, 1, "a");
        usher_work(&h.usher);
    }
    ck_assert_str_eq(h.called, "ABCD");
    end(&h);
}

SUITE(usher, who_came_first_is_called_first, as_many_are_called_as_there_is_room_for,
      the_usher_is_due_when_there_is_room_for_somebody_and_only_then,
      who_begins_to_wait_where_there_is_room_is_called,
      a_line_is_wanted_while_there_is_room_for_somebody_in_it,
      who_has_tried_the_only_ones_with_room_is_passed_over_and_keeps_its_place,
      a_line_in_which_there_is_room_for_nobody_is_not_wanted,
      who_goes_to_the_front_is_called_before_those_who_came_later,
      who_has_left_is_not_called_and_may_leave_again, who_is_called_may_send_the_next_away,
      who_is_called_and_goes_leaves_the_room_to_the_next,
      who_is_called_and_comes_back_is_the_first_again, lines_take_turns,
      lines_that_wait_for_the_same_room_take_turns_at_it);
