/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a simulated guest shall do wrong, said in its definition:
 *
 *   <metadata>
 *     <reeve:test xmlns:reeve="urn:reeve:test" hang="suspend stats" delay-ms="200"/>
 *   </metadata>
 *
 *   start-fails="TEXT"      starting it fails with this text
 *   stats-fails="TEXT"      so does taking its statistics
 *   hang="OPERATION ..."    these wait until cancelled (stats: until their deadline)
 *   delay-ms="N"            every operation takes so long, with progress
 *   shutdown-ms="N"         how long it takes to honour the power button; else 50
 *   ignores-shutdown="yes"  it does not
 *   gone="yes"              a daemon that starts does not find it again
 */

#include <glib.h>
#include <stdbool.h>

#include "base/enum.h"
#include "drivers/driver.h"

typedef enum {
    TEST_OPERATION_START,
    TEST_OPERATION_ADOPT,
    TEST_OPERATION_SUSPEND,
    TEST_OPERATION_RESUME,
    TEST_OPERATION_SHUTDOWN,
    TEST_OPERATION_REBOOT,
    TEST_OPERATION_RESET,
    TEST_OPERATION_DESTROY,
    TEST_OPERATION_STATS,
    TEST_OPERATION_ATTACH,
    TEST_OPERATION_DETACH,
    TEST_OPERATION_CHANGE_MEDIUM,
    TEST_OPERATION_TUNE,
    TEST_OPERATION_SAVE,
    TEST_OPERATION_RESTORE,
    TEST_OPERATION_LAST,
} TestOperation;
RV_ENUM_DECLARE(test_operation, TestOperation);

typedef struct {
    char *start_fails, *stats_fails; /* NULL: they do not */
    unsigned hang;                   /* bits: 1 << TestOperation */
    unsigned delay_ms, shutdown_ms;
    bool ignores_shutdown, gone;
} TestFaults;

/* Reads a definition's metadata (may be NULL). `faults` is always initialised. */
G_GNUC_WARN_UNUSED_RESULT bool test_faults_parse(const char *metadata, TestFaults *faults,
                                                 GError **error);
void test_faults_clear(TestFaults *faults);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TestFaults, test_faults_clear)

/* Hangs or takes its time as told; false (RV_ERR_OPERATION_ABORTED) when cancelled meanwhile. */
G_GNUC_WARN_UNUSED_RESULT bool test_faults_act(const TestFaults *faults, TestOperation operation,
                                               RvOperation *op, GError **error);
