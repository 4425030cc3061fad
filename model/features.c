/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/features.h"

#include "base/error.h"

#define LEAST_RING 1024
#define MOST_RING 65536

static const char *const gic_names[] = {"host", "2", "3", NULL};
static const char *const ioapic_names[] = {"qemu", "kvm", NULL};
static const char *const resizing_names[] = {"enabled", "disabled", "required", NULL};
static const char *const msrs_names[] = {"ignore", "fault", NULL};
static const char *const mitigation_names[] = {"broken", "workaround", "fixed", NULL};
static const char *const passthrough_names[] = {"sync_pt", "share_pt", NULL};
static const char *const ibs_names[] = {"broken",    "workaround", "fixed-ibs",
                                        "fixed-ccd", "fixed-na",   NULL};

#define STATE(Struct, ...)                                                                         \
    RV_XML_ATTRIBUTE(Struct, state, "state", enum, .names = rv_tristate_switch_names, .min = 1,    \
                     .doc = "Whether the guest has it.", __VA_ARGS__)

/* A feature whose state may be left out, and one where it may not. */
#define SWITCH(Struct, field, name_, ...)                                                          \
    RV_XML_LEAF(Struct, field, name_, enum, .attribute = "state",                                  \
                .names = rv_tristate_switch_names, .min = 1, __VA_ARGS__)
#define OPTION(field, name_, doc_)                                                                 \
    SWITCH(RvFeatures, field, name_, .bare = RV_TRISTATE_ON, .flags = RV_XML_ABI, .doc = doc_)
#define STATED(Struct, field, name_, doc_)                                                         \
    SWITCH(Struct, field, name_, .flags = RV_XML_NOT_EMPTY | RV_XML_ABI, .doc = doc_)
#define CHOICE(field, name_, attribute_, names_, ...)                                              \
    RV_XML_LEAF(RvFeatures, field, name_, string, .attribute = (attribute_), .names = (names_),    \
                __VA_ARGS__)

/* ---- Those with parts ----------------------------------------------------------------------- */

static const RvXmlRow apic_rows[] = {
    RV_XML_ATTRIBUTE(RvApic, eoi, "eoi", enum, .names = rv_tristate_switch_names, .min = 1,
                     .flags = RV_XML_ABI, .doc = "Paravirtual end of interrupts."),
};
static const RvXmlType apic = {
    .doc = "Interrupts for more than one CPU.",
    .size = sizeof(RvApic),
    RV_XML_ROWS(apic_rows),
};

static const RvXmlRow dirty_ring_rows[] = {
    STATE(RvDirtyRing, .flags = RV_XML_REQUIRED),
    RV_XML_ATTRIBUTE(RvDirtyRing, size, "size", count, .min = LEAST_RING, .max = MOST_RING,
                     .flags = RV_XML_REQUIRED,
                     RV_XML_WHEN(RvDirtyRing, state, RV_XML_BIT(RV_TRISTATE_ON)),
                     .doc = "Entries for each virtual CPU: a power of two."),
};

static void check_dirty_ring(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvDirtyRing *ring = object;
    if (ring->size & (ring->size - 1))
        rv_xml_error(reader, RV_ERR_XML, node, "size", "it must be a power of two");
}

static const RvXmlType dirty_ring = {
    .size = sizeof(RvDirtyRing),
    RV_XML_ROWS(dirty_ring_rows),
    .check = check_dirty_ring,
};

static const RvXmlRow kvm_rows[] = {
    STATED(RvKvmFeatures, hidden, "hidden", "The guest cannot tell that it runs on KVM."),
    STATED(RvKvmFeatures, hint_dedicated, "hint-dedicated",
           "The guest's CPUs have the host's for themselves."),
    STATED(RvKvmFeatures, poll_control, "poll-control",
           "The guest decides about polling before it halts."),
    STATED(RvKvmFeatures, pv_ipi, "pv-ipi", "Paravirtual interrupts between CPUs."),
    RV_XML_CHILD(RvKvmFeatures, dirty_ring, "dirty-ring", &dirty_ring,
                 .doc = "Changed memory is tracked by rings."),
};
static const RvXmlType kvm = {
    .doc = "Features of KVM.",
    .size = sizeof(RvKvmFeatures),
    RV_XML_ROWS(kvm_rows),
    .unknown_code = RV_ERR_CONFIG_UNSUPPORTED,
};

static const RvXmlRow passthrough_rows[] = {
    RV_XML_ATTRIBUTE(RvXenFeatures, passthrough, "state", enum, .names = rv_tristate_switch_names,
                     .min = 1, .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "Whether it can be."),
    RV_XML_ATTRIBUTE(RvXenFeatures, passthrough_mode, "mode", string, .names = passthrough_names,
                     .flags = RV_XML_ABI,
                     RV_XML_WHEN(RvXenFeatures, passthrough, RV_XML_BIT(RV_TRISTATE_ON)),
                     .doc = "The IOMMU's page tables: synced with the guest's, or shared."),
};
static const RvXmlType passthrough = {RV_XML_ROWS(passthrough_rows)};

static const RvXmlRow xen_rows[] = {
    STATED(RvXenFeatures, e820_host, "e820_host",
           "The guest sees the host's map of memory, as PCI devices in a PV guest want."),
    RV_XML_GROUP("passthrough", &passthrough,
                 .doc = "Whether PCI devices can be given to the guest."),
};
static const RvXmlType xen = {
    .doc = "Features of Xen.",
    .size = sizeof(RvXenFeatures),
    RV_XML_ROWS(xen_rows),
    .unknown_code = RV_ERR_CONFIG_UNSUPPORTED,
};

static const RvXmlRow gic_rows[] = {
    RV_XML_ATTRIBUTE(RvGic, version, "version", string, .names = gic_names, .flags = RV_XML_ABI,
                     .doc = "Its version; host: as the host's."),
};
static const RvXmlType gic = {
    .doc = "ARM's interrupt controller.",
    .size = sizeof(RvGic),
    RV_XML_ROWS(gic_rows),
};

static const RvXmlRow smm_rows[] = {
    STATE(RvSmm, .flags = RV_XML_ABI, .fallback = "on"),
    RV_XML_LEAF(RvSmm, tseg, "tseg", size_mib, .flags = RV_XML_ABI, .max = UINT32_MAX,
                RV_XML_WHEN(RvSmm, state, RV_XML_BIT(RV_TRISTATE_ON) |
                            RV_XML_BIT(RV_TRISTATE_ABSENT)),
                .doc = "How much memory it has."),
};

static void check_smm(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvSmm *smm = object;
    if (!smm->state)
        smm->state = RV_TRISTATE_ON;
}

static const RvXmlType smm = {
    .doc = "System management mode, which secure boot needs.",
    .size = sizeof(RvSmm),
    RV_XML_ROWS(smm_rows),
    .check = check_smm,
};

static const RvXmlRow hpt_rows[] = {
    RV_XML_ATTRIBUTE(RvFeatures, hpt_resizing, "resizing", string, .names = resizing_names,
                     .flags = RV_XML_ABI, .doc = "Whether the guest can resize it."),
    RV_XML_LEAF(RvFeatures, hpt_page_kib, "maxpagesize", kib, .flags = RV_XML_ABI,
                .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "The largest page in it."),
};
static const RvXmlType hpt = {RV_XML_ROWS(hpt_rows)};

static const RvXmlRow tcg_rows[] = {
    RV_XML_LEAF(RvFeatures, tcg_cache_kib, "tb-cache", kib, .doc = "Room for translated blocks."),
};
static const RvXmlType tcg = {RV_XML_ROWS(tcg_rows)};

/* ---- All of them ---------------------------------------------------------------------------- */

static const RvXmlRow rows[] = {
    RV_XML_FLAG(RvFeatures, acpi, "acpi", .flags = RV_XML_ABI,
                .doc = "Needed by most guests to shut down when asked."),
    RV_XML_CHILD(RvFeatures, apic, "apic", &apic, .flags = RV_XML_ABI),
    RV_XML_FLAG(RvFeatures, pae, "pae", .flags = RV_XML_ABI,
                .doc = "More than 4 GiB for a guest of 32 bits."),
    OPTION(hap, "hap", "The processor's help with page tables (Xen)."),
    RV_XML_FLAG(RvFeatures, viridian, "viridian", .flags = RV_XML_ABI,
                .doc = "Enlightenments of Hyper-V (Xen)."),
    RV_XML_FLAG(RvFeatures, privnet, "privnet", .flags = RV_XML_ABI,
                .doc = "A network of its own, even without interfaces (containers)."),
    RV_XML_CHILD(RvFeatures, hyperv, "hyperv", &rv_hyperv_xml, .flags = RV_XML_ABI),
    RV_XML_CHILD(RvFeatures, kvm, "kvm", &kvm, .flags = RV_XML_ABI),
    OPTION(pvspinlock, "pvspinlock", "Paravirtual spinlocks."),
    RV_XML_EMBED(RvFeatures, capabilities, "capabilities", &rv_capabilities_xml),
    OPTION(pmu, "pmu", "Performance counters."),
    OPTION(vmport, "vmport", "VMware's I/O port, for its mouse."),
    RV_XML_CHILD(RvFeatures, gic, "gic", &gic, .flags = RV_XML_ABI),
    RV_XML_CHILD(RvFeatures, smm, "smm", &smm, .flags = RV_XML_ABI),
    CHOICE(ioapic, "ioapic", "driver", ioapic_names, .flags = RV_XML_ABI,
           .doc = "Who emulates the I/O APIC."),
    RV_XML_GROUP("hpt", &hpt, .doc = "The hashed page table (pSeries)."),
    OPTION(vmcoreinfo, "vmcoreinfo", "The guest can tell where its kernel's state is."),
    STATED(RvFeatures, htm, "htm", "Hardware transactional memory (pSeries)."),
    STATED(RvFeatures, nested_hv, "nested-hv", "Nested virtualization (pSeries)."),
    CHOICE(msrs_unknown, "msrs", "unknown", msrs_names, .flags = RV_XML_NOT_EMPTY | RV_XML_ABI,
           .doc = "What happens when the guest uses a register that is not known."),
    STATED(RvFeatures, ccf_assist, "ccf-assist", "Help with count cache flushes (pSeries)."),
    RV_XML_CHILD(RvFeatures, xen, "xen", &xen, .flags = RV_XML_ABI),
    CHOICE(cfpc, "cfpc", "value", mitigation_names, .flags = RV_XML_ABI,
           .doc = "Flushing of the cache between privileges (pSeries)."),
    CHOICE(sbbc, "sbbc", "value", mitigation_names, .flags = RV_XML_ABI,
           .doc = "Speculation barriers (pSeries)."),
    CHOICE(ibs, "ibs", "value", ibs_names, .flags = RV_XML_ABI,
           .doc = "Speculation of indirect branches (pSeries)."),
    RV_XML_GROUP("tcg", &tcg, .doc = "Emulation by translation."),
};

const RvXmlType rv_features_xml = {
    .doc = "Features of the machine.",
    .size = sizeof(RvFeatures),
    RV_XML_ROWS(rows),
    .unknown_code = RV_ERR_CONFIG_UNSUPPORTED,
};
