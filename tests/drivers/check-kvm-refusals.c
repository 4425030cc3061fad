/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the driver refuses when a domain is defined, with the code that libvirtd 9.0.0 refuses it
 * with. The emulator is not known: what depends on it passes.
 */
#include "base/error.h"
#include "drivers/kvm/check.h"
#include "drivers/kvm/defaults.h"
#include "tests/check-main.h"

#define DISK(attributes, parts) "<disk " attributes "><source file='/x'/>" parts "</disk>"
#define VDA "<target dev='vda' bus='virtio'/>"
#define SDA "<target dev='sda' bus='scsi'/>"
#define MDEV(uuid) "<source><address uuid='" uuid "'/></source>"
#define ONE MDEV("11111111-2222-3333-4444-555555555555")
#define TWO MDEV("11111111-2222-3333-4444-666666666666")
#define SCSI(unit) "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/>"    \
                   "<address bus='0' target='0' unit='" unit "'/></source>"                        \
                   "<address type='drive' controller='0' bus='0' target='0' unit='5'/></hostdev>"

static const struct {
    const char *machine; /* NULL: pc */
    const char *head, *devices;
    const char *path, *message; /* what is told: its place, and a part of its text */
    int code; /* 0: RV_ERR_CONFIG_UNSUPPORTED */
} rows[] = {
    /* disks */
    {NULL, "", DISK("", "<target dev='vda1' bus='virtio'/>"), "disk/target/@dev", "a partition"},
    {NULL, "",
     DISK("", "<target dev='sd-' bus='scsi'/>"
              "<address type='drive' controller='0' bus='0' target='0' unit='0'/>"),
     "disk/target/@dev", "and letters"},
    {NULL, "", DISK("device='cdrom'", VDA), "disk/target/@bus", "cannot eject"},
    {NULL, "", DISK("", "<target dev='sda' bus='sd'/><serial>a</serial>"), "disk/serial",
     "has no serial number", RV_ERR_INTERNAL},
    {NULL, "", DISK("", VDA "<serial>a;b</serial>"), "disk/serial", "letters, digits",
     RV_ERR_INTERNAL},
    {NULL, "", DISK("", VDA "<wwn>5000c50015ea71aa</wwn>"), "disk/wwn", "bus ide or scsi"},
    {NULL, "", DISK("", VDA "<vendor>a</vendor>"), "disk/vendor", "bus scsi"},
    {NULL, "", DISK("", "<target dev='vda' bus='virtio' rotation_rate='5000'/>"),
     "disk/target/@rotation_rate", "rotate", RV_ERR_INTERNAL},
    {NULL, "", DISK("", "<target dev='hda' bus='ide'/><readonly/>"), "disk/readonly", "read-only"},
    {NULL, "",
     DISK("", "<target dev='sda' bus='usb'/>"
              "<address type='pci' domain='0' bus='0' slot='9' function='0'/>"),
     "disk/address/@type", "has a USB address", RV_ERR_INTERNAL},
    {NULL, "", DISK("", "<target dev='sda' bus='usb'/><geometry cyls='9' heads='9' secs='9'/>"),
     "disk/geometry", "no geometry"},
    {NULL, "", DISK("", VDA "<geometry cyls='9' heads='9' secs='9' trans='lba'/>"),
     "disk/geometry/@trans", "bus ide"},
    {NULL, "", DISK("", SDA "<driver name='qemu' iothread='1'/>"), "disk/driver/@iothread",
     "bus virtio"},
    {NULL, "", DISK("", VDA "<driver name='qemu' iothread='1'/>"), "disk/driver/@iothread",
     "no such thread"},
    {NULL, "", DISK("", VDA "<driver name='qemu' copy_on_read='on'/><readonly/>"),
     "disk/driver/@copy_on_read", "cannot be written"},
    {NULL, "", DISK("", VDA "<driver name='qemu' io='native'/>"), "disk/driver/@io", "cache"},
    {NULL, "", DISK("", VDA "<driver name='qemu' type='qcow2'/><shareable/>"), "disk/shareable",
     "format raw"},
    {NULL, "", DISK("", VDA "<readonly/><transient/>"), "disk/transient", "can be transient"},
    {NULL, "", DISK("", "<target dev='sda' bus='sata'/><transient shareBacking='yes'/>"),
     "disk/transient/@shareBacking", "virtio or scsi"},
    {NULL, "", DISK("", VDA "<iotune><group_name>g</group_name></iotune>"),
     "disk/iotune/group_name", "needs limits"},
    {NULL, "",
     DISK("", VDA "<iotune><total_bytes_sec>1000000000000001</total_bytes_sec></iotune>"),
     "disk/iotune", "no more than", RV_ERR_ARGUMENT_UNSUPPORTED},
    {NULL, "", DISK("", VDA "<driver name='qemu' type='cow'/>"), "disk/driver/@type", "'cow'"},
    {NULL, "", DISK("", VDA "<driver name='qemu' type='iso'/>"), "disk/driver/@type", "'raw'"},
    {NULL, "", DISK("", VDA "<driver name='qemu' type='dir'/>"), "disk/driver/@type", "type='dir'"},
    {NULL, "",
     "<disk type='dir'><driver type='fat'/><source dir='/x'/>" VDA "</disk>", "disk/readonly",
     "must be read-only"},
    {NULL, "",
     "<disk type='network'><source protocol='tftp' name='x'><host name='h'/></source>" VDA
     "</disk>", "disk/source", "no more"},
    {NULL, "",
     "<disk type='network'><source protocol='nbd' name='x' query='q'><host name='h'/></source>" VDA
     "</disk>", "disk/source", "http and https"},
    {NULL, "",
     DISK("", "<driver name='qemu' type='vdi'/>" VDA
              "<encryption format='luks'><secret type='passphrase' "
              "uuid='11111111-2222-3333-4444-555555555555'/></encryption>"),
     "disk/source/encryption", "'raw' and 'qcow2'"},
    {NULL, "",
     DISK("", VDA "<encryption format='qcow'><secret type='passphrase' "
                  "uuid='11111111-2222-3333-4444-555555555555'/></encryption>"),
     "disk/source/encryption", "luks"},

    /* controllers */
    {NULL, "", "<controller type='pci' index='7' model='pci-root'/>", "controller/@index",
     "one root", RV_ERR_XML},
    {NULL, "", "<controller type='pci' index='0' model='pci-root'><target><node>0</node></target>"
               "</controller>", "controller/target/node", "expander buses"},
    {NULL, "",
     "<controller type='pci' index='1' model='pci-expander-bus'><target busNr='250'>"
     "<node>3</node></target></controller>", "controller/target/node", "no such NUMA node",
     RV_ERR_XML},
    {NULL, "", "<controller type='usb' model='qemu-xhci' ports='16'/>", "controller/@ports",
     "15 ports"},
    {NULL, "", "<controller type='usb' model='qusb2'/>", "controller/@model", "qemu-xhci"},
    {NULL, "", "<controller type='scsi' model='buslogic'/>", "controller/@model", "virtio-scsi"},
    {NULL, "", "<controller type='ide' index='1'/>", "controller/@index", "one IDE"},
    {"q35", "", "<controller type='ide' index='0'/>", "controller/@index", "one IDE"},

    /* folders */
    {NULL, "", "<filesystem type='block'><source dev='/x'/><target dir='/'/></filesystem>",
     "filesystem/@type", "folders only"},
    {NULL, "",
     "<filesystem><driver type='virtiofs'/><source dir='/x'/><target dir='t'/></filesystem>",
     "memoryBacking/access/@mode", "shared"},
    {NULL, "<memoryBacking><access mode='shared'/></memoryBacking>",
     "<filesystem><driver type='virtiofs'/><source dir='/x'/><target dir='t'/><readonly/>"
     "</filesystem>", "filesystem/readonly", "cannot be read-only"},
    {NULL, "<memoryBacking><access mode='shared'/></memoryBacking>",
     "<filesystem accessmode='mapped'><driver type='virtiofs'/><source dir='/x'/>"
     "<target dir='t'/></filesystem>", "filesystem/@accessmode", "no other mode"},

    /* interfaces */
    {NULL, "",
     "<interface type='user'><model type='virtio'/><driver rx_queue_size='300'/></interface>",
     "interface/driver/@rx_queue_size", "power of two"},
    {NULL, "",
     "<interface type='user'><model type='virtio'/><driver tx_queue_size='300'/></interface>",
     "interface/driver/@tx_queue_size", "power of two"},
    {NULL, "", "<interface type='ethernet'><ip address='10.0.0.1'/></interface>", "interface/ip",
     "type user only"},
    {NULL, "",
     "<interface type='user'><ip address='10.0.0.1'/><ip address='10.0.0.2'/></interface>",
     "interface/ip", "one address"},
    {NULL, "", "<interface type='user'><ip address='10.0.0.1' prefix='30'/></interface>",
     "interface/ip/@prefix", "4 to 27", RV_ERR_XML},
    {NULL, "", "<interface type='user'><ip address='fd::1' family='ipv6' prefix='60'/></interface>",
     "interface/ip/@prefix", "64"},
    {NULL, "", "<interface type='user'><mtu size='1400'/></interface>", "interface/mtu",
     "no size of its own"},
    {NULL, "",
     "<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/><model type='e1000'/></interface>",
     "interface/model/@type", "model virtio"},

    /* devices of the host */
    {NULL, "", "<hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on'>" ONE
               "</hostdev>", "hostdev/@display", "<graphics>"},
    {NULL, "",
     "<hostdev mode='subsystem' type='mdev' model='vfio-pci' ramfb='on'>" ONE "</hostdev>"
     "<hostdev mode='subsystem' type='mdev' model='vfio-pci' ramfb='on'>" TWO "</hostdev>",
     "hostdev/@ramfb", "only one can"},
    {NULL, "", "<hostdev mode='subsystem' type='mdev' model='vfio-ap'>" ONE
               "<boot order='1'/></hostdev>", "hostdev/boot", "mediated"},
    {NULL, "", "<hostdev mode='subsystem' type='scsi_host'>"
               "<source protocol='vhost' wwpn='naa.5123456789abcde0'/><boot order='1'/></hostdev>",
     "hostdev/boot", "vhost"},
    {NULL, "", SCSI("1") SCSI("2"), "hostdev/address", "the same address"},
    {NULL, "", "<hostdev mode='capabilities' type='misc'><source><char>/dev/x</char></source>"
               "</hostdev>", "hostdev/@mode", "containers"},
    {NULL, "", "<hostdev mode='subsystem' type='pci'><source>"
               "<address domain='0' bus='1' slot='0' function='0'/></source>"
               "<address type='pci' domain='0' bus='0' slot='9' function='0'>"
               "<zpci uid='0x10000' fid='1'/></address></hostdev>",
     "address/zpci/@uid", "not from 1 to 0xffff", RV_ERR_XML},

    /* the machine */
    {NULL, "<features><smm state='on'><tseg unit='MiB'>8</tseg></smm></features>", "",
     "features/smm/tseg", "q35"},
    {"q35", "<features><smm state='on'><tseg unit='KiB'>24</tseg></smm></features>", "",
     "features/smm/tseg", "whole MiB"},
};

START_TEST(refuses)
{
    g_autofree char *text = g_strdup_printf(
        "<domain type='qemu'><name>x</name><memory>65536</memory>"
        "<os><type arch='x86_64' machine='%s'>hvm</type></os>%s<devices>"
        "<emulator>/usr/bin/qemu-system-x86_64</emulator>%s</devices></domain>",
        rows[_i].machine ? rows[_i].machine : "pc", rows[_i].head, rows[_i].devices);
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(text, strlen(text), NULL, &error);
    ck_assert_msg(def != NULL, "%s: %s", text, error ? error->message : "");
    ck_assert_msg(kvm_defaults_fill(def, NULL, &error), "%s: %s", text,
                  error ? error->message : "");
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    kvm_check(def, NULL, diagnostics);
    ck_assert_msg(rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_ERROR) == 1, "%s: %s", text,
                  rv_diagnostics_to_text(diagnostics));
    const RvDiagnostic *told = rv_diagnostics_get(diagnostics, 0);
    ck_assert_msg(g_str_has_suffix(told->path, rows[_i].path), "%s: at %s", text, told->path);
    ck_assert_msg(strstr(told->message, rows[_i].message) != NULL, "%s: %s", text, told->message);
    ck_assert_msg(told->code == (rows[_i].code ? rows[_i].code : RV_ERR_CONFIG_UNSUPPORTED),
                  "%s: code %d", text, told->code);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kvm-refusals");
    TCase *cases = tcase_create("refusals");
    tcase_add_loop_test(cases, refuses, 0, G_N_ELEMENTS(rows));
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
