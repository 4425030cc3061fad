/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/cpuset.h"

#include <string.h>

#define MAX_TEXT (64 * 1024) /* room for every second CPU */
#define BIT(number) (UINT64_C(1) << (number))

bool rv_cpuset_has(const RvCpuset *set, unsigned cpu)
{
    return cpu < RV_CPUSET_MAX && (set->words[cpu / 64] & BIT(cpu % 64));
}

static void put_range(RvCpuset *set, unsigned first, unsigned last)
{
    for (unsigned cpu = first; cpu <= last; cpu++) {
        if (cpu % 64 == 0 && last - cpu >= 63) {
            set->words[cpu / 64] = UINT64_MAX;
            cpu += 63;
        } else {
            set->words[cpu / 64] |= BIT(cpu % 64);
        }
    }
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static bool take_number(const char **at, unsigned *ret)
{
    uint64_t number = 0;
    *at = skip_blanks(*at);
    if (!g_ascii_isdigit(**at))
        return false;
    for (; g_ascii_isdigit(**at); (*at)++)
        number = MIN(number * 10 + (unsigned)(**at - '0'), RV_CPUSET_MAX);
    *ret = (unsigned)number;
    *at = skip_blanks(*at);
    return number < RV_CPUSET_MAX;
}

/* One number, range, or excluded number. */
static bool take_part(const char **at, RvCpuset *set)
{
    unsigned first, last;
    *at = skip_blanks(*at);
    bool excluded = **at == '^';
    *at += excluded;
    if (!take_number(at, &first))
        return false;
    last = first;
    if (**at == '-' && !excluded) {
        (*at)++;
        if (!take_number(at, &last) || last < first)
            return false;
    }
    if (excluded)
        set->words[first / 64] &= ~BIT(first % 64);
    else
        put_range(set, first, last);
    return true;
}

char *rv_cpuset_format(const RvCpuset *set)
{
    GString *text = g_string_new(NULL);
    for (unsigned cpu = 0; cpu < RV_CPUSET_MAX; cpu++) {
        if (!rv_cpuset_has(set, cpu))
            continue;
        unsigned last = cpu;
        while (rv_cpuset_has(set, last + 1))
            last++;
        g_string_append_printf(text, "%s%u", text->len ? "," : "", cpu);
        if (last > cpu)
            g_string_append_printf(text, "-%u", last);
        cpu = last;
    }
    return g_string_free(text, FALSE);
}

bool rv_cpuset_parse(const char *text, RvCpuset *ret_set)
{
    memset(ret_set, 0, sizeof(*ret_set));
    if (strlen(text) > MAX_TEXT)
        return false;
    do {
        if (!take_part(&text, ret_set))
            return false;
    } while (*text++ == ',');
    return !text[-1] && !rv_cpuset_is_empty(ret_set);
}

void rv_cpuset_put(RvCpuset *set, unsigned number)
{
    if (number < RV_CPUSET_MAX)
        set->words[number / 64] |= BIT(number % 64);
}

bool rv_cpuset_is_empty(const RvCpuset *set)
{
    return rv_cpuset_next(set, -1) < 0;
}

bool rv_cpuset_equal(const RvCpuset *a, const RvCpuset *b)
{
    return !memcmp(a, b, sizeof(*a));
}

bool rv_cpuset_overlap(const RvCpuset *a, const RvCpuset *b)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(a->words); i++) {
        if (a->words[i] & b->words[i])
            return true;
    }
    return false;
}

bool rv_cpuset_contains(const RvCpuset *set, const RvCpuset *part)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(set->words); i++) {
        if (part->words[i] & ~set->words[i])
            return false;
    }
    return true;
}

void rv_cpuset_cut(RvCpuset *set, unsigned end)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(set->words); i++) {
        if (end <= i * 64)
            set->words[i] = 0;
        else if (end < i * 64 + 64)
            set->words[i] &= BIT(end % 64) - 1;
    }
}

int rv_cpuset_next(const RvCpuset *set, int after)
{
    for (unsigned at = (unsigned)(after + 1); at < RV_CPUSET_MAX; at++) {
        uint64_t rest = set->words[at / 64] >> at % 64;
        if (rest)
            return (int)at + __builtin_ctzll(rest);
        at |= 63;
    }
    return -1;
}

unsigned rv_cpuset_count(const RvCpuset *set)
{
    unsigned count = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(set->words); i++)
        count += (unsigned)__builtin_popcountll(set->words[i]);
    return count;
}
