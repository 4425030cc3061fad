/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/definition.h"

#include <string.h>

struct RvDefinition {
    int refs;
    RvDefinitionSummary summary;
    size_t len;        /* of text */
    char *text;
    char *public_text; /* NULL: as text */
};

RvDefinition *rv_definition_load(const RvDefinitionSummary *summary, const char *text,
                                 const char *public_text)
{
    RvDefinition *definition = g_new(RvDefinition, 1);
    *definition = (RvDefinition){
        .refs = 1,
        .summary = *summary,
        .len = strlen(text),
        .text = g_strdup(text),
        .public_text = g_strdup(public_text),
    };
    definition->summary.name = g_strdup(summary->name);
    return definition;
}

RvDefinition *rv_definition_new(const RvDomainDef *def)
{
    RvDefinitionSummary summary = {
        .uuid = def->uuid,
        .name = def->name,
        .virt = def->virt,
        .os_type = def->os.type,
        .max_memory_kib = def->max_memory_kib,
        .memory_kib = def->memory_kib,
        .max_vcpus = def->max_vcpus,
        .vcpus = def->vcpus,
    };
    RvFormatFlags flags = def->id >= 0 ? RV_FORMAT_LIVE : 0;
    g_autofree char *text = rv_domain_def_format(def, flags | RV_FORMAT_SECRETS);
    g_autofree char *public_text =
        rv_domain_def_has_secrets(def) ? rv_domain_def_format(def, flags) : NULL;
    return rv_definition_load(&summary, text, public_text);
}

RvDefinition *rv_definition_ref(RvDefinition *definition)
{
    g_atomic_int_inc(&definition->refs);
    return definition;
}

void rv_definition_unref(RvDefinition *definition)
{
    if (!definition || !g_atomic_int_dec_and_test(&definition->refs))
        return;
    g_free(definition->summary.name);
    g_free(definition->text);
    g_free(definition->public_text);
    g_free(definition);
}

const RvDefinitionSummary *rv_definition_summary(const RvDefinition *definition)
{
    return &definition->summary;
}

const char *rv_definition_text(const RvDefinition *definition, bool with_secrets)
{
    return with_secrets || !definition->public_text ? definition->text : definition->public_text;
}

RvDomainDef *rv_definition_parse(const RvDefinition *definition, GError **error)
{
    return rv_domain_def_parse(definition->text, definition->len, NULL, error);
}
