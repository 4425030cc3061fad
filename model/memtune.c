/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/memtune.h"

static const RvXmlRow rows[] = {
    RV_XML_LEAF(RvMemtune, hard_limit, "hard_limit", kib, .fallback = "none",
                .doc = "All that the guest and its emulator may take."),
    RV_XML_LEAF(RvMemtune, soft_limit, "soft_limit", kib, .fallback = "none",
                .doc = "What is left to them when the host is short of memory."),
    RV_XML_LEAF(RvMemtune, min_guarantee, "min_guarantee", kib,
                .doc = "What the guest is never left without."),
    RV_XML_LEAF(RvMemtune, swap_hard_limit, "swap_hard_limit", kib, .fallback = "none",
                .doc = "Memory and swap together."),
};

static void check(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvMemtune *tune = object;
    uint64_t *const limits[] = {&tune->hard_limit, &tune->soft_limit, &tune->swap_hard_limit};
    for (unsigned i = 0; i < G_N_ELEMENTS(limits); i++) {
        if (*limits[i] >= RV_MEMORY_UNLIMITED_KIB)
            *limits[i] = 0;
    }
}

const RvXmlType rv_memtune_xml = {
    .doc = "Limits of the memory that the guest and its emulator take on the host.",
    .size = sizeof(RvMemtune),
    RV_XML_ROWS(rows),
    .check = check,
};
