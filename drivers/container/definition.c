/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/definition.h"

#include <string.h>

#include "base/error.h"
#include "base/signal-name.h"
#include "drivers/container/host.h"
#include "drivers/container/native.h"
#include "drivers/container/support.h"

static void set_default(char **field, const char *value)
{
    if (!*field)
        *field = g_strdup(value);
}

static bool complete(const RvDriverHost *host, RvDomainDef *def, GError **error)
{
    set_default(&def->os.arch, CONTAINER_NATIVE_ARCH);
    if (!def->emulator && !(def->emulator = container_host_runtime(host, error)))
        return false;
    for (guint i = 0; i < def->consoles->len; i++)
        set_default(&((RvChardev *)def->consoles->pdata[i])->target_type, "lxc");
    for (guint i = 0; i < def->filesystems->len; i++) {
        RvFilesystem *filesystem = def->filesystems->pdata[i];
        if (!filesystem->socket)
            set_default(&filesystem->access_mode, "passthrough");
    }
    /* Containers are labelled by no security driver unless one is named. */
    if (def->seclabels->len == 1)
        set_default(&((RvSeclabel *)def->seclabels->pdata[0])->model, "none");
    return rv_domain_def_complete_common(def, NULL, error);
}

static bool check(const RvDriverHost *host, const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    if (def->os.type != RV_OS_EXE)
        rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, 0, 0,
                           "domain/os/type", "exe",
                           "domains of type 'lxc' are containers (exe), not '%s'",
                           rv_os_type_to_string(def->os.type));
    if (strcmp(def->os.arch, CONTAINER_NATIVE_ARCH) != 0 &&
        !(strcmp(def->os.arch, "i686") == 0 && strcmp(CONTAINER_NATIVE_ARCH, "x86_64") == 0))
        rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, 0, 0,
                           "domain/os/type/@arch", CONTAINER_NATIVE_ARCH,
                           "a container runs on the host's own architecture, not on %s",
                           def->os.arch);
    const char *wish = def->run && def->run->stop ? def->run->stop->signal : NULL;
    if (wish && rv_signal_from_name(wish) <= 0)
        rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_CONFIG_UNSUPPORTED, 0, 0,
                           "domain/reeve:run/stop/@signal", NULL, "there is no signal '%s'", wish);
    return rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_ERROR) == 0;
}

const RvDefinitionOps container_definition_ops = {
    .complete = complete,
    .check = check,
    .support = &container_support,
    .check_start = container_check_start,
    .native_formats = container_native_formats,
    .from_native = container_from_native,
};
