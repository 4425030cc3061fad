/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A GError as it travels: code and message as they are; `source` says which part failed, as a number
 * of libvirt's virErrorDomain; text1 holds the message again, as libvirt's own server sends it, and
 * text3, which libvirt leaves empty, the remedy.
 */

#include <glib.h>

#include "wire/remote.h"

/* Borrows all texts from `error`: good for encoding while that lives. `source`: where the error
 * itself does not say. */
wire_error rv_remote_error_from_gerror(const GError *error, int source);

/* A new GError with the remedy put back. A peer that says no message gets one. */
GError *rv_remote_error_to_gerror(const wire_error *error);
