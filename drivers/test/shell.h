/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What somebody at the console of a simulated guest meets: a login prompt and a small shell that
 * knows echo, poweroff, reboot, crash and exit. I/O thread only. Bounded: as long as output waits
 * for a reader, no input is read.
 */

#include <stdbool.h>

#include "base/loop.h"

typedef struct TestShell TestShell;

typedef enum {
    TEST_SHELL_POWEROFF,
    TEST_SHELL_REBOOT,
    TEST_SHELL_CRASH,
    TEST_SHELL_HANGUP, /* the other end was closed */
} TestShellEvent;

/* The last thing a shell does in a callback, so the handler may free it. */
typedef void (*TestShellFunc)(TestShell *shell, TestShellEvent event, void *data);

/* Takes `fd`, a non-blocking socket, over. */
TestShell *test_shell_new(RvLoop *loop, int fd, const char *host_name, TestShellFunc func,
                          void *data);
void test_shell_free(TestShell *shell);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestShell, test_shell_free)

void test_shell_restart(TestShell *shell);             /* the guest booted again */
void test_shell_set_running(TestShell *shell, bool running); /* a paused guest neither reads nor writes */
