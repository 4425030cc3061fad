/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Numbers that owners claim for themselves: one file for each claimed number in a folder, with the
 * owner's name in it, so that a daemon that is killed loses none. Not for the I/O thread.
 */

#include <glib.h>
#include <stdbool.h>

/* Claims one of `count` numbers from `first`; RV_ERR_RESOURCE_BUSY: all are claimed. The search
 * begins at *turn, which it moves on (atomically): what an ended owner left behind, if anything,
 * belongs to nobody for as long as possible. */
G_GNUC_WARN_UNUSED_RESULT bool rv_claims_take(const char *folder, unsigned first, unsigned count,
                                              int *turn, const char *owner, unsigned *ret_number,
                                              GError **error);

/* Who has claimed it (owned); NULL: nobody. */
char *rv_claims_owner(const char *folder, unsigned number);

/* Gives a number back, if it is the owner's. */
void rv_claims_release(const char *folder, const char *owner, unsigned number);

/* Gives back all that the owner has. */
void rv_claims_release_all(const char *folder, const char *owner);
