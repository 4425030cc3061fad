/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a device model tells of its disks: QEMU's words, and those of one that a guest has taken over. */
#include "drivers/xen/model-stats.h"
#include "tests/check-main.h"

#define NODE(name, stats) "{\"node-name\": \"" name "\", \"stats\": " stats "}"

static const struct {
    const char *answer;
    bool told;
    RvBlockStats block;
} rows[] = {
    {"[" NODE("xvda-raw", "{\"rd_bytes\": 1}") "," NODE("xvdb-qcow2", "{\"rd_bytes\": 4096, "
     "\"rd_operations\": 2, \"wr_bytes\": 512, \"wr_operations\": 1, \"flush_operations\": 3}") "]",
     true, {.read_bytes = 4096, .read_requests = 2, .write_bytes = 512, .write_requests = 1,
            .flush_requests = 3}},
    {"[" NODE("xvd", "{}") "," NODE("xvdba-raw", "{}") "," NODE("-xvdb", "{}") "]", false, {.read_bytes = 0}},
    {"[" NODE("xvdb-raw", "{\"rd_bytes\": -1, \"wr_bytes\": \"many\", \"rd_operations\": 1.5}") "]",
     true, {.read_bytes = 0}},
    {"[" NODE("xvdb-raw", "7") "]", true, {.read_bytes = 0}},
    {"{\"xvdb-raw\": 1}", false, {.read_bytes = 0}},
    {"[1, null, [], {\"node-name\": 51728}]", false, {.read_bytes = 0}},
};

START_TEST(reads)
{
    RvBlockStats block = {.target = "xvdb"}, wanted = rows[_i].block;
    g_strlcpy(wanted.target, "xvdb", sizeof(wanted.target));
    json_t *answer = json_loads(rows[_i].answer, 0, NULL);
    ck_assert(answer);
    ck_assert_int_eq(xen_model_read_block(answer, &block), rows[_i].told);
    ck_assert_mem_eq(&block, &wanted, sizeof(block));
    json_decref(answer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen-model-stats");
    TCase *cases = tcase_create("blocks");
    tcase_add_loop_test(cases, reads, 0, G_N_ELEMENTS(rows));
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
