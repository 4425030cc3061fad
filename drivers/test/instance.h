/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One simulated guest, in the place of a hypervisor's process. Its truth is a small file in the
 * run directory, there as long as the guest lives: a daemon that starts finds the guest by it, as
 * it was. Like the memory of a process it survives the daemon, but no power cut.
 *
 * Threads: the functions called from jobs write that file and may block; those marked [loop] belong
 * to the I/O thread, where the guest's power button, timers and consoles are served.
 */

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "drivers/test/faults.h"

typedef struct TestInstance TestInstance;

/* What the guest will do by itself a moment later, or was told to at its console. */
typedef enum {
    TEST_ENDING_NONE,
    TEST_ENDING_POWEROFF,
    TEST_ENDING_REBOOT,
    TEST_ENDING_CRASH,
    TEST_ENDING_LAST,
} TestEnding;
RV_ENUM_DECLARE(test_ending, TestEnding);

/* The file a guest of this identity has. */
char *test_instance_path(const RvGuest *guest);

/* Neither running nor there yet: boot() or find() comes next. Takes `faults` over. */
TestInstance *test_instance_new(RvGuest *guest, TestFaults *faults);
void test_instance_free(TestInstance *instance); /* [loop] */

/* The guest comes to be, paused. An instance that is there already is an error. */
G_GNUC_WARN_UNUSED_RESULT bool test_instance_boot(TestInstance *instance, GError **error);
/* The guest a former daemon left; RV_ERR_NO_DOMAIN: there is none. */
G_GNUC_WARN_UNUSED_RESULT bool test_instance_find(TestInstance *instance, RvAdopted *ret,
                                                  GError **error);
G_GNUC_WARN_UNUSED_RESULT bool test_instance_run(TestInstance *instance, bool run, GError **error);
/* The power button (POWEROFF, REBOOT): honoured after a moment in which the guest runs. */
G_GNUC_WARN_UNUSED_RESULT bool test_instance_press(TestInstance *instance, TestEnding ending,
                                                   GError **error);
G_GNUC_WARN_UNUSED_RESULT bool test_instance_reset(TestInstance *instance, GError **error);
/* The guest is gone; nothing is reported. Idempotent. */
void test_instance_destroy(TestInstance *instance);

/* Any thread. */
const TestFaults *test_instance_faults(const TestInstance *instance);
uint64_t test_instance_ran_us(TestInstance *instance); /* how long its vCPUs ran in all */
void test_instance_set_ran_us(TestInstance *instance, uint64_t us); /* before they run */

/* Gives the guest's end of a console (a non-blocking socket, taken over) to its shell. */
void test_instance_plug(TestInstance *instance, int fd);
