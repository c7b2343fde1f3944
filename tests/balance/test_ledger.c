/* The facts of all servers that any pool has. */
#include "support/test.h"

#include "balance/ledger.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* A ledger, and those it has dropped, in order. */
struct office {
    struct ledger ledger;
    char dropped[64];
};

static void on_dropped(void *owner, struct facts *facts)
{
    struct office *office = owner;

    strcat(office->dropped, facts->id);
}

static void begin(struct office *office)
{
    office->dropped[0] = '\0';
    ledger_init(&office->ledger, on_dropped, office);
}

/* The facts of ID at PORT, who would be new at the moment NOW. */
static struct facts *hold_at(struct office *office, const char *id, uint16_t port, double now)
{
    struct addr at = { .v4 = { .sin_family = AF_INET, .sin_port = htons(port) } };

    return ledger_hold(&office->ledger, id, &at, now);
}

static struct facts *hold(struct office *office, const char *id)
{
    return hold_at(office, id, 80, 5);
}

TEST(nothing_is_known_of_somebody_new_but_that_he_is_there)
{
    struct office office;
    struct facts *facts;

    begin(&office);
    facts = hold(&office, "a");
    ck_assert_str_eq(facts->id, "a");
    ck_assert_uint_eq(addr_port(&facts->at), 80);
    ck_assert_double_eq(facts->since, 5);
    ck_assert_uint_eq(facts->inflight, 0);
    ck_assert_uint_eq(facts->fails, 0);
    ck_assert(!facts->health.known && !facts->health.down && !facts->ewma.known);
    ck_assert(list_is_empty(&facts->users) && list_is_empty(&facts->idle));
    ck_assert_ptr_null(facts->probe);
    ledger_release(&office.ledger, facts);
}

TEST(who_has_the_same_id_and_address_has_the_same_facts)
{
    struct office office;
    struct facts *first;

    begin(&office);
    first = hold(&office, "a");
    ck_assert_ptr_eq(hold_at(&office, "a", 80, 9), first);
    ck_assert_double_eq(first->since, 5);
    ck_assert_uint_eq(office.ledger.count, 1);
    ledger_release(&office.ledger, first);
    ledger_release(&office.ledger, first);
}

TEST(another_address_or_another_id_has_facts_of_its_own)
{
    struct office office;
    struct facts *all[3];

    begin(&office);
    all[0] = hold_at(&office, "a", 80, 5);
    all[1] = hold_at(&office, "a", 81, 5);
    all[2] = hold_at(&office, "b", 80, 5);
    ck_assert_ptr_ne(all[0], all[1]);
    ck_assert_ptr_ne(all[0], all[2]);
    ck_assert_ptr_ne(all[1], all[2]);
    ck_assert_uint_eq(office.ledger.count, 3);
    for (int i = 0; i < 3; i++)
        ledger_release(&office.ledger, all[i]);
}

TEST(they_are_dropped_when_the_last_lets_go)
{
    struct office office;
    struct facts *a;
    struct facts *b;

    begin(&office);
    a = hold(&office, "a");
    b = hold(&office, "b");
    hold(&office, "a");
    ledger_release(&office.ledger, a);
    ck_assert_str_eq(office.dropped, "");
    ck_assert_ptr_eq(hold(&office, "a"), a);
    ledger_release(&office.ledger, a);
    ledger_release(&office.ledger, a);
    ck_assert_str_eq(office.dropped, "a");
    ck_assert_uint_eq(office.ledger.count, 1);
    ledger_release(&office.ledger, b);
    ck_assert_str_eq(office.dropped, "ab");
    ck_assert_uint_eq(office.ledger.count, 0);
}

TEST(who_comes_back_after_that_is_new)
{
    struct office office;
    struct facts *facts;

    begin(&office);
    facts = hold(&office, "a");
    facts->inflight = 3;
    facts->health.down = true;
    ledger_release(&office.ledger, facts);
    facts = hold_at(&office, "a", 80, 60);
    ck_assert_uint_eq(facts->inflight, 0);
    ck_assert(!facts->health.down);
    ck_assert_double_eq(facts->since, 60);
    ledger_release(&office.ledger, facts);
}

TEST(nobody_need_be_told_of_those_that_are_dropped)
{
    struct office office;

    ledger_init(&office.ledger, NULL, NULL);
    ledger_release(&office.ledger, hold(&office, "a"));
    ck_assert_uint_eq(office.ledger.count, 0);
}

TEST(the_id_is_a_copy)
{
    struct office office;
    char id[] = "a";
    struct facts *facts;

    begin(&office);
    facts = hold(&office, id);
    id[0] = 'b';
    ck_assert_str_eq(facts->id, "a");
    ck_assert_ptr_eq(hold(&office, "a"), facts);
    ledger_release(&office.ledger, facts);
    ledger_release(&office.ledger, facts);
}

TEST(more_than_there_are_slots_are_found_again)
{
    enum { COUNT = 3 * LEDGER_SLOTS };
    static struct facts *all[COUNT];
    struct office office;

    ledger_init(&office.ledger, NULL, NULL);
    for (int i = 0; i < COUNT; i++) {
        char id[16];

        snprintf(id, sizeof id, "%d", i);
        all[i] = hold(&office, id);
    }
    ck_assert_uint_eq(office.ledger.count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_ptr_eq(hold(&office, all[i]->id), all[i]);
        ledger_release(&office.ledger, all[i]);
        ledger_release(&office.ledger, all[i]);
    }
    ck_assert_uint_eq(office.ledger.count, 0);
}

SUITE(ledger, nothing_is_known_of_somebody_new_but_that_he_is_there,
      who_has_the_same_id_and_address_has_the_same_facts,
      another_address_or_another_id_has_facts_of_its_own, they_are_dropped_when_the_last_lets_go,
      who_comes_back_after_that_is_new, nobody_need_be_told_of_those_that_are_dropped,
      the_id_is_a_copy, more_than_there_are_slots_are_found_again);
