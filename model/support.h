/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What of a document a driver can do: a list of paths. A definition may say more; it is kept whole
 * then, but a guest of it cannot be started, since nothing may be ignored in silence.
 *
 * A path names an element or attribute below the root as the document has it: "on_crash",
 * "devices/disk/driver/@cache", "pm/suspend-to-mem/@enabled"; the path of an element that has
 * attributes as well stands for its text, and what is in a namespace has its prefix
 * ("qemu:commandline/arg/@value"). In place of a name may stand "*" (any one), or several
 * with "|" between ("devices/serial|parallel/@type"). Two stars for the last name stand for the
 * element and all that is in it; more exact rows win over that: they may say which values.
 * An element is supported when something in it is; what is absent asks for nothing.
 *
 *     static const RvSupportRow rows[] = {
 *         {"devices/memballoon/stats/@period"},
 *         {"devices/rng/backend/@model", RV_SUPPORT_VALUES("random", "builtin")},
 *     };
 */

#include <glib.h>
#include <stdbool.h>

#include "model/diagnostics.h"

typedef struct RvXmlType RvXmlType;

typedef struct {
    const char *path;
    const char *const *values; /* as they are written, NULL-terminated; NULL: any */
} RvSupportRow;

typedef struct {
    const RvSupportRow *rows;
    unsigned n_rows;
} RvSupport;

#define RV_SUPPORT_VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define RV_SUPPORT(table) {.rows = (table), .n_rows = G_N_ELEMENTS(table)}

/* Tells `diagnostics` (RV_ERR_CONFIG_UNSUPPORTED, each with its path) all that an object sets
 * outside of `support`. `name` is that of its element, `driver` that of who cannot do it. What only
 * a running guest has, and elements of foreign namespaces, are nobody's to do. */
void rv_support_check(const RvSupport *support, const char *driver, const RvXmlType *type,
                      const char *name, const void *object, RvDiagnosticLevel level,
                      RvDiagnostics *diagnostics);

/* Whether the row at a path below the root ("devices/disk/driver/@cache") can be done, or something
 * in it; where only some values can, `ret_values` gets them, else NULL. */
bool rv_support_has(const RvSupport *support, const char *path,
                    const char *const **ret_values);
