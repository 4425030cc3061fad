/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a check finds in a completed definition, as an error of its diagnostics. */

#include "base/error.h"
#include "model/diagnostics.h"

/* About one place; `code` 0: RV_ERR_CONFIG_UNSUPPORTED; `suggestion` may be NULL. */
#define kvm_refuse(diagnostics, code, path, suggestion, ...)                                       \
    rv_diagnostics_refuse(diagnostics, (code) ? (int)(code) : (int)RV_ERR_CONFIG_UNSUPPORTED, path, \
                          suggestion, __VA_ARGS__)

/* The same with code 0. */
#define kvm_complain(diagnostics, path, suggestion, ...)                                           \
    kvm_refuse(diagnostics, 0, path, suggestion, __VA_ARGS__)
