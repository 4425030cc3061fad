/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The documents of pools and volumes: what is read is written completed, and reading that changes
 * nothing; what is wrong is told with its place and libvirt's code. Grammars and pages are current,
 * and the grammars take what we write. */

#include <check.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <string.h>

#include "base/error.h"
#include "model/pool.h"
#include "model/volume.h"
#include "model/xml-table.h"
#include "tests/check-main.h"
#include "tests/model/golden.h"

static char **pools, **volumes;

static void check_grammar(const RvXmlType *type, const char *noun, const char *text)
{
    g_autofree char *rng = rv_xml_grammar(type, noun);
    xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewMemParserCtxt(rng, (int)strlen(rng));
    xmlRelaxNGPtr grammar = xmlRelaxNGParse(parser);
    xmlDocPtr document = xmlReadMemory(text, (int)strlen(text), NULL, NULL, 0);
    xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(grammar);
    ck_assert_int_eq(xmlRelaxNGValidateDoc(context, document), 0);
    xmlRelaxNGFreeValidCtxt(context);
    xmlFreeDoc(document);
    xmlRelaxNGFree(grammar);
    xmlRelaxNGFreeParserCtxt(parser);
}

static char *read_pool(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    g_autoptr(RvPoolDef) def = rv_pool_def_parse(text, strlen(text), diagnostics, &error);
    g_autofree char *faults = rv_diagnostics_to_text(diagnostics);
    ck_assert_msg(def != NULL, "%s", error ? error->message : "no error");
    ck_assert_str_eq(faults, "");
    g_autoptr(RvPoolDef) copy = rv_pool_def_copy(def);
    return rv_pool_def_format(copy, 0);
}

static char *read_volume(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    g_autoptr(RvVolumeDef) def = rv_volume_def_parse(text, strlen(text), RV_POOL_DIR,
                                                     RV_VOLUME_CAPACITY_NEEDED, diagnostics, &error);
    g_autofree char *faults = rv_diagnostics_to_text(diagnostics);
    ck_assert_msg(def != NULL, "%s", error ? error->message : "no error");
    ck_assert_str_eq(faults, "");
    g_autoptr(RvVolumeDef) copy = rv_volume_def_copy(def);
    return rv_volume_def_format(copy);
}

static void check_format(const char *path, char *(*read)(const char *), const RvXmlType *type,
                         const char *noun)
{
    g_autofree char *text = golden_read(path);
    g_autofree char *expected = g_strdup_printf("%.*s.out", (int)(strlen(path) - 4), path);
    g_autofree char *once = read(text);
    g_autofree char *twice = read(once);
    golden_compare(expected, once);
    ck_assert_str_eq(once, twice);
    check_grammar(type, noun, text);
    check_grammar(type, noun, once);
}

START_TEST(test_pool)
{
    check_format(pools[_i], read_pool, &rv_pool_xml, "pool");
}
END_TEST

START_TEST(test_volume)
{
    check_format(volumes[_i], read_volume, &rv_volume_xml, "volume");
}
END_TEST

static const struct {
    const char *text;
    int code;
    const char *told; /* in the message */
} faults[] = {
    {"<pool><name>a</name></pool>", RV_ERR_XML, "type"},
    {"<pool type='dri'><name>a</name></pool>", RV_ERR_XML, "dir"},
    {"<pool type='dir'><target><path>/a</path></target></pool>", RV_ERR_XML, "no <name>"},
    {"<pool type='dir'><name>a/b</name><target><path>/a</path></target></pool>", RV_ERR_XML, "'/'"},
    {"<pool type='dir'><name>a\nb</name><target><path>/a</path></target></pool>", RV_ERR_XML,
     "end of line"},
    {"<pool type='dir'><name>a</name></pool>", RV_ERR_XML, "<path>"},
    {"<pool type='dir'><name>a</name><uuid>5</uuid><target><path>/a</path></target></pool>",
     RV_ERR_XML, "uuid"},
    {"<pool type='dir'><name>a</name><target><path>/a</path><permissions><mode>888</mode>"
     "</permissions></target></pool>", RV_ERR_XML, "octal"},
    {"<pool type='fs'><name>a</name><target><path>/a</path></target></pool>", RV_ERR_XML,
     "<device>"},
    {"<pool type='fs'><name>a</name><source><device path='/b'/><format type='ext9'/></source>"
     "<target><path>/a</path></target></pool>", RV_ERR_CONFIG_UNSUPPORTED, "ext9"},
    {"<pool type='netfs'><name>a</name><source><dir path='/b'/></source>"
     "<target><path>/a</path></target></pool>", RV_ERR_XML, "<host>"},
    {"<pool type='netfs'><name>a</name><source><host name='b'/></source>"
     "<target><path>/a</path></target></pool>", RV_ERR_XML, "<dir"},
    {"<pool type='netfs'><name>a</name><source><host name='b'/><dir path='/b'/>"
     "<format type='cifs'/><protocol ver='3'/></source><target><path>/a</path></target></pool>",
     RV_ERR_CONFIG_UNSUPPORTED, "NFS only"},
    {"<pool type='scsi'><name>a</name><target><path>/a</path></target></pool>", RV_ERR_XML,
     "<adapter>"},
    {"<pool type='scsi'><name>a</name><source><adapter type='fc_host' wwnn='1' wwpn='2'/></source>"
     "<target><path>/a</path></target></pool>", RV_ERR_XML, "16 hexadecimal"},
    {"<pool type='iscsi-direct'><name>a</name><source><host name='b'/></source></pool>",
     RV_ERR_CONFIG_UNSUPPORTED, "<initiator>"},
    {"<domain/>", RV_ERR_XML, "<pool>"},
    {"<volume><capacity>1</capacity></volume>", RV_ERR_XML, "name"},
    {"<volume><name>a</name></volume>", RV_ERR_XML, "<capacity>"},
    {"<volume><name>a</name><capacity>-1</capacity></volume>", RV_ERR_XML, "capacity"},
    {"<volume><name>a</name><capacity unit='EiB'>99</capacity></volume>", RV_ERR_XML, "capacity"},
    {"<volume type='fil'><name>a</name><capacity>1</capacity></volume>", RV_ERR_CONFIG_UNSUPPORTED,
     "file"},
    {"<volume><name>a</name><capacity>1</capacity><target><format type='qcow3'/></target></volume>",
     RV_ERR_CONFIG_UNSUPPORTED, "qcow2"},
    {"<volume><name>a</name><capacity>1</capacity><target><format type='linux'/></target></volume>",
     RV_ERR_CONFIG_UNSUPPORTED, "type 'dir'"},
    {"<volume><name>a</name><capacity>1</capacity><target><compat>new</compat></target></volume>",
     RV_ERR_XML, "1.1"},
    {"<volume><name>a</name><capacity>1</capacity><target><features><lazy/></features></target>"
     "</volume>", RV_ERR_CONFIG_UNSUPPORTED, "lazy"},
};

START_TEST(test_fault)
{
    const char *text = faults[_i].text;
    g_autoptr(GError) error = NULL;
    if (g_str_has_prefix(text, "<volume"))
        ck_assert_ptr_null(rv_volume_def_parse(text, strlen(text), RV_POOL_DIR,
                                               RV_VOLUME_CAPACITY_NEEDED, NULL, &error));
    else
        ck_assert_ptr_null(rv_pool_def_parse(text, strlen(text), NULL, &error));
    ck_assert_msg(error->code == faults[_i].code && strstr(error->message, faults[_i].told),
                  "%s: %d %s", text, error->code, error->message);
}
END_TEST

START_TEST(test_current)
{
    static const struct {
        const char *noun, *title;
        const RvXmlType *type;
    } nouns[] = {
        {"pool", "The storage pool XML", &rv_pool_xml},
        {"volume", "The storage volume XML", &rv_volume_xml},
    };
    const char *srcdir = g_getenv("srcdir") ? g_getenv("srcdir") : ".";
    g_autofree char *rng_path = g_strdup_printf("%s/xml-schemas/%s.rng", srcdir, nouns[_i].noun);
    g_autofree char *page_path = g_strdup_printf("%s/docs/%s-xml.md", srcdir, nouns[_i].noun);
    g_autofree char *rng = rv_xml_grammar(nouns[_i].type, nouns[_i].noun);
    g_autofree char *page =
        rv_xml_reference(nouns[_i].type, nouns[_i].noun, nouns[_i].title, NULL, 0);
    golden_compare(rng_path, rng);
    golden_compare(page_path, page);
}
END_TEST

int main(void)
{
    pools = golden_files("pool", ".xml");
    volumes = golden_files("volume", ".xml");
    Suite *suite = suite_create("storage-xml");
    TCase *tcase = tcase_create("storage-xml");
    tcase_add_loop_test(tcase, test_pool, 0, (int)g_strv_length(pools));
    tcase_add_loop_test(tcase, test_volume, 0, (int)g_strv_length(volumes));
    tcase_add_loop_test(tcase, test_fault, 0, G_N_ELEMENTS(faults));
    tcase_add_loop_test(tcase, test_current, 0, 2);
    suite_add_tcase(suite, tcase);
    int result = check_run(suite);
    g_strfreev(pools);
    g_strfreev(volumes);
    return result;
}
