/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What all test programs need. Check's own CK_ variables (CK_FORK, CK_VERBOSITY, CK_RUN_CASE, ...)
 * work as documented there. */

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* main()'s result for a suite. */
static inline int check_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Says why a test cannot run here, for `if (!condition) { check_skip("..."); return; }`. */
static inline void check_skip(const char *test, const char *reason)
{
    fprintf(stderr, "skipped: %s: %s\n", test, reason);
}

/* True as root; otherwise says that `test` is skipped. */
static inline bool check_is_root(const char *test)
{
    if (geteuid() == 0)
        return true;
    check_skip(test, "needs root");
    return false;
}

/* True where the test runs in a process of its own, and may change that; otherwise says so. */
static inline bool check_is_forked(const char *test)
{
    const char *fork = getenv("CK_FORK");
    if (!fork || strcmp(fork, "no") != 0)
        return true;
    check_skip(test, "needs a process of its own (CK_FORK=no)");
    return false;
}
