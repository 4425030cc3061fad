/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/refusal.h"

#include "base/error.h"

void kvm_refuse(RvDiagnostics *diagnostics, int code, const char *path, const char *suggestion,
                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, code ? code : RV_ERR_CONFIG_UNSUPPORTED, 0,
                       0, path, suggestion, "%s", text);
}

void kvm_complain(RvDiagnostics *diagnostics, const char *path, const char *suggestion,
                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, 0, 0, path,
                       suggestion, "%s", text);
}
