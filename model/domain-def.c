/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-def.h"

#include "model/xml-table.h"

#define TYPICAL_LEN 4096

RvDomainDef *rv_domain_def_new(void)
{
    RvDomainDef *def = rv_xml_new(&rv_domain_xml);
    def->refs = 1;
    return def;
}

RvDomainDef *rv_domain_def_copy(const RvDomainDef *def)
{
    RvDomainDef *copy = rv_xml_copy(&rv_domain_xml, def);
    copy->refs = 1;
    return copy;
}

RvDomainDef *rv_domain_def_ref(RvDomainDef *def)
{
    g_atomic_int_inc(&def->refs);
    return def;
}

void rv_domain_def_unref(RvDomainDef *def)
{
    if (def && g_atomic_int_dec_and_test(&def->refs))
        rv_xml_free(&rv_domain_xml, def);
}

static RvDomainDef *parse(const char *text, size_t len, RvFormatFlags flags,
                          RvDiagnostics *diagnostics, GError **error)
{
    RvDomainDef *def =
        rv_xml_parse(&rv_domain_xml, "domain", text, len, flags, diagnostics, error);
    if (def)
        def->refs = 1;
    return def;
}

RvDomainDef *rv_domain_def_parse(const char *text, size_t len, RvDiagnostics *diagnostics,
                                 GError **error)
{
    return parse(text, len, 0, diagnostics, error);
}

RvDomainDef *rv_domain_def_parse_live(const char *text, size_t len, RvDiagnostics *diagnostics,
                                      GError **error)
{
    return parse(text, len, RV_FORMAT_LIVE, diagnostics, error);
}

char *rv_domain_def_format(const RvDomainDef *def, RvFormatFlags flags)
{
    GString *out = g_string_sized_new(TYPICAL_LEN);
    rv_xml_write(&rv_domain_xml, "domain", def, flags, 0, out);
    return g_string_free(out, FALSE);
}

uint64_t rv_domain_def_memory_limit(const RvDomainDef *def)
{
    uint64_t hard = def->memtune.hard_limit;
    if (def->os.type != RV_OS_EXE)
        return hard;
    uint64_t limit = hard ? hard : def->max_memory_kib;
    return def->memory_kib < def->max_memory_kib ? MIN(limit, def->memory_kib) : limit;
}

bool rv_domain_def_shares_memory(const RvDomainDef *def)
{
    const GPtrArray *cells = def->numa.cells;
    bool shared = def->memory_backing.access == RV_MEMORY_ACCESS_SHARED;
    for (unsigned i = 0; i < cells->len; i++) {
        RvMemoryAccess access = ((const RvNumaCell *)cells->pdata[i])->access;
        if (access == RV_MEMORY_ACCESS_PRIVATE || (access == RV_MEMORY_ACCESS_DEFAULT && !shared))
            return false;
    }
    return cells->len || shared;
}

bool rv_domain_def_has_secrets(const RvDomainDef *def)
{
    return rv_xml_has(&rv_domain_xml, def, RV_XML_SECRET);
}

RvDisk *rv_domain_def_find_disk(const RvDomainDef *def, const char *name)
{
    for (guint i = 0; i < def->disks->len; i++) {
        RvDisk *disk = def->disks->pdata[i];
        if (g_strcmp0(disk->target, name) == 0 || g_strcmp0(disk->source.path, name) == 0)
            return disk;
    }
    return NULL;
}
