/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/partition.h"

#include "tests/check-main.h"

static const struct {
    const char *partition, *suffixes, *slices;
} rows[] = {
    {"/machine", "machine", "machine.slice"},
    {"/machine/production", "machine/production.partition", "machine.slice/machine-production.slice"},
    {"/a/b/c", "a.partition/b.partition/c.partition", "a.slice/a-b.slice/a-b-c.slice"},
    {"/web/machine", "web.partition/machine.partition", "web.slice/web-machine.slice"},
    {"//web/", "web.partition", "web.slice"},
    {"/own.name", "own.name", "own.name.slice"},
    {"/memory", "_memory.partition", "memory.slice"},
    {"/memory.limit", "_memory.limit", "memory.limit.slice"},
    {"/cgroup.procs", "_cgroup.procs", "cgroup.procs.slice"},
    {"/_x", "__x.partition", "_x.slice"},
    {"/a/../../b", "a.partition/_../_../b.partition",
     "a.slice/a-\\x2e..slice/a-\\x2e.-\\x2e..slice/a-\\x2e.-\\x2e.-b.slice"},
    {"/a-b c", "a-b c.partition", "a\\x2db\\x20c.slice"},
};

START_TEST(follows_the_rule)
{
    g_autofree char *suffixes = container_partition_path(rows[_i].partition, false);
    g_autofree char *slices = container_partition_path(rows[_i].partition, true);
    ck_assert_str_eq(suffixes, rows[_i].suffixes);
    ck_assert_str_eq(slices, rows[_i].slices);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("container-partition");
    TCase *cases = tcase_create("path");
    tcase_add_loop_test(cases, follows_the_rule, 0, G_N_ELEMENTS(rows));
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
