/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/definition.h"

#include <string.h>

#include "base/error.h"
#include "drivers/test/faults.h"
#include "drivers/test/host.h"

static bool complete(const RvDriverHost *host, RvDomainDef *def, GError **error)
{
    if (!def->os.arch)
        def->os.arch = g_strdup(TEST_ARCH);
    bool paravirtual = def->os.type == RV_OS_XEN || def->os.type == RV_OS_LINUX;
    return rv_domain_def_complete_common(def, paravirtual ? "xen" : "cirrus", error);
}

/* Everything is simulated, so there is little that cannot be: the rest is refused here. */
static bool check(const RvDriverHost *host, const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    bool good = true;

    if (def->os.type == RV_OS_EXE) {
        rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, 0, 0,
                           "domain/os/type", "hvm", "the test driver has no guests of type 'exe'");
        good = false;
    }
    if (def->max_vcpus > TEST_MAX_VCPUS) {
        rv_diagnostics_add(
            diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, 0, 0, "domain/vcpu", NULL,
            "%u vCPUs are more than the %d a test guest can have", def->max_vcpus, TEST_MAX_VCPUS);
        good = false;
    }

    g_auto(TestFaults) faults;
    g_autoptr(GError) fault = NULL;
    if (!test_faults_parse(def->metadata, &faults, &fault)) {
        rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, fault->code, 0, 0, "domain/metadata",
                           NULL, "%s", fault->message);
        good = false;
    }
    return good;
}

static char *to_native(const RvDriverHost *host, const RvNativeFormat *format,
                       const RvDomainDef *def, GError **error)
{
    g_autofree char *name = g_shell_quote(def->name);
    return g_strdup_printf(TEST_EMULATOR " -name %s -smp %u -m %" G_GUINT64_FORMAT "k\n", name,
                           def->vcpus, def->max_memory_kib);
}

static const RvNativeFormat native_formats[] = {
    {.name = "qemu-argv", .of_start = true},
    {NULL},
};

const RvDefinitionOps test_definition_ops = {
    .complete = complete,
    .check = check,
    .native_formats = native_formats,
    .to_native = to_native,
};
