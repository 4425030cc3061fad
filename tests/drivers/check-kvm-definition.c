/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What becomes of documents: the completed definition and the emulator's arguments, both compared
 * with golden files (RV_TEST_REGENERATE=1 writes them), and what is refused. The completed golden
 * files are what libvirtd 9.0.0 writes for the same documents.
 */
#include "drivers/kvm/alias.h"
#include "drivers/kvm/check.h"
#include "drivers/kvm/command-line.h"
#include "drivers/kvm/defaults.h"
#include "drivers/kvm/support.h"
#include "model/xml-table.h"
#include "tests/check-main.h"

static KvmEmulator *emulator;

/* A small QEMU 7.2, so that no emulator is needed here. */
static void make_emulator(void)
{
    static const struct {
        const char *name, *alias;
        unsigned max_cpus;
        bool is_default;
    } machines[] = {{"pc-i440fx-7.2", "pc", 255, true},
                    {"pc-i440fx-2.12", NULL, 255, false},
                    {"pc-q35-7.2", "q35", 288, false},
                    {"isapc", NULL, 1, false}};
    static const char *const devices[] = {
        "piix3-usb-uhci", "qemu-xhci", "ich9-usb-ehci1", "ich9-usb-uhci1", "ich9-usb-uhci2",
        "ich9-usb-uhci3", "lsi53c895a", "virtio-scsi-pci", "ahci", "virtio-serial-pci",
        "pci-bridge", "pcie-root-port", "pcie-pci-bridge", "virtio-net-pci", "e1000", "e1000e",
        "rtl8139", "usb-tablet", "usb-kbd", "virtio-keyboard-pci", "VGA", "cirrus-vga",
        "virtio-vga", "virtio-balloon-pci", "virtio-rng-pci"};
    static const char *const cpus[] = {"qemu64", "Nehalem", "EPYC"};
    const KvmProgram program = {1, 2, 3, 4, 5};
    emulator = kvm_emulator_new("/usr/bin/qemu-system-x86_64", &program);
    emulator->arch = g_strdup("x86_64");
    emulator->version = 7002022;
    emulator->package = g_strdup("test");
    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
        KvmMachine *machine = kvm_emulator_add_machine(emulator, machines[i].name);
        machine->alias = g_strdup(machines[i].alias);
        machine->cpu = g_strdup("qemu64");
        machine->max_cpus = machines[i].max_cpus;
        machine->is_default = machines[i].is_default;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++)
        g_hash_table_add(emulator->devices, g_strdup(devices[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(cpus); i++)
        kvm_emulator_add_cpu(emulator, cpus[i])->usable = true;
}

static void free_emulator(void)
{
    kvm_emulator_unref(emulator);
}

/* ---- Golden files ------------------------------------------------------------------------- */

static char *data_path(const char *name, const char *suffix)
{
    const char *srcdir = getenv("srcdir");
    return g_strdup_printf("%s/tests/drivers/data/%s%s", srcdir ? srcdir : ".", name, suffix);
}

static char *read_data(const char *name, const char *suffix)
{
    g_autofree char *path = data_path(name, suffix);
    char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    ck_assert_msg(text != NULL, "%s", error ? error->message : path);
    return text;
}

/* Whole documents are too long for Check's own message. */
static void same(const char *a, const char *b)
{
    size_t at = 0;
    while (a[at] && a[at] == b[at])
        at++;
    ck_assert_msg(a[at] == b[at], "they differ: ...%.200s\nand: ...%.200s", a + at, b + at);
}

static void compare(const char *name, const char *suffix, const char *text)
{
    if (getenv("RV_TEST_REGENERATE")) {
        g_autofree char *path = data_path(name, suffix);
        ck_assert(g_file_set_contents(path, text, -1, NULL));
        return;
    }
    g_autofree char *golden = read_data(name, suffix);
    same(golden, text);
}

static RvDomainDef *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    RvDomainDef *def = rv_domain_def_parse(text, strlen(text), NULL, &error);
    ck_assert_msg(def != NULL, "%s", error ? error->message : "");
    if (!def->os.arch)
        def->os.arch = g_strdup("x86_64");
    if (!def->emulator)
        def->emulator = g_strdup(emulator->path);
    return def;
}

static void complete(RvDomainDef *def)
{
    g_autoptr(GError) error = NULL;
    bool done = kvm_defaults_fill(def, emulator, &error);
    ck_assert_msg(done, "%s", error ? error->message : "");
}

static const char *const golden[] = {"minimal", "simple", "q35", "kernel", "many", "bridges",
                                     "usb2"};

START_TEST(completes)
{
    g_autofree char *text = read_data(golden[_i], ".xml");
    g_autoptr(RvDomainDef) def = parse(text);
    complete(def);
    g_autofree char *completed = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    compare(golden[_i], ".complete.xml", completed);
}
END_TEST

static const char *const foreign[] = {"aarch64", "armv7l", "riscv64", "ppc64", "s390x"};

/* By an emulator that has all devices, and whose CPUs are not known; else as libvirtd has them. */
START_TEST(completes_foreign)
{
    g_autofree char *text = read_data(foreign[_i], ".xml");
    g_autoptr(RvDomainDef) def = parse(text);
    g_autoptr(GError) error = NULL;
    ck_assert_msg(kvm_defaults_fill(def, NULL, &error), "%s", error ? error->message : "");
    g_autofree char *completed = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    compare(foreign[_i], ".complete.xml", completed);
}
END_TEST

/* Completing what is complete changes nothing. Reading puts devices in order, as libvirt's does, so
 * that what is written may change once when it is read again, but not twice. */
START_TEST(completes_once)
{
    g_autofree char *text = read_data(golden[_i], ".xml");
    g_autoptr(RvDomainDef) def = parse(text);
    complete(def);
    g_autofree char *first = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    complete(def);
    g_autofree char *second = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    same(first, second);

    g_autofree char *again = NULL;
    for (int i = 0; i < 2; i++) {
        g_autoptr(RvDomainDef) reread = parse(again ? again : first);
        complete(reread);
        g_autofree char *written = rv_domain_def_format(reread, RV_FORMAT_SECRETS);
        if (again)
            same(again, written);
        g_free(again);
        again = g_steal_pointer(&written);
    }
}
END_TEST

/* Descriptors as a start would number them. */
static void number_fds(const RvDomainDef *def, KvmLaunch *launch)
{
    int next = 3;
    launch->fds = g_hash_table_new(g_direct_hash, g_direct_equal);
    launch->monitor_fd = next++;
    for (guint i = 0; i < def->disks->len; i++) {
        RvDisk *disk = g_ptr_array_index(def->disks, i);
        if (disk->source.path)
            g_hash_table_insert(launch->fds, disk, GINT_TO_POINTER(next++));
    }
    for (guint i = 0; i < def->channels->len; i++)
        g_hash_table_insert(launch->fds, g_ptr_array_index(def->channels, i),
                            GINT_TO_POINTER(next++));
}

START_TEST(builds_command_lines)
{
    g_autofree char *text = read_data(golden[_i], ".xml");
    g_autoptr(RvDomainDef) def = parse(text);
    complete(def);
    kvm_assign_aliases(def);
    KvmLaunch launch = {.emulator = emulator};
    number_fds(def, &launch);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) args = kvm_command_line(def, &launch, &error);
    ck_assert_msg(args != NULL, "%s", error ? error->message : "");
    g_ptr_array_add(args, NULL);
    g_autofree char *joined = g_strjoinv("\n", (char **)args->pdata);
    g_autofree char *lines = g_strconcat(joined, "\n", NULL);
    compare(golden[_i], ".args", lines);
    ck_assert_msg(!strstr(lines, "swordfis"), "a password is among the arguments");
    g_hash_table_unref(launch.fds);
}
END_TEST

START_TEST(has_no_faults)
{
    g_autofree char *text = read_data(golden[_i], ".xml");
    g_autoptr(RvDomainDef) def = parse(text);
    complete(def);
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    kvm_check(def, emulator, diagnostics);
    g_autofree char *faults = rv_diagnostics_to_text(diagnostics);
    ck_assert_msg(rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_ERROR) == 0, "%s", faults);
}
END_TEST

/* ---- What is refused ---------------------------------------------------------------------- */

/* Put together to a document: the head's <domain> attributes are fixed. */
typedef struct {
    const char *label, *os, *head, *devices;
    const char *fault; /* part of what is said */
} Refusal;

/* As libvirt's driver, when the domain is defined. */
static const Refusal refused[] = {
    {"paravirtual", "<type>linux</type>", "", "", "not guests of type 'linux'"},
    {"unknown version", "<type machine='pc-i440fx-9.9'>hvm</type>", "", "",
     "has no machine 'pc-i440fx-9.9'"},
    {"too many CPUs", "<type machine='pc'>hvm</type>", "<vcpu>256</vcpu>", "", "more than the 255"},
    {"topology", "<type>hvm</type>",
     "<vcpu>3</vcpu><cpu><topology sockets='1' cores='2' threads='1'/></cpu>", "",
     "topology doesn't match"},
    {"preserve", "<type>hvm</type>", "<on_reboot>preserve</on_reboot>", "", "'preserve'"},
    {"IDE on q35", "<type machine='q35'>hvm</type>", "",
     "<disk><source file='/x'/><target dev='hda'/></disk>", "IDE controllers are unsupported"},
    {"Xen disk", "<type>hvm</type>", "", "<disk><source file='/x'/><target dev='xvda'/></disk>",
     "no bus 'xen'"},
    {"privileged VNC port", "<type>hvm</type>", "", "<graphics type='vnc' port='80'/>",
     "in range [5900,65535]"},
};

/* Defined, but not started: the path with its fault. */
static const Refusal unsupported[] = {
    {"other machine", "<type machine='isapc'>hvm</type>", "", "",
     "domain/os/type/@machine: driver kvm cannot start machines of type 'isapc'"},
    {"firmware", "<type>hvm</type><loader>/x</loader>", "", "", "domain/os/loader: "},
    {"pinned CPUs", "<type>hvm</type>", "<vcpu cpuset='0'>1</vcpu>", "", "domain/vcpu/@cpuset: "},
    {"host-passthrough without KVM", "<type>hvm</type>", "<cpu mode='host-passthrough'/>", "",
     "for domains of type 'kvm' only"},
    {"unknown CPU", "<type>hvm</type>", "<cpu><model>Z80</model></cpu>", "", "'Z80'"},
    {"core dump", "<type>hvm</type>", "<on_crash>coredump-destroy</on_crash>", "",
     "domain/on_crash: "},
    {"relative source", "<type>hvm</type>", "",
     "<disk><source file='x'/><target dev='vda'/></disk>", "not an absolute path"},
    {"transient disk", "<type>hvm</type>", "",
     "<disk><source file='/x'/><target dev='vda'/><transient/></disk>",
     "domain/devices/disk/transient: "},
    {"device of the host's as an interface", "<type>hvm</type>", "",
     "<interface type='direct'><source dev='eth0'/></interface>",
     "domain/devices/interface/@type: driver kvm cannot do 'direct'"},
    {"unknown card", "<type>hvm</type>", "",
     "<interface type='user'><model type='ne3000'/></interface>", "'ne3000'"},
    {"card the emulator lacks", "<type>hvm</type>", "",
     "<interface type='user'><model type='pcnet'/></interface>", "has no device 'pcnet'"},
    {"spice", "<type>hvm</type>", "", "<graphics type='spice'/>", "domain/devices/graphics/@type"},
    {"odd random numbers", "<type>hvm</type>", "",
     "<rng model='virtio'><backend model='random'>/etc/shadow</backend></rng>",
     "not from '/etc/shadow'"},
    {"network console", "<type>hvm</type>", "",
     "<serial type='tcp'><source mode='bind' host='0.0.0.0' service='4444'/></serial>",
     "domain/devices/serial/@type: driver kvm cannot do 'tcp'"},
};

static RvDomainDef *completed(const Refusal *row)
{
    g_autofree char *text = g_strdup_printf(
        "<domain type='qemu'><name>x</name><memory>65536</memory>%s<os>%s</os>"
        "<devices>%s</devices></domain>", row->head, row->os, row->devices);
    RvDomainDef *def = parse(text);
    complete(def);
    return def;
}

START_TEST(refuses)
{
    g_autoptr(RvDomainDef) def = completed(&refused[_i]);
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    kvm_check(def, emulator, diagnostics);
    g_autofree char *faults = rv_diagnostics_to_text(diagnostics);
    ck_assert_msg(strstr(faults, refused[_i].fault) != NULL, "%s: '%s'", refused[_i].label,
                  faults);
}
END_TEST

static char *start_faults(const RvDomainDef *def)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    rv_support_check(&kvm_support, "kvm", &rv_domain_xml, "domain", def, RV_DIAGNOSTIC_ERROR,
                     diagnostics);
    kvm_check_start(def, emulator, RV_DIAGNOSTIC_ERROR, diagnostics);
    return rv_diagnostics_to_text(diagnostics);
}

START_TEST(cannot_start)
{
    g_autoptr(RvDomainDef) def = completed(&unsupported[_i]);
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    kvm_check(def, emulator, diagnostics);
    g_autofree char *faults = rv_diagnostics_to_text(diagnostics);
    ck_assert_msg(!*faults, "%s: '%s'", unsupported[_i].label, faults);
    g_autofree char *reasons = start_faults(def);
    ck_assert_msg(strstr(reasons, unsupported[_i].fault) != NULL, "%s: '%s'",
                  unsupported[_i].label, reasons);
}
END_TEST

START_TEST(can_start)
{
    g_autofree char *text = read_data(golden[_i], ".xml");
    g_autoptr(RvDomainDef) def = parse(text);
    complete(def);
    g_autofree char *faults = start_faults(def);
    ck_assert_msg(!*faults, "%s", faults);
}
END_TEST

/* What cannot even be completed. */
static const struct {
    const char *label, *devices, *fault;
} impossible[] = {
    {"same PCI address",
     "<interface type='user'>"
     "<address type='pci' domain='0' bus='0' slot='5' function='0'/></interface>"
     "<interface type='user'>"
     "<address type='pci' domain='0' bus='0' slot='5' function='0'/></interface>",
     "double use of PCI Address 0000:00:05.0"},
    {"the chipset's address",
     "<controller type='usb' index='0' model='piix3-uhci'>"
     "<address type='pci' domain='0' bus='0' slot='7' function='0'/></controller>",
     "must have PCI address 0:0:1.2"},
    {"another domain",
     "<interface type='user'>"
     "<address type='pci' domain='1' bus='0' slot='5' function='0'/></interface>",
     "Invalid PCI address"},
    {"another machine's bus", "<controller type='pci' index='1' model='pcie-expander-bus'/>",
     "has no controller 'pcie-expander-bus'"},
    {"a USB bus that is not there",
     "<input type='tablet' bus='usb'><address type='usb' bus='7'/></input>",
     "there is no USB controller with index 7"},
    {"a USB port that is not there",
     "<input type='tablet' bus='usb'><address type='usb' bus='0' port='3'/></input>",
     "there is no such port"},
    {"a USB port for two",
     "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>"
     "<input type='mouse' bus='usb'><address type='usb' bus='0' port='1'/></input>",
     "two devices are there"},
    {"a serial port for two",
     "<channel type='pty'><target type='virtio' name='a'/>"
     "<address type='virtio-serial' controller='0' bus='0' port='2'/></channel>"
     "<channel type='pty'><target type='virtio' name='b'/>"
     "<address type='virtio-serial' controller='0' bus='0' port='2'/></channel>",
     "two devices are there"},
};

START_TEST(cannot_complete)
{
    g_autofree char *text = g_strdup_printf(
        "<domain type='qemu'><name>x</name><memory>65536</memory><os><type>hvm</type></os>"
        "<devices>%s</devices></domain>", impossible[_i].devices);
    g_autoptr(RvDomainDef) def = parse(text);
    g_autoptr(GError) error = NULL;
    ck_assert_msg(!kvm_defaults_fill(def, emulator, &error), "%s", impossible[_i].label);
    ck_assert_msg(strstr(error->message, impossible[_i].fault) != NULL, "%s: %s",
                  impossible[_i].label, error->message);
}
END_TEST

/* Hundreds of devices of one kind: each in a place of its own, or refused; never a crash. */
START_TEST(fills_buses)
{
    static const char *const machines[] = {"pc", "q35"};
    for (unsigned n = 1; n < 300; n += 41) {
        g_autoptr(GString) text = g_string_new("<domain type='qemu'><name>x</name><memory>65536"
                                               "</memory>");
        g_string_append_printf(text, "<os><type machine='%s'>hvm</type></os><devices>",
                               machines[_i]);
        for (unsigned i = 0; i < n; i++)
            g_string_append_printf(text, "<interface type='user'><model type='%s'/></interface>",
                                   i % 3 ? "virtio" : "e1000");
        g_string_append(text, "</devices></domain>");
        g_autoptr(RvDomainDef) def = parse(text->str);
        g_autoptr(GError) error = NULL;
        bool done = kvm_defaults_fill(def, emulator, &error);
        ck_assert_msg(done == !error, "%u", n);
        ck_assert_msg(done || n > 200, "%u: %s", n, error ? error->message : "");
        g_autoptr(GHashTable) seen = g_hash_table_new(g_direct_hash, g_direct_equal);
        for (guint i = 0; done && i < def->interfaces->len; i++) {
            const RvInterface *interface = g_ptr_array_index(def->interfaces, i);
            const RvAddress *at = &interface->device.address;
            unsigned key = at->pci.bus << 8 | at->pci.slot << 3 | at->pci.function;
            ck_assert_msg(at->type == RV_ADDRESS_PCI, "%u: no address", i);
            ck_assert_msg(g_hash_table_add(seen, GUINT_TO_POINTER(key)), "%u: twice", i);
        }
    }
}
END_TEST

/* What is known of an emulator survives being written down. */
START_TEST(remembers_emulators)
{
    json_t *json = kvm_emulator_to_json(emulator);
    g_autoptr(KvmEmulator) again = kvm_emulator_from_json(json);
    ck_assert_ptr_nonnull(again);
    json_t *json_again = kvm_emulator_to_json(again);
    ck_assert(json_equal(json, json_again));
    ck_assert(kvm_program_equal(&emulator->program, &again->program));
    ck_assert_str_eq(kvm_emulator_machine(again, "q35")->name, "pc-q35-7.2");
    ck_assert_str_eq(kvm_emulator_machine(again, NULL)->name, "pc-i440fx-7.2");
    json_object_set_new(json, "format", json_integer(0));
    ck_assert_ptr_null(kvm_emulator_from_json(json));
    json_decref(json);
    json_decref(json_again);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kvm-definition");
    TCase *cases = tcase_create("definition");
    tcase_add_unchecked_fixture(cases, make_emulator, free_emulator);
    tcase_add_loop_test(cases, completes, 0, G_N_ELEMENTS(golden));
    tcase_add_loop_test(cases, completes_foreign, 0, G_N_ELEMENTS(foreign));
    tcase_add_loop_test(cases, completes_once, 0, G_N_ELEMENTS(golden));
    tcase_add_loop_test(cases, builds_command_lines, 0, G_N_ELEMENTS(golden));
    tcase_add_loop_test(cases, has_no_faults, 0, G_N_ELEMENTS(golden));
    tcase_add_loop_test(cases, refuses, 0, G_N_ELEMENTS(refused));
    tcase_add_loop_test(cases, cannot_start, 0, G_N_ELEMENTS(unsupported));
    tcase_add_loop_test(cases, can_start, 0, G_N_ELEMENTS(golden));
    tcase_add_loop_test(cases, cannot_complete, 0, G_N_ELEMENTS(impossible));
    tcase_add_loop_test(cases, fills_buses, 0, 2);
    tcase_add_test(cases, remembers_emulators);
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
