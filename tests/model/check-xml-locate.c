/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-def.h"
#include "model/xml-locate.h"
#include "tests/check-main.h"

/* Disks are put into the order of their names. */
static const char document[] = "<domain type='test'>\n"
                               "  <name>a</name><memory>1024</memory>\n"
                               "  <os><type>hvm</type></os>\n"
                               "  <devices>\n"
                               "    <disk type='file'>\n"
                               "      <source file='/b'/><target dev='vdb' bus='virtio'/>\n"
                               "    </disk>\n"
                               "    <disk type='file'><target dev='vda' bus='virtio'/>"
                               "<source file='/a'/></disk>\n"
                               "    <rng model='virtio'>\n"
                               "      <backend model='random'/></rng>\n"
                               "    <video/><video/>\n"
                               "  </devices>\n"
                               "</domain>\n";

/* Of the disk `device` (1 is the one that stands first in the definition; 0: of none). */
static const struct {
    unsigned device;
    const char *path, *text;
} rows[] = {
    {1, "domain/devices/disk/target/@dev", "8:31: domain/devices/disk[2]/target/@dev: x\n"},
    {2, "domain/devices/disk/target/@bus", "6:44: domain/devices/disk[1]/target/@bus: x\n"},
    {2, "domain/devices/disk[2]", "5:5: domain/devices/disk[1]: x\n"},
    {2, "domain/devices/disk/driver/@type", "5:5: domain/devices/disk[1]/driver/@type: x\n"},
    {1, "domain/os/type/@machine", "3:7: domain/os/type/@machine: x\n"},
    {0, "domain/devices/rng/backend/@model", "10:16: domain/devices/rng/backend/@model: x\n"},
    {0, "domain/vcpu", "1:1: domain/vcpu: x\n"},
    {0, "domain", "1:1: domain: x\n"},
    /* Not there, and one of two. */
    {0, "domain/devices/watchdog/@model", "domain/devices/watchdog/@model: x\n"},
    {0, "domain/devices/video/model", "domain/devices/video/model: x\n"},
    {0, "domain/devices/video[2]/model", "11:13: domain/devices/video[2]/model: x\n"},
    {0, "domain/devices/video[3]/model", "domain/devices/video[3]/model: x\n"},
};

START_TEST(test_places)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(document, strlen(document), NULL, &error);
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    g_assert_no_error(error);
    if (rows[_i].device) {
        const RvDisk *disk = def->disks->pdata[rows[_i].device - 1];
        rv_diagnostics_about(diagnostics, disk->device.origin);
    }
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, 0, 0, 0, rows[_i].path, NULL, "x");
    rv_xml_locate(document, diagnostics);
    g_autofree char *text = rv_diagnostics_to_text(diagnostics);
    ck_assert_str_eq(text, rows[_i].text);
}
END_TEST

/* A place that is known stays; where the document cannot be read there is none. */
START_TEST(test_no_place)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, 0, 7, 8, "domain/name", NULL, "x");
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, 0, 0, 0, NULL, NULL, "y");
    rv_xml_locate(document, diagnostics);
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, 0, 0, 0, "domain/name", NULL, "z");
    rv_xml_locate("<domain>", diagnostics);
    g_autofree char *text = rv_diagnostics_to_text(diagnostics);
    ck_assert_str_eq(text, "7:8: domain/name: x\ny\ndomain/name: z\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xml-locate");
    TCase *tcase = tcase_create("locate");
    tcase_add_loop_test(tcase, test_places, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_no_place);
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
