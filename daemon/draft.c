/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/draft.h"

#include <string.h>

#include "base/error.h"
#include "daemon/driver-set.h"
#include "daemon/lifecycle.h"
#include "daemon/store.h"
#include "daemon/warning.h"
#include "model/xml-locate.h"

/* Reading and completing one takes about 0.1 ms. */
enum { SHORT_DOCUMENT = 4096, MAX_OWED_US = 1000 };

static bool serves(const RvDriver *driver, RvVirtType type)
{
    for (const RvVirtType *served = driver->virt_types; *served != RV_VIRT_LAST; served++) {
        if (*served == type)
            return true;
    }
    return false;
}

static const RvDriver *choose_driver(RvCore *core, const RvDriver *driver, RvVirtType type,
                                     GError **error)
{
    if (driver && serves(driver, type))
        return driver;
    const RvDriver *other = rv_driver_set_by_virt_type(core->drivers, type);
    if (!driver && other)
        return other;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "%s%s does not run domains of type '%s'",
                 driver ? "driver " : "this daemon", driver ? driver->name : "",
                 rv_virt_type_to_string(type));
    if (driver && other)
        rv_error_remedy(error, "connect to %s:///system or reeve:///system",
                        other->uri_schemes[0]);
    return NULL;
}

/* What would keep a guest from being started: it is kept, and nobody is to be surprised later. */
static void add_start_warnings(RvDraft *draft, RvCore *core, const char *xml)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    rv_lifecycle_check_start(core, draft->driver, draft->def, RV_DIAGNOSTIC_WARNING, diagnostics);
    if (rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_WARNING))
        rv_xml_locate(xml, diagnostics);
    rv_warnings_add(&draft->warnings, diagnostics);
}

static bool read_document(RvDraft *draft, RvCore *core, const RvDraftWish *wish, const char *xml,
                          GError **error)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    draft->def = rv_domain_def_parse(xml, strlen(xml), diagnostics, error);
    if (!draft->def)
        return false;
    rv_warnings_add(&draft->warnings, diagnostics);
    if (wish->strict && draft->warnings)
        return rv_warnings_refuse(draft->warnings, error);
    draft->driver = choose_driver(core, wish->driver, draft->def->virt, error);
    return draft->driver;
}

static bool complete(RvDraft *draft, RvCore *core, const RvDraftWish *wish, const char *xml,
                     GError **error)
{
    if (rv_uuid_is_zero(&draft->def->uuid))
        rv_uuid_generate(&draft->def->uuid);
    if (!rv_lifecycle_complete(core, draft->driver, draft->def, xml, error))
        return false;
    add_start_warnings(draft, core, xml);
    if (wish->written) {
        draft->definition = rv_definition_new(draft->def);
        g_clear_pointer(&draft->def, rv_domain_def_unref);
    }
    return true;
}

RvDraft *rv_draft_new(RvCore *core, const RvDraftWish *wish, const char *xml, GError **error)
{
    g_autoptr(RvDraft) draft = g_new0(RvDraft, 1);
    if (!read_document(draft, core, wish, xml, error) || !complete(draft, core, wish, xml, error))
        return NULL;
    return g_steal_pointer(&draft);
}

/* The I/O thread keeps half of its time for all else: for what a draft took it owes as much. */
static bool has_time(RvCore *core, int64_t now)
{
    core->drafts_owed_us = MAX(core->drafts_owed_us - (now - core->drafts_at_us), 0);
    core->drafts_at_us = now;
    return core->drafts_owed_us < MAX_OWED_US;
}

RvDraft *rv_draft_new_at_once(RvCore *core, const RvDraftWish *wish, const char *xml,
                              GError **error)
{
    int64_t began = g_get_monotonic_time();
    if (strnlen(xml, SHORT_DOCUMENT + 1) > SHORT_DOCUMENT || !has_time(core, began))
        return NULL;
    g_autoptr(RvDraft) draft = g_new0(RvDraft, 1);
    bool ok = read_document(draft, core, wish, xml, error) &&
              rv_lifecycle_can_complete(core, draft->driver, draft->def) &&
              complete(draft, core, wish, xml, error);
    core->drafts_at_us = g_get_monotonic_time();
    core->drafts_owed_us += core->drafts_at_us - began;
    return ok ? g_steal_pointer(&draft) : NULL;
}

void rv_draft_free(void *data)
{
    RvDraft *draft = data;
    if (!draft)
        return;
    rv_domain_def_unref(draft->def);
    rv_definition_unref(draft->definition);
    g_clear_pointer(&draft->warnings, g_ptr_array_unref);
    g_free(draft);
}

bool rv_draft_store(const RvDraft *draft, RvCall *call, const char *what, GError **error)
{
    const RvDefinitionSummary *summary = rv_definition_summary(draft->definition);
    RvDomain *domain =
        rv_lifecycle_reserve(call->core, draft->driver, &summary->uuid, summary->name, error);
    if (!domain)
        return false;
    rv_call_use_domain(call, domain);
    call->change = rv_store_put(draft->driver->name, draft->definition, rv_call_who(call), what);
    rv_store_change_set_warnings(call->change, draft->warnings);
    return true;
}

void rv_draft_warn(const RvDraft *draft, RvDomain *domain)
{
    g_clear_pointer(&domain->warnings, g_ptr_array_unref);
    if (draft->warnings)
        domain->warnings = g_ptr_array_ref(draft->warnings);
}

void rv_draft_publish(const RvDraft *draft, RvDomain *domain)
{
    rv_draft_warn(draft, domain);
    rv_domain_set_config(domain, draft->definition);
}
