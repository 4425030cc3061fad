/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the named models of x86 CPUs are to libvirt 9.0, which is not quite what they are to QEMU:
 * QEMU's have learnt and lost features since. What a running guest's CPU has and its model has not
 * is said in its live XML, and both sides of a migration go by that; so it must be libvirt's model
 * that is meant. tests/live/check_running.py compares with libvirtd.
 */

#include <glib.h>

/* The name of each, older ones first; NULL: there are no more. */
const char *rv_x86_model_name(size_t index);

/* A new set of names of rv_x86_features; NULL: libvirt has no such model. */
GHashTable *rv_x86_model_features(const char *model);

/* The feature that QEMU's model had once, and that libvirt keeps off where nobody asks for it; or
 * NULL. */
const char *rv_x86_model_removed(const char *model);
