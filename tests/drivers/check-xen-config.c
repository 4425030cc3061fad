/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions as libxl's configuration: of our own, and libvirt's examples, where its source package
 * is (REEVE_LIBVIRT_SOURCE, or build/libvirt-source, which the live tests fetch). */
#include "drivers/xen/config.h"

#include "base/error.h"
#include "base/file.h"
#include "drivers/xen/xen.h"
#include "tests/check-main.h"

/* ---- Comparing ------------------------------------------------------------------------------ */

/* What libxl computes itself, and what is for other machines. */
static const char *const not_ours[] = {"shadow_memkb", "arch_arm", NULL};

/* Kernel and boot loader stand with the type in older configurations. */
static void hoist(json_t *object)
{
    static const char *const types[] = {"type.pv", "type.pvh"};
    static const char *const names[] = {"kernel", "ramdisk", "cmdline", "bootloader"};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        json_t *own = json_object_get(object, types[i]);
        for (size_t k = 0; own && k < G_N_ELEMENTS(names); k++) {
            json_t *value = json_object_get(own, names[k]);
            if (value)
                json_object_set(object, names[k], value);
            json_object_del(own, names[k]);
        }
    }
}

static void simplify(json_t *value)
{
    size_t i;
    void *next;
    const char *key;
    json_t *child;
    json_array_foreach(value, i, child)
        simplify(child);
    if (!json_is_object(value))
        return;
    hoist(value);
    json_object_foreach_safe(value, next, key, child) {
        simplify(child);
        bool empty = (json_is_object(child) && json_object_size(child) == 0) ||
                     (json_is_array(child) && json_array_size(child) == 0);
        if (empty || g_strv_contains(not_ours, key))
            json_object_del(value, key);
    }
}

/* `otherwise` (may be NULL) stands instead of what `expected` says. */
static void expect_config(const char *name, const char *xml, const char *expected,
                          const char *otherwise)
{
    GError *error = NULL;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(xml, strlen(xml), NULL, &error);
    ck_assert_msg(def, "%s: %s", name, error ? error->message : "");
    bool completed = rv_xen_driver.definition->complete(NULL, def, &error);
    ck_assert_msg(completed, "%s: %s", name, error ? error->message : "");
    json_t *config = xen_config_new(def, &error);
    ck_assert_msg(config, "%s: %s", name, error ? error->message : "");
    json_t *wanted = json_loads(expected, 0, NULL);
    if (otherwise) {
        json_t *change = json_loads(otherwise, 0, NULL);
        json_object_update_recursive(wanted, change);
        json_decref(change);
    }
    simplify(config);
    simplify(wanted);
    if (!json_equal(config, wanted)) {
        char *got = json_dumps(config, JSON_INDENT(2) | JSON_SORT_KEYS);
        char *want = json_dumps(wanted, JSON_INDENT(2) | JSON_SORT_KEYS);
        ck_abort_msg("%s: got\n%s\ninstead of\n%s", name, got, want);
    }
    json_decref(config);
    json_decref(wanted);
}

/* ---- Our own -------------------------------------------------------------------------------- */

#define UUID "039e9ee6-4a84-3055-4c81-8ba426ae2656"
#define HEAD(type) "<domain type='xen'><name>guest</name><uuid>" UUID "</uuid>" \
                   "<memory unit='MiB'>64</memory><vcpu current='1'>2</vcpu>" \
                   "<os><type arch='x86_64'>" type "</type>"

static const struct {
    const char *name, *xml, *config;
} own[] = {
    {"a PV guest with its kernel, a disk and an interface",
     HEAD("linux") "<kernel>/k</kernel><initrd>/i</initrd><cmdline>a b</cmdline></os>"
     "<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>"
     "<devices><disk type='block'><driver name='phy'/><source dev='/dev/x'/>"
     "<target dev='xvda'/><readonly/></disk>"
     "<interface type='bridge'><mac address='00:16:3e:00:00:01'/><source bridge='br'/></interface>"
     "</devices></domain>",
     "{\"c_info\":{\"type\":\"pv\",\"name\":\"guest\",\"uuid\":\"" UUID "\"},"
     "\"b_info\":{\"max_vcpus\":2,\"avail_vcpus\":[0],\"max_memkb\":65536,\"target_memkb\":65536,"
     "\"vcpu_hard_affinity\":[[1]],\"numa_placement\":\"False\","
     "\"kernel\":\"/k\",\"ramdisk\":\"/i\",\"cmdline\":\"a b\"},"
     "\"disks\":[{\"pdev_path\":\"/dev/x\",\"vdev\":\"xvda\",\"backend\":\"phy\","
     "\"format\":\"raw\",\"removable\":1,\"readwrite\":0}],"
     "\"nics\":[{\"devid\":0,\"mac\":\"00:16:3e:00:00:01\",\"bridge\":\"br\","
     "\"nictype\":\"vif\"}],\"on_reboot\":\"restart\"}"},
    {"a PVH guest",
     HEAD("xenpvh") "<kernel>/k</kernel></os></domain>",
     "{\"c_info\":{\"type\":\"pvh\",\"name\":\"guest\",\"uuid\":\"" UUID "\"},"
     "\"b_info\":{\"max_vcpus\":2,\"avail_vcpus\":[0],\"max_memkb\":65536,\"target_memkb\":65536,"
     "\"kernel\":\"/k\"},\"on_reboot\":\"restart\"}"},
    {"a PV guest with a boot loader, its host's memory map and limits",
     "<domain type='xen'><name>guest</name><uuid>" UUID "</uuid><memory unit='MiB'>64</memory>"
     "<bootloader>/b</bootloader><bootloader_args>-q  --x</bootloader_args>"
     "<os><type arch='x86_64'>linux</type></os><features><xen><e820_host state='on'/>"
     "<passthrough state='on' mode='share_pt'/></xen></features>"
     "<devices><controller type='xenbus' maxEventChannels='9' maxGrantFrames='8'/></devices>"
     "</domain>",
     "{\"c_info\":{\"type\":\"pv\",\"name\":\"guest\",\"uuid\":\"" UUID "\","
     "\"passthrough\":\"share_pt\"},"
     "\"b_info\":{\"max_vcpus\":1,\"avail_vcpus\":[0],\"max_memkb\":65536,"
     "\"target_memkb\":65536,\"event_channels\":9,\"max_grant_frames\":8,\"bootloader\":\"/b\","
     "\"bootloader_args\":[\"-q\",\"--x\"],\"type.pv\":{\"e820_host\":\"True\"}},"
     "\"on_reboot\":\"restart\"}"},
    {"a PVH guest with arguments for its device model",
     "<domain type='xen' xmlns:xen='http://libvirt.org/schemas/domain/xen/1.0'>"
     "<name>guest</name><uuid>" UUID "</uuid><memory unit='MiB'>64</memory>"
     "<os><type arch='x86_64'>xenpvh</type></os>"
     "<xen:commandline><xen:arg value='-a'/><xen:arg value='b'/></xen:commandline></domain>",
     "{\"c_info\":{\"type\":\"pvh\",\"name\":\"guest\",\"uuid\":\"" UUID "\"},"
     "\"b_info\":{\"max_vcpus\":1,\"avail_vcpus\":[0],\"max_memkb\":65536,"
     "\"target_memkb\":65536,\"extra\":[\"-a\",\"b\"]},\"on_reboot\":\"restart\"}"},
    {"a PVH guest that may have guests, with a node",
     "<domain type='xen'><name>guest</name><uuid>" UUID "</uuid><vcpu>2</vcpu>"
     "<os><type arch='x86_64'>xenpvh</type></os><cpu mode='host-passthrough'>"
     "<feature policy='require' name='vmx'/><feature policy='disable' name='ht'/>"
     "<feature policy='optional' name='avx'/>"
     "<numa><cell id='0' cpus='0-1' memory='64' unit='MiB'/></numa></cpu></domain>",
     "{\"c_info\":{\"type\":\"pvh\",\"name\":\"guest\",\"uuid\":\"" UUID "\"},"
     "\"b_info\":{\"max_vcpus\":2,\"avail_vcpus\":[0,1],\"max_memkb\":65536,"
     "\"target_memkb\":65536,\"cpuid\":[\"htt=0\"],\"nested_hvm\":\"True\","
     "\"vnuma_nodes\":[{\"memkb\":65536,\"distances\":[10],\"vcpus\":[0,1]}]},"
     "\"on_reboot\":\"restart\"}"},
    {"an HVM guest with a serial port and a drive",
     HEAD("hvm") "<boot dev='cdrom'/></os><features><acpi/></features>"
     "<devices><disk type='file' device='cdrom'><target dev='hdc'/></disk>"
     "<serial type='pty'/></devices></domain>",
     "{\"c_info\":{\"type\":\"hvm\",\"name\":\"guest\",\"uuid\":\"" UUID "\"},"
     "\"b_info\":{\"max_vcpus\":2,\"avail_vcpus\":[0],\"max_memkb\":65536,\"target_memkb\":65536,"
     "\"acpi\":\"True\",\"apic\":\"False\",\"type.hvm\":{\"pae\":\"True\",\"boot\":\"d\","
     "\"serial\":\"pty\",\"nographic\":\"True\",\"vga\":{\"kind\":\"none\"},"
     "\"vnc\":{\"enable\":\"False\"},\"sdl\":{\"enable\":\"False\"}}},"
     "\"disks\":[{\"vdev\":\"hdc\",\"format\":\"empty\",\"removable\":1,\"readwrite\":0,"
     "\"is_cdrom\":1}],\"on_reboot\":\"restart\"}"},
};

START_TEST(makes_configurations)
{
    expect_config(own[_i].name, own[_i].xml, own[_i].config, NULL);
}
END_TEST

START_TEST(understands_its_own)
{
    GError *error = NULL;
    g_autoptr(RvDomainDef) def =
        rv_domain_def_parse(own[_i].xml, strlen(own[_i].xml), NULL, &error);
    ck_assert(def && rv_xen_driver.definition->complete(NULL, def, &error));
    json_t *config = xen_config_new(def, &error);
    g_autoptr(RvDomainDef) again = xen_config_to_def(config, &error);
    ck_assert_msg(again, "%s: %s", own[_i].name, error ? error->message : "");
    ck_assert_str_eq(again->name, def->name);
    ck_assert(rv_uuid_equal(&again->uuid, &def->uuid));
    ck_assert_int_eq(again->os.type, def->os.type);
    ck_assert_uint_eq(again->max_memory_kib, def->max_memory_kib);
    ck_assert_uint_eq(again->vcpus, def->vcpus);
    ck_assert_uint_eq(again->disks->len, def->disks->len);
    ck_assert_uint_eq(again->interfaces->len, def->interfaces->len);
    json_decref(config);
}
END_TEST

/* ---- libvirt's ------------------------------------------------------------------------------ */

/* Those whose documents have nothing that this driver cannot start, and what we say otherwise. */
static const struct {
    const char *name, *otherwise;
} examples[] = {
    {"basic-hvm"},
    {"basic-pv"},
    {"basic-pvh"},
    {"cpu-shares-hvm"},
    {"variable-clock-hvm"},
    {"multiple-ip"},
    {"fullvirt-acpi-slic"},
    {"max-gntframes-hvm"},
    {"max-eventchannels-hvm"},
    /* Bits of features are libxl's own affair (reeve-libxl). */
    {"fullvirt-cpuid", "{\"b_info\":{\"cpuid\":[\"sse3=0\",\"tsc=1\"]}}"},
    /* The nodes say the memory, as when libvirt defines it; and a driver's setting that is off
     * unless somebody turns it on is on in their test. */
    {"vnuma-hvm", "{\"b_info\":{\"max_memkb\":12582912,\"nested_hvm\":\"False\"}}"},
};

static char *read_example(const char *name, const char *suffix)
{
    const char *source = g_getenv("REEVE_LIBVIRT_SOURCE");
    g_autofree char *path =
        g_strdup_printf("%s/tests/libxlxml2domconfigdata/%s.%s",
                        source && *source ? source : "build/libvirt-source", name, suffix);
    return rv_file_read(path, 1 << 20, NULL, NULL);
}

START_TEST(agrees_with_libvirt)
{
    g_autofree char *xml = read_example(examples[_i].name, "xml");
    g_autofree char *config = read_example(examples[_i].name, "json");
    if (!xml || !config) {
        check_skip(examples[_i].name, "libvirt's source package is not here");
        return;
    }
    expect_config(examples[_i].name, xml, config, examples[_i].otherwise);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen-config");
    TCase *cases = tcase_create("config");
    tcase_add_loop_test(cases, makes_configurations, 0, G_N_ELEMENTS(own));
    tcase_add_loop_test(cases, understands_its_own, 0, G_N_ELEMENTS(own));
    tcase_add_loop_test(cases, agrees_with_libvirt, 0, G_N_ELEMENTS(examples));
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
