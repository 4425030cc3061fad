/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is filled into a definition is what libvirt's drivers fill in. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/domain-def.h"

static const struct {
    const char *target;
    int index;
} index_rows[] = {
    {"vda", 0},    {"hdb", 1},  {"sdz", 25}, {"sdaa", 26}, {"sdab", 27}, {"xvdc", 2}, {"fda", 0},
    {"hda1", 0},   {"vd", -1},  {"", -1},    {"zda", -1},  {"vdA", -1},  {"vda1x", -1},
    {"sdzzzzzzzzzzzzzzzzzz", -1},
};

START_TEST(target_indices)
{
    ck_assert_msg(rv_disk_name_index(index_rows[_i].target) == index_rows[_i].index, "%s: %d",
                  index_rows[_i].target, rv_disk_name_index(index_rows[_i].target));
}
END_TEST

#define DISK(target) "<disk type='file'><source file='/x'/>" target "</disk>"
#define AT(controller, bus, unit)                                                                  \
    "<address type='drive' controller='" controller "' bus='" bus "' target='0' unit='" unit "'/>"

/* In what stands where the devices are, and what libvirt's test driver makes of it. */
static const struct {
    const char *label, *devices;
    const char *wanted[4]; /* parts of the completed document */
    const char *unwanted;
} rows[] = {
    {"virtio disk", DISK("<target dev='vda'/>"), {"<target dev='vda' bus='virtio'/>"}, "<address"},
    {"third ide disk", DISK("<target dev='hdc'/>"),
     {"bus='ide'", AT("0", "1", "0"), "<controller type='ide' index='0'/>"}, NULL},
    {"scsi disk of a second controller", DISK("<target dev='sdh'/>"),
     {"bus='scsi'", AT("1", "0", "0"), "<controller type='scsi' index='0'",
      "<controller type='scsi' index='1'"}, NULL},
    {"sata disk", DISK("<target dev='sdb' bus='sata'/>"),
     {AT("0", "0", "1"), "<controller type='sata' index='0'/>"}, NULL},
    {"floppy", "<disk type='file' device='floppy'><target dev='fdb'/></disk>",
     {"bus='fdc'", AT("0", "0", "1"), "<controller type='fdc' index='0'/>"}, NULL},
    {"an address that is said", DISK("<target dev='hda'/>" AT("3", "1", "1")),
     {AT("3", "1", "1"), "<controller type='ide' index='3'/>"}, NULL},
    {"console only", "<console type='pty'/>",
     {"<serial type='pty'>\n      <target port='0'/>",
      "<console type='pty'>\n      <target type='serial' port='0'/>"}, NULL},
    {"serial only", "<serial type='file'><source path='/log'/></serial>",
     {"<console type='file'>\n      <source path='/log'/>\n      <target type='serial' port='0'/>"},
     NULL},
    {"console unlike the serial port",
     "<serial type='file'><source path='/log'/></serial><console type='pty'/>",
     {"<console type='file'>\n      <source path='/log'/>"}, "type='pty'"},
    {"virtio console", "<console type='pty'><target type='virtio'/></console>",
     {"<target type='virtio' port='0'/>", "<controller type='virtio-serial' index='0'/>"},
     "<serial"},
    {"serial ports", "<serial type='pty'/><serial type='pty'><target port='0'/></serial>",
     {"<target port='1'/>", "<target port='0'/>"}, NULL},
    {"channel", "<channel type='unix'><target type='virtio' name='a'/></channel>",
     {"<controller type='virtio-serial' index='0'/>"}, NULL},
    {"inputs", "<input type='tablet'/><input type='mouse'/>",
     {"<input type='tablet' bus='usb'/>", "<input type='mouse' bus='ps2'/>"}, NULL},
    {"screen", "<graphics type='vnc'/>",
     {"<model type='cirrus' vram='16384' heads='1' primary='yes'/>"}, NULL},
    {"card without a screen", "<video><model type='none'/></video>", {"type='none'"}, "heads"},
    {"boot order of a device", DISK("<target dev='vda'/><boot order='1'/>"), {"order='1'"},
     "<boot dev"},
    {"nothing", "",
     {"<currentMemory unit='KiB'>1024</currentMemory>", "<vcpu placement='static'>1</vcpu>",
      "<boot dev='hd'/>", "<on_reboot>restart</on_reboot>"}, "<controller"},
};

static RvDomainDef *parse(const char *devices)
{
    g_autofree char *xml = g_strdup_printf("<domain type='test'><name>x</name>"
                                           "<memory>1024</memory><os><type>hvm</type></os>"
                                           "<devices>%s</devices></domain>", devices);
    g_autoptr(GError) error = NULL;
    RvDomainDef *def = rv_domain_def_parse(xml, strlen(xml), NULL, &error);
    ck_assert_msg(def != NULL, "%s", error ? error->message : "");
    return def;
}

START_TEST(completes)
{
    g_autoptr(RvDomainDef) def = parse(rows[_i].devices);
    g_autoptr(GError) error = NULL;
    ck_assert_msg(rv_domain_def_complete_common(def, "cirrus", &error), "%s: %s", rows[_i].label,
                  error ? error->message : "");
    g_autofree char *text = rv_domain_def_format(def, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows[_i].wanted) && rows[_i].wanted[i]; i++)
        ck_assert_msg(strstr(text, rows[_i].wanted[i]), "%s: no %s in %s", rows[_i].label,
                      rows[_i].wanted[i], text);
    if (rows[_i].unwanted)
        ck_assert_msg(!strstr(text, rows[_i].unwanted), "%s: %s in %s", rows[_i].label,
                      rows[_i].unwanted, text);

    ck_assert(rv_domain_def_complete_common(def, "cirrus", &error));
    g_autofree char *again = rv_domain_def_format(def, 0);
    ck_assert_msg(strcmp(text, again) == 0, "%s: %s became %s", rows[_i].label, text, again);
}
END_TEST

START_TEST(makes_addresses)
{
    g_autoptr(RvDomainDef) def = parse("<interface type='user'/><interface type='user'>"
                                       "<mac address='52:54:00:01:02:03'/></interface>");
    g_autoptr(GError) error = NULL;
    ck_assert(rv_domain_def_complete_common(def, "cirrus", &error));
    const RvInterface *made = def->interfaces->pdata[0], *said = def->interfaces->pdata[1];
    ck_assert_mem_eq(made->mac.bytes, "\x52\x54\x00", 3);
    ck_assert_mem_eq(said->mac.bytes, "\x52\x54\x00\x01\x02\x03", 6);
}
END_TEST

START_TEST(refuses_names_without_a_place)
{
    g_autoptr(RvDomainDef) def = parse(DISK("<target dev='hd1'/>"));
    g_autoptr(GError) error = NULL;
    ck_assert(!rv_domain_def_complete_common(def, "cirrus", &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_XML));
    ck_assert_ptr_nonnull(strstr(error->message, "'hd1'"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-complete");
    TCase *tcase = tcase_create("complete");
    tcase_add_loop_test(tcase, target_indices, 0, G_N_ELEMENTS(index_rows));
    tcase_add_loop_test(tcase, completes, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, makes_addresses);
    tcase_add_test(tcase, refuses_names_without_a_place);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
