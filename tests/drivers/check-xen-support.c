/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What keeps a domain from starting under Xen, and what does not: nothing is ignored in silence. */
#include "base/error.h"
#include "drivers/xen/config.h"
#include "drivers/xen/xen.h"
#include "model/support.h"
#include "model/xml-table.h"
#include "tests/check-main.h"

#define HOSTDEV(type, parts)                                                                       \
    "<hostdev mode='subsystem' type='" type "'>" parts "</hostdev>"
#define PCI(attributes) HOSTDEV("pci", "<source " attributes ">"                                   \
                                "<address domain='0' bus='1' slot='2' function='3'/></source>")
#define DISK(attributes, parts) "<disk " attributes "><target dev='xvda' bus='xen'/>" parts "</disk>"
#define NIC(parts) "<interface type='bridge'><source bridge='br0'/>" parts "</interface>"
#define CPU(parts) "<cpu mode='host-passthrough'>" parts "</cpu>"

/* Each can start. */
static const struct {
    const char *type, *head, *devices;
} good[] = {
    {"linux", "<bootloader>pygrub</bootloader><bootloader_args>-q</bootloader_args>",
     DISK("type='block'", "<driver name='phy' type='raw'/><source dev='/dev/x'/><readonly/>")},
    {"linux", "<features><xen><e820_host state='on'/></xen></features>",
     PCI("writeFiltering='no'") "<graphics type='vnc' port='-1' listen='0.0.0.0' keymap='de'/>"},
    {"linux", "<clock offset='variable' adjustment='-9' basis='utc'>"
              "<timer name='tsc' mode='emulate'/></clock>",
     NIC("<bandwidth><outbound average='9'/></bandwidth><script path='vif-route'/>"
         "<ip address='10.0.0.2' family='ipv4'/><backenddomain name='net'/>"
         "<virtualport type='openvswitch'/><vlan trunk='yes'><tag id='4'/></vlan>")},
    {"linux", "", "<interface type='network'><source network='n'/></interface>"
                  DISK("type='volume'", "<source pool='p' volume='v'/>")},
    {"linux", CPU("<numa><cell id='0' cpus='0' memory='65536'/></numa>"),
     DISK("type='network'", "<driver name='qemu' type='raw'/><source protocol='rbd' name='p/i'>"
          "<host name='a' port='1'/><config file='/c'/></source>")
     "<channel type='pty'><target type='xen' name='a'/></channel>"
     "<channel type='unix'><source mode='bind' path='/x'/><target type='xen' name='b'/></channel>"},
    {"xenpvh", "<features><acpi/><apic/><hap state='on'/></features>"
     CPU("<feature policy='disable' name='avx'/>"),
     HOSTDEV("usb", "<source><vendor id='1'/><product id='2'/></source>")
     "<controller type='usb' index='0' model='qusb1' ports='3'/>"
     "<controller type='xenbus' maxGrantFrames='9' maxEventChannels='99'/>"},
    {"linux", "<xen:commandline><xen:arg value='-a'/></xen:commandline>",
     "<graphics type='sdl' display=':1' xauth='/x'/>"},
    {"hvm", "<features><acpi/><apic/><pae/><viridian/><xen><passthrough state='on' mode='sync_pt'/>"
            "</xen></features><clock offset='localtime'><timer name='hpet' present='no'/></clock>"
            CPU("<feature policy='require' name='svm'/>"),
     "<sound model='ich6'/><input type='tablet' bus='usb'/><video><model type='qxl'/></video>"
     "<graphics type='spice' autoport='yes'><mouse mode='server'/><clipboard copypaste='yes'/>"
     "</graphics>"},
    {"hvm", "<xen:commandline><xen:arg value='-a'/></xen:commandline>",
     "<serial type='tcp'><source mode='bind' host='::1' service='1'/><protocol type='telnet'/>"
     "<target port='0'/></serial>"
     "<serial type='udp'><source mode='connect' host='h' service='1'/><target port='2'/></serial>"
     "<serial type='file'><source path='/x'/><target port='1'/></serial>"
     "<console type='pty'><target type='xen'/></console>"},
};

static RvDiagnostics *examine(const char *type, const char *head, const char *devices)
{
    g_autofree char *text = g_strdup_printf(
        "<domain type='xen' xmlns:xen='http://libvirt.org/schemas/domain/xen/1.0'>"
        "<name>x</name><memory>65536</memory><os><type arch='x86_64'>%s</type></os>%s"
        "<devices>%s</devices></domain>", type, head, devices);
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(text, strlen(text), NULL, &error);
    ck_assert_msg(def != NULL, "%s: %s", text, error ? error->message : "");
    const RvDefinitionOps *ops = rv_xen_driver.definition;
    ck_assert_msg(ops->complete(NULL, def, &error), "%s: %s", text, error ? error->message : "");
    RvDiagnostics *told = rv_diagnostics_new();
    rv_support_check(ops->support, "xen", &rv_domain_xml, "domain", def, RV_DIAGNOSTIC_ERROR, told);
    ops->check_start(NULL, def, RV_DIAGNOSTIC_ERROR, told);
    json_t *config = xen_config_new(def, &error);
    if (!config)
        rv_diagnostics_add(told, RV_DIAGNOSTIC_ERROR, RV_ERR_INTERNAL, 0, 0, "domain", NULL, "%s",
                           error->message);
    json_decref(config);
    return told;
}

START_TEST(starts)
{
    g_autoptr(RvDiagnostics) told = examine(good[_i].type, good[_i].head, good[_i].devices);
    g_autofree char *text = rv_diagnostics_to_text(told);
    ck_assert_msg(rv_diagnostics_count(told, RV_DIAGNOSTIC_ERROR) == 0, "%d: %s", _i, text);
}
END_TEST

/* Each is refused, with one message that has this in its text. */
static const struct {
    const char *type, *head, *devices, *message;
} bad[] = {
    {"hvm", "<bootloader>pygrub</bootloader>", "", "boots by its firmware"},
    {"linux", "<features><acpi/></features>", "", "neither ACPI nor an APIC"},
    {"linux", "<features><hap state='off'/></features>", "", "pages by Xen alone"},
    {"xenpvh", "<features><viridian/></features>", "", "only an HVM guest"},
    {"hvm", "<features><xen><e820_host state='on'/></xen></features>", "", "only a PV guest"},
    {"linux", CPU("<feature policy='disable' name='avx'/>"), "", "sees the CPU of its host"},
    {"hvm", "<cpu mode='custom'><model>core2duo</model></cpu>", "", "cpu/@mode"},
    {"xenpvh", "<clock offset='utc'><timer name='hpet'/></clock>", "", "HPET"},
    {"hvm", "<clock offset='utc'><timer name='pit'/></clock>", "", "clock/timer/@name"},
    {"hvm", "<clock offset='utc'><timer name='tsc' present='no'/></clock>", "", "has its TSC"},
    {"hvm", "<clock offset='timezone' timezone='UTC'/>", "", "clock/@offset"},
    {"hvm", "<xen:commandline><xen:arg value='-a'/></xen:commandline>",
     "<parallel type='pty'/>", "parallel"},
    {"linux", "<xen:commandline><xen:arg value='-a'/></xen:commandline>", "", "no device model"},
    {"linux", "", "<serial type='pty'/>", "no serial ports"},
    {"linux", "", "<console type='file'><source path='/x'/></console>", "is a terminal"},
    {"xenpvh", "", "<console type='pty'/><console type='pty'/>", "one console of type xen"},
    {"linux", "", "<channel type='unix'><source mode='connect' path='/x'/>"
                  "<target type='xen' name='a'/></channel>", "listens"},
    {"linux", "", "<graphics type='spice'/>", "SPICE is for HVM"},
    {"linux", "", "<graphics type='vnc'/><graphics type='vnc'/>", "one screen"},
    {"linux", "", "<graphics type='vnc'/><video><model type='vga'/></video>", "framebuffer"},
    {"linux", "", "<sound model='ac97'/>", "only an HVM guest has sound"},
    {"hvm", "", "<sound model='ac97'/><sound model='sb16'/>", "one sound card"},
    {"hvm", "", "<video><model type='vga' vram='4096'/></video>", "at least 16384 KiB"},
    {"hvm", "", "<memballoon model='none'/>", "memballoon"},
    {"hvm", "", "<controller type='usb' model='piix3-uhci'/>", "qusb1"},
    {"hvm", "", HOSTDEV("scsi", "<source><adapter name='scsi_host0'/>"
                        "<address bus='0' target='0' unit='0'/></source>"), "hostdev/@type"},
    {"linux", "", DISK("type='file' device='cdrom'", ""), "has to have a medium"},
    {"linux", "", DISK("type='network'", "<source protocol='nbd' name='p'><host name='a'/></source>"),
     "protocol"},
    {"linux", "", NIC("<model type='e1000'/>"), "netfront"},
    {"linux", "", "<interface type='direct'><source dev='n'/></interface>",
     "interface/@type"},
    {"hvm", "", "<watchdog model='i6300esb'/>", "watchdog"},
    {"hvm", "", "<tpm model='tpm-tis'><backend type='passthrough'/></tpm>", "tpm"},
};

START_TEST(refuses)
{
    g_autoptr(RvDiagnostics) told = examine(bad[_i].type, bad[_i].head, bad[_i].devices);
    g_autofree char *text = rv_diagnostics_to_text(told);
    ck_assert_msg(rv_diagnostics_count(told, RV_DIAGNOSTIC_ERROR) > 0, "%d: nothing", _i);
    ck_assert_msg(strstr(text, bad[_i].message), "%d: %s", _i, text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen-support");
    TCase *cases = tcase_create("support");
    tcase_add_loop_test(cases, starts, 0, G_N_ELEMENTS(good));
    tcase_add_loop_test(cases, refuses, 0, G_N_ELEMENTS(bad));
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
