/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A definition at rest: its text and a small summary, so that ten thousand of them cost little and
 * a daemon that starts does not parse them all. Immutable and reference-counted (any thread).
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"
#include "model/domain-def.h"

typedef struct {
    RvUuid uuid;
    char *name;
    RvVirtType virt;
    RvOsType os_type;
    uint64_t max_memory_kib, memory_kib;
    unsigned max_vcpus, vcpus;
} RvDefinitionSummary;

typedef struct RvDefinition RvDefinition;

/* Formats `def` (live, where it has an id): the full text, and, where it has secrets, a second one
 * without. */
RvDefinition *rv_definition_new(const RvDomainDef *def);

/* From what the store kept; `public_text` is NULL where it would equal `text`. Copies all. */
RvDefinition *rv_definition_load(const RvDefinitionSummary *summary, const char *text,
                                 const char *public_text);

RvDefinition *rv_definition_ref(RvDefinition *definition);
void rv_definition_unref(RvDefinition *definition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvDefinition, rv_definition_unref)

const RvDefinitionSummary *rv_definition_summary(const RvDefinition *definition);
const char *rv_definition_text(const RvDefinition *definition, bool with_secrets);

/* Parses the text again. It was accepted once, but by which version? So this can fail. */
G_GNUC_WARN_UNUSED_RESULT RvDomainDef *rv_definition_parse(const RvDefinition *definition,
                                                           GError **error);
