/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a check finds in a completed definition, as an error of its diagnostics. */

#include "model/diagnostics.h"

/* About one place; `code` 0: RV_ERR_CONFIG_UNSUPPORTED; `suggestion` may be NULL. */
void kvm_refuse(RvDiagnostics *diagnostics, int code, const char *path, const char *suggestion,
                const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The same with code 0. */
void kvm_complain(RvDiagnostics *diagnostics, const char *path, const char *suggestion,
                  const char *format, ...) G_GNUC_PRINTF(4, 5);
