/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* States of domains in the words of virsh. */

const char *rv_state_text(int state);            /* "shut off"; "no state" for a number not known */
char *rv_state_reason_text(int state, int reason); /* "destroyed", "unknown" */
