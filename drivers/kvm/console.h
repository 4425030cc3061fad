/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "drivers/driver.h"

extern const RvConsoleOps kvm_console_ops;

/* Whether what an emulator named can be a pseudo-terminal: "/dev/pts/" and a number. */
bool kvm_console_is_terminal_path(const char *path);
