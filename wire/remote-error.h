/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A GError as it travels: code and message as they are; `source` says which part failed, as a number
 * of libvirt's virErrorDomain; text1 holds the message again, as libvirt's own server sends it, and
 * text3, which libvirt leaves empty, the remedy.
 */

#include <glib.h>

#include "wire/remote.h"

/* virErrorDomain: where errors come from that are not a driver's. */
#define RV_ERROR_SOURCE_RPC 7
#define RV_ERROR_SOURCE_DOMAIN 20
#define RV_ERROR_SOURCE_STREAM 38
#define RV_ERROR_SOURCE_EVENT 40

/* Borrows all texts from `error`: good for encoding while that lives. */
wire_error rv_remote_error_from_gerror(const GError *error, int source);

/* A new GError with the remedy put back. A peer that says no message gets one. */
GError *rv_remote_error_to_gerror(const wire_error *error);
