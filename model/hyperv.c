/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/hyperv.h"

#include "base/error.h"

#include <string.h>

#define LEAST_RETRIES 4095

RV_ENUM(rv_hyperv_mode, RvHypervMode, RV_HYPERV_LAST, "none", "custom", "passthrough");

#define STATE(Struct)                                                                              \
    RV_XML_ATTRIBUTE(Struct, state, "state", enum, .names = rv_tristate_switch_names, .min = 1,    \
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "Whether the guest has it.")
#define WHEN_ON(Struct) RV_XML_WHEN(Struct, state, RV_XML_BIT(RV_TRISTATE_ON))

static const RvXmlRow spinlocks_rows[] = {
    STATE(RvHypervSpinlocks),
    RV_XML_ATTRIBUTE(RvHypervSpinlocks, retries, "retries", count, .min = LEAST_RETRIES,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, WHEN_ON(RvHypervSpinlocks),
                     .doc = "How often the guest tries before it tells the host."),
};
static const RvXmlType spinlocks = {
    .size = sizeof(RvHypervSpinlocks),
    RV_XML_ROWS(spinlocks_rows),
};

static const RvXmlRow stimer_rows[] = {
    STATE(RvHypervStimer),
    RV_XML_LEAF(RvHypervStimer, direct, "direct", enum, .attribute = "state",
                .names = rv_tristate_switch_names, .min = 1, .flags = RV_XML_NOT_EMPTY | RV_XML_ABI,
                WHEN_ON(RvHypervStimer), .doc = "Interrupts instead of messages."),
};

static void check_stimer(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvHypervStimer *stimer = object;
    if (stimer->direct == RV_TRISTATE_OFF)
        stimer->direct = RV_TRISTATE_ABSENT;
}

static const RvXmlType stimer = {
    .size = sizeof(RvHypervStimer),
    RV_XML_ROWS(stimer_rows),
    .check = check_stimer,
    .unknown_code = RV_ERR_CONFIG_UNSUPPORTED,
};

static const RvXmlRow vendor_rows[] = {
    STATE(RvHypervVendor),
    RV_XML_ATTRIBUTE(RvHypervVendor, value, "value", string, .max = RV_HYPERV_VENDOR_ID_MAX,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, WHEN_ON(RvHypervVendor),
                     .doc = "What the guest is told of the vendor."),
};

static void check_vendor(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvHypervVendor *vendor = object;
    if (vendor->value && strchr(vendor->value, ','))
        rv_xml_error(reader, RV_ERR_XML, node, "value", "there can be no comma in it");
}

static const RvXmlType vendor = {
    .size = sizeof(RvHypervVendor),
    RV_XML_ROWS(vendor_rows),
    .check = check_vendor,
};

#define SWITCH(field, name_, doc_)                                                                 \
    RV_XML_LEAF(RvHyperv, field, name_, enum, .attribute = "state",                                \
                .names = rv_tristate_switch_names, .min = 1, .flags = RV_XML_NOT_EMPTY | RV_XML_ABI,  \
                .doc = doc_)

static const RvXmlRow rows[] = {
    RV_XML_ATTRIBUTE(RvHyperv, mode, "mode", enum, .names = rv_hyperv_mode_names, .min = 1,
                     .flags = RV_XML_ABI, .fallback = "custom",
                     .doc = "custom: what is listed; passthrough: all that the host has."),
    SWITCH(relaxed, "relaxed", "No watchdog over timers."),
    SWITCH(vapic, "vapic", "A virtual APIC."),
    RV_XML_CHILD(RvHyperv, spinlocks, "spinlocks", &spinlocks, .flags = RV_XML_ABI,
                 .doc = "Spinlocks tell the host when they wait long."),
    SWITCH(vpindex, "vpindex", "Numbers of virtual processors."),
    SWITCH(runtime, "runtime", "How long a processor ran."),
    SWITCH(synic, "synic", "A synthetic interrupt controller."),
    RV_XML_CHILD(RvHyperv, stimer, "stimer", &stimer, .flags = RV_XML_ABI,
                 .doc = "Synthetic timers."),
    SWITCH(reset, "reset", "Reset by the hypervisor."),
    RV_XML_CHILD(RvHyperv, vendor_id, "vendor_id", &vendor, .flags = RV_XML_ABI,
                 .doc = "The hypervisor's vendor."),
    SWITCH(frequencies, "frequencies", "Frequencies of timers."),
    SWITCH(reenlightenment, "reenlightenment", "Notice of migrations."),
    SWITCH(tlbflush, "tlbflush", "TLBs are flushed by the hypervisor."),
    SWITCH(ipi, "ipi", "Interrupts between processors by the hypervisor."),
    SWITCH(evmcs, "evmcs", "Enlightened VMCS."),
    SWITCH(avic, "avic", "With the processor's own APIC virtualization."),
};

static void check(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvHyperv *hyperv = object;
    if (hyperv->mode == RV_HYPERV_NONE)
        hyperv->mode = RV_HYPERV_CUSTOM;
}

const RvXmlType rv_hyperv_xml = {
    .doc = "Enlightenments of Hyper-V.",
    .size = sizeof(RvHyperv),
    RV_XML_ROWS(rows),
    .check = check,
    .unknown_code = RV_ERR_CONFIG_UNSUPPORTED,
};
