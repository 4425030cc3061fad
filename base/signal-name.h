/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Signals by the names that people, images and virsh give them. */

/* Of "SIGTERM", "TERM", "term", "sig_term", "SIGRTMIN+3", "rt3", "15"; "nop" is 0. -1: there is none
 * of that name. As virsh has it, rt3 is the kernel's third real-time signal, 35; SIGRTMIN+3, the C
 * library's, is 37. */
int rv_signal_from_name(const char *text);
