/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Controllers: what libvirt's driver refuses when a domain is defined. */

#include "base/error.h"
#include "drivers/kvm/check-devices.h"
#include "drivers/kvm/machine.h"

#include <string.h>

#define XHCI_PORTS 15

typedef struct {
    const RvDomainDef *def;
    const RvController *controller;
    const KvmMachineFamily *family;
} Case;

static bool is_type(const Case *c, RvControllerType type)
{
    return c->controller->type == type;
}

static bool is_model(const Case *c, const char *model)
{
    return !g_strcmp0(c->controller->model, model);
}

static bool is_root(const Case *c)
{
    return is_type(c, RV_CONTROLLER_PCI) && (is_model(c, "pci-root") || is_model(c, "pcie-root"));
}

static bool root_is_not_first(const Case *c)
{
    return c->controller->index > 0 && !c->family->many_roots && is_root(c);
}

static bool bridge_is_first(const Case *c)
{
    return is_type(c, RV_CONTROLLER_PCI) && c->controller->index == 0 && c->controller->model &&
           !is_root(c);
}

static bool target_of_others(const Case *c)
{
    return is_type(c, RV_CONTROLLER_PCI) && c->controller->pci.index >= 0 &&
           !(is_model(c, "pci-root") && c->family->many_roots);
}

static bool target_is_not_first(const Case *c)
{
    return is_type(c, RV_CONTROLLER_PCI) && c->controller->pci.index >= 0 &&
           !c->controller->index != !c->controller->pci.index;
}

static bool has_node(const Case *c)
{
    return is_type(c, RV_CONTROLLER_PCI) && c->controller->pci.node >= 0;
}

static bool may_have_node(const Case *c)
{
    bool expands = is_model(c, "pci-expander-bus") || is_model(c, "pcie-expander-bus");
    bool is_further_root = is_root(c) && c->family->many_roots && c->controller->index > 0;
    return expands || is_further_root;
}

static bool node_of_others(const Case *c)
{
    return has_node(c) && !may_have_node(c);
}

static bool node_is_missing(const Case *c)
{
    return has_node(c) && may_have_node(c) &&
           c->controller->pci.node >= (int)c->def->numa.cells->len;
}

static bool xhci_is_full(const Case *c)
{
    return is_type(c, RV_CONTROLLER_USB) && (is_model(c, "qemu-xhci") || is_model(c, "nec-xhci")) &&
           c->controller->ports > XHCI_PORTS;
}

static bool usb_of_xen(const Case *c)
{
    return is_type(c, RV_CONTROLLER_USB) && (is_model(c, "qusb1") || is_model(c, "qusb2"));
}

static bool scsi_of_others(const Case *c)
{
    return is_type(c, RV_CONTROLLER_SCSI) && (is_model(c, "auto") || is_model(c, "buslogic"));
}

static bool esp_is_not_first(const Case *c)
{
    return is_type(c, RV_CONTROLLER_SCSI) && is_model(c, "ncr53c90") && c->controller->index > 0;
}

static bool ide_of_others(const Case *c)
{
    return is_type(c, RV_CONTROLLER_IDE) && (c->controller->index > 0 || !c->family->has_ide);
}

static const struct {
    bool (*is_wrong)(const Case *c);
    const char *path, *message;
    int code; /* 0: RV_ERR_CONFIG_UNSUPPORTED */
} rules[] = {
    {root_is_not_first, "@index", "this machine has one root, and it has index 0", RV_ERR_XML},
    {bridge_is_first, "@index", "index 0 is the root's"},
    {target_of_others, "target/@index", "only the roots of a pseries machine have it"},
    {target_is_not_first, "target/@index",
     "the controller with index 0 has target index 0, and no other has"},
    {node_of_others, "target/node", "only expander buses and further roots belong to a NUMA node"},
    {node_is_missing, "target/node", "the guest has no such NUMA node: <cpu><numa> says which",
     RV_ERR_XML},
    {xhci_is_full, "@ports", "a controller of this model has 15 ports at most"},
    {usb_of_xen, "@model", "models qusb1 and qusb2 are Xen's: choose qemu-xhci"},
    {scsi_of_others, "@model", "QEMU has no such model: choose virtio-scsi"},
    {esp_is_not_first, "@index", "ncr53c90 can be the first SCSI controller only"},
    {ide_of_others, "@index", "this machine has one IDE controller or none, and cannot have more"},
};

void kvm_check_controllers(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    const KvmMachineFamily *family = kvm_machine_family(def->os.arch, def->os.machine);
    for (unsigned i = 0; i < def->controllers->len; i++) {
        const Case c = {def, def->controllers->pdata[i], family};
        rv_diagnostics_about(diagnostics, c.controller->device.origin);
        for (unsigned rule = 0; rule < G_N_ELEMENTS(rules); rule++) {
            if (!rules[rule].is_wrong(&c))
                continue;
            g_autofree char *path = g_strdup_printf("domain/devices/controller/%s",
                                                    rules[rule].path);
            kvm_refuse(diagnostics, rules[rule].code, path, NULL, "%s controller %d: %s",
                       rv_controller_type_to_string(c.controller->type), c.controller->index,
                       rules[rule].message);
        }
    }
}
