/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A set of CPUs, NUMA nodes or other small numbers, as documents write it: "0-3,^2,8". Structs of
 * the model keep the text, in its one canonical form: ranges in ascending order, nothing excluded. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define RV_CPUSET_MAX 16384 /* numbers are below */

typedef struct {
    uint64_t words[RV_CPUSET_MAX / 64];
} RvCpuset;

/* False: `text` is no such set, or empty. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cpuset_parse(const char *text, RvCpuset *ret_set);
char *rv_cpuset_format(const RvCpuset *set); /* "" for an empty one */

bool rv_cpuset_has(const RvCpuset *set, unsigned number);
void rv_cpuset_put(RvCpuset *set, unsigned number); /* nothing, where it is too large */
bool rv_cpuset_is_empty(const RvCpuset *set);
bool rv_cpuset_equal(const RvCpuset *a, const RvCpuset *b);
bool rv_cpuset_overlap(const RvCpuset *a, const RvCpuset *b);
bool rv_cpuset_contains(const RvCpuset *set, const RvCpuset *part);
void rv_cpuset_cut(RvCpuset *set, unsigned end); /* leaves the numbers below `end` */
int rv_cpuset_next(const RvCpuset *set, int after); /* -1: no more; begin with -1 */
unsigned rv_cpuset_count(const RvCpuset *set);
