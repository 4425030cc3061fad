/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Signals by the names that people and images give them. */

/* Of "SIGTERM", "TERM", "SIGRTMIN+3", "15"; 0: there is none of that name. */
int container_signal_number(const char *text);
