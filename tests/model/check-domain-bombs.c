/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Documents made to eat time or memory, none over 4 MiB. The worst may take 250 ms and 64 MiB on a
 * quiet machine; the test allows more time, for slow and busy ones, and for sanitizers. */

#include "model/domain-def.h"
#include "model/xml-node.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#ifdef __SANITIZE_ADDRESS__
#define MAX_MIB 512
#else
#define MAX_MIB 64
#endif
#define MAX_SECONDS 2.5

#define BEGIN "<domain type='kvm'><name>n</name><memory>1</memory><os><type>hvm</type></os>"
#define FULL (RV_XML_MAX_BYTES - 4096)

static void fill(GString *xml, const char *part)
{
    while (xml->len + strlen(part) < FULL)
        g_string_append(xml, part);
}

static void repeat(GString *xml, const char *part, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        g_string_append(xml, part);
}

static void billion_laughs(GString *xml)
{
    g_string_append(xml, "<!DOCTYPE l [<!ENTITY a0 'ha'>");
    for (unsigned i = 1; i < 10; i++) {
        g_string_append_printf(xml, "<!ENTITY a%u '", i);
        for (unsigned j = 0; j < 10; j++)
            g_string_append_printf(xml, "&a%u;", i - 1);
        g_string_append(xml, "'>");
    }
    g_string_append(xml, "]><domain>&a9;</domain>");
}

static void quadratic_entity(GString *xml)
{
    g_string_append(xml, "<!DOCTYPE l [<!ENTITY a '");
    repeat(xml, "x", 80000);
    g_string_append(xml, "'>]><domain>");
    repeat(xml, "&a;", 20000);
    g_string_append(xml, "</domain>");
}

static void external_entity(GString *xml)
{
    g_string_append(xml, "<!DOCTYPE l [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
                         "<domain type='kvm'><name>&a;</name></domain>");
}

static void deep(GString *xml)
{
    repeat(xml, "<a>", 100000);
    repeat(xml, "</a>", 100000);
}

static void disks(GString *xml)
{
    g_string_append(xml, BEGIN "<devices>");
    for (unsigned i = 0; i < 20000; i++)
        g_string_append_printf(xml, "<disk type='file'><source file='/tmp/%u'/><target dev='vda%u'"
                                    "/></disk>", i, i);
    g_string_append(xml, "</devices></domain>");
}

static void controllers(GString *xml)
{
    g_string_append(xml, BEGIN "<devices>");
    repeat(xml, "<controller type='scsi'/>", 30000);
    g_string_append(xml, "</devices></domain>");
}

static void many_vcpus(GString *xml)
{
    g_string_append(xml, BEGIN "<vcpu>4294967295</vcpu></domain>");
}

static void many_iothreads(GString *xml)
{
    g_string_append(xml, BEGIN "<iothreads>2147483647</iothreads></domain>");
}

static void long_cpuset(GString *xml)
{
    g_string_append(xml, BEGIN "<vcpu cpuset='0-16383");
    fill(xml, ",0-16383");
    g_string_append(xml, "'>1</vcpu></domain>");
}

static void many_attributes(GString *xml)
{
    g_string_append(xml, "<domain");
    for (unsigned i = 0; xml->len < FULL; i++)
        g_string_append_printf(xml, " a%u=''", i);
    g_string_append(xml, "/>");
}

/* As many as are allowed, all with names of their own, all unknown. */
static void unknown_attributes(GString *xml)
{
    g_string_append(xml, BEGIN);
    for (unsigned i = 0; xml->len < FULL; i++)
        g_string_append_printf(xml, i % 64 ? " a%x=''" : "%.0u<x", i);
    g_string_append(xml, "/></domain>");
}

static void unknown_elements(GString *xml)
{
    g_string_append(xml, BEGIN "<devices>");
    for (unsigned i = 0; i < 49000; i++)
        g_string_append_printf(xml, "<dsk%u a='1'/>\n", i);
    g_string_append(xml, "</devices></domain>");
}

static void bad_values(GString *xml)
{
    g_string_append(xml, BEGIN "<devices>");
    repeat(xml, "<disk type='fiel' device='cdromm'><target/></disk>\n", 4096);
    repeat(xml, "<video><model type='vga' primary='yes'/></video>", 4096);
    repeat(xml, "<x/>", 20000);
    g_string_append(xml, "</devices></domain>");
}

static void same_names(GString *xml)
{
    g_string_append(xml, BEGIN);
    repeat(xml, "<title/>", 49000);
    g_string_append(xml, "</domain>");
}

static void references(GString *xml)
{
    g_string_append(xml, BEGIN "<description>");
    fill(xml, "&amp;");
    g_string_append(xml, "</description></domain>");
}

static void cdata(GString *xml)
{
    g_string_append(xml, BEGIN "<description>");
    fill(xml, "<![CDATA[]]>");
    g_string_append(xml, "</description></domain>");
}

static void comments(GString *xml)
{
    fill(xml, "<!---->");
    g_string_append(xml, BEGIN "</domain>");
}

static void open_comments(GString *xml)
{
    g_string_append(xml, BEGIN);
    fill(xml, "<!--");
}

static void one_attribute(GString *xml)
{
    g_string_append(xml, BEGIN "<x a='");
    fill(xml, "&#x10FFFF;");
    g_string_append(xml, "'/></domain>");
}

static void long_names(GString *xml)
{
    g_string_append(xml, BEGIN "<x");
    fill(xml, "x");
    g_string_append(xml, "/></domain>");
}

static void namespaces(GString *xml)
{
    g_string_append(xml, "<domain type='kvm'");
    for (unsigned i = 0; i < 60; i++)
        g_string_append_printf(xml, " xmlns:n%u='u%u'", i, i);
    g_string_append(xml, "><name>n</name><memory>1</memory><os><type>hvm</type></os><metadata>");
    for (unsigned i = 0; i < 49000; i++)
        g_string_append_printf(xml, "<n%u:x n%u:a='' n%u:b=''/>", i % 60, (i + 1) % 60,
                               (i + 2) % 60);
    g_string_append(xml, "</metadata></domain>");
}

static void foreign_elements(GString *xml)
{
    g_string_append(xml, "<domain type='kvm' xmlns:a='u'><name>n</name><memory>1</memory>"
                         "<os><type>hvm</type></os>");
    repeat(xml, "<a:x/>", 49000);
    g_string_append(xml, "</domain>");
}

static void many_lines(GString *xml)
{
    g_string_append(xml, BEGIN "<!--");
    repeat(xml, "\n", 3000000);
    g_string_append(xml, "-->");
    repeat(xml, "<x/>", 20000);
    g_string_append(xml, "</domain>");
}

static void most_devices(GString *xml)
{
    g_string_append(xml, BEGIN "<devices>");
    for (unsigned i = 0; i < 4096; i++)
        g_string_append_printf(xml, "<disk type='file'><source file='/%u'/><target dev='sd%c%c%c'/>"
                                    "</disk><controller type='usb'/><channel type='pty'>"
                                    "<target type='virtio'/></channel><serial type='pty'/>"
                                    "<interface type='user'/>", i, 'a' + i / 676, 'a' + i / 26 % 26,
                               'a' + i % 26);
    g_string_append(xml, "</devices></domain>");
}

static void far_controller(GString *xml)
{
    g_string_append(xml, BEGIN "<devices><disk type='file'><source file='/x'/><target dev='hda'/>"
                               "<address type='drive' controller='4294967295'/></disk></devices>"
                               "</domain>");
}

/* None says where it is to be. */
static void unplaced_hostdevs(GString *xml)
{
    g_string_append(xml, BEGIN "<devices>");
    for (unsigned i = 0; i < 4096; i++)
        g_string_append_printf(xml, "<hostdev mode='subsystem' type='scsi'><source protocol='iscsi'"
                                    " name='iqn.x:%u'><host name='h'/></source></hostdev>", i);
    g_string_append(xml, "</devices></domain>");
}

static const struct {
    const char *label;
    void (*make)(GString *xml);
    bool good; /* accepted and completed */
} bombs[] = {
    {"billion laughs", billion_laughs, false},
    {"quadratic entity", quadratic_entity, false},
    {"external entity", external_entity, false},
    {"depth", deep, false},
    {"20,000 disks", disks, false},
    {"30,000 controllers", controllers, false},
    {"2^32-1 vCPUs", many_vcpus, false},
    {"2^31-1 IO threads", many_iothreads, false},
    {"long cpuset", long_cpuset, false},
    {"attributes of one element", many_attributes, false},
    {"unknown attributes", unknown_attributes, false},
    {"unknown elements", unknown_elements, true},
    {"bad values", bad_values, false},
    {"the same element again and again", same_names, true},
    {"references", references, true},
    {"empty CDATA", cdata, true},
    {"comments", comments, true},
    {"comments that do not end", open_comments, false},
    {"one attribute", one_attribute, true},
    {"a long name", long_names, false},
    {"namespaces", namespaces, true},
    {"elements of another namespace", foreign_elements, true},
    {"lines", many_lines, true},
    {"as many devices as are allowed", most_devices, true},
    {"host devices without a place", unplaced_hostdevs, true},
    {"a controller far away", far_controller, false},
};

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
           (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static bool use(const GString *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(xml->str, xml->len, NULL, &error);
    if (!def)
        return false;
    if (!rv_domain_def_complete_common(def, "vga", &error))
        return false;
    g_autofree char *text = rv_domain_def_format(def, 0);
    return true;
}

START_TEST(test_bomb)
{
    g_autoptr(GString) xml = g_string_sized_new(RV_XML_MAX_BYTES);
    bombs[_i].make(xml);
    ck_assert_uint_le(xml->len, RV_XML_MAX_BYTES);

    long before_kib = peak_kib();
    double before = cpu_seconds();
    bool good = use(xml);
    double seconds = cpu_seconds() - before;
    long kib = peak_kib() - before_kib;
    if (g_getenv("RV_TEST_VERBOSE"))
        g_printerr("%s: %.0f ms, %ld KiB\n", bombs[_i].label, seconds * 1000, kib);
    ck_assert_msg(good == bombs[_i].good, "%s: %s", bombs[_i].label,
                  good ? "accepted" : "refused");
    ck_assert_msg(seconds < MAX_SECONDS, "%s: %.3f s", bombs[_i].label, seconds);
    ck_assert_msg(kib < MAX_MIB * 1024, "%s: %ld KiB", bombs[_i].label, kib);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-bombs");
    TCase *tcase = tcase_create("domain-bombs");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_bomb, 0, G_N_ELEMENTS(bombs));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
