/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is told about documents that have faults: level, place, path, suggestion, code. */

#include "base/error.h"
#include "model/domain-def.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A document is the head, one of the parts below at line 5 column 1, and the tail. */
#define HEAD                                                                                       \
    "<domain type='kvm'>\n"                                                                        \
    "<name>n</name>\n"                                                                             \
    "<memory>1024</memory>\n"                                                                      \
    "<os><type>hvm</type></os>\n"
#define TAIL "</domain>\n"
#define DEVICES(part) "<devices>" part "</devices>"
#define DISK(part) DEVICES("<disk type='file'><source file='/x'/>" part "</disk>")
#define TARGET "<target dev='vda'/>"

#define W RV_DIAGNOSTIC_WARNING
#define E RV_DIAGNOSTIC_ERROR

static const struct {
    const char *part;
    RvDiagnosticLevel level;
    unsigned column; /* in line 5 */
    const char *path, *suggestion;
    const char *message; /* a part of it */
    int code;            /* 0: RV_ERR_XML */
} rows[] = {
    /* misspelt and misplaced names */
    {"<vcpus>2</vcpus>", W, 1, "domain/vcpus", NULL, "text where there should be none"},
    {"<vcpuu>2</vcpuu>", W, 1, "domain/vcpuu", "<vcpu>", "unknown element <vcpuu>"},
    {"<Vcpu>2</Vcpu>", W, 1, "domain/Vcpu", "<vcpu>", "unknown element"},
    {"<on_powerof>destroy</on_powerof>", W, 1, "domain/on_powerof", "<on_poweroff>", ""},
    {"<quite-different/>", W, 1, "domain/quite-different", NULL, "unknown element"},
    {"<disk/>", W, 1, "domain/disk", NULL, "it belongs into <devices>"},
    {"<source/>", W, 1, "domain/source", "<resource>",
     "it belongs into <memoryBacking> or <os/nvram> or <devices/disk>"},
    {"<type>kvm</type>", W, 1, "domain/type", "type", "not an element here but an attribute"},
    {"<vcpu plcement='static'>1</vcpu>", W, 7, "domain/vcpu/@plcement", "placement", ""},
    {DEVICES("<dsik/>"), W, 10, "domain/devices/dsik", "<disk>", ""},
    {DISK("<traget dev='vdb'/>" TARGET), W, 47, "domain/devices/disk/traget", "<target>", ""},
    {DISK("<target dev='vda' buss='ide'/>"), W, 65, "domain/devices/disk/target/@buss", "bus", ""},
    {DISK(TARGET "<drivr name='qemu'/>"), W, 66, "domain/devices/disk/drivr", "<driver>", ""},
    {DEVICES("<disk type='file' target='vda'><source file='/x'/>" TARGET "</disk>"), W, 28,
     "domain/devices/disk/@target", "<target>", "not an attribute here but an element"},
    {"<p:x/>", W, 1, NULL, NULL, NULL}, /* none: it is kept */

    /* content that has no place */
    {"<name>again</name>", W, 1, "domain/name[2]", NULL, "another <name> before"},
    {"<pm>text</pm>", W, 1, "domain/pm", NULL, "text where there should be none: 'text'"},
    {"<vcpu><b/>1</vcpu>", W, 7, "domain/vcpu/b", NULL, "unknown element"},
    {DISK("<readonly x='1'/>" TARGET), W, 57, "domain/devices/disk/readonly/@x", NULL, ""},
    {DISK("<p:y xmlns:p='u'/>" TARGET), W, 47, "domain/devices/disk/p:y", NULL,
     "another namespace"},
    {DEVICES("<disk type='file'><source dev='/x' file='/y'/>" TARGET "</disk>"), W, 36,
     "domain/devices/disk/source/@dev", NULL, "for type 'block' only"},
    {DEVICES("<interface type='user'><source network='x'/></interface>"), W, 41,
     "domain/devices/interface/source/@network", NULL, "for type 'network' only"},

    /* values */
    {"<vcpu cpst='1'>1</vcpu>", W, 7, "domain/vcpu/@cpst", "cpuset", "unknown attribute 'cpst'"},
    {"<vcpu>0</vcpu>", E, 1, "domain/vcpu", NULL, "'0' is not a number from 1 to 16384"},
    {"<vcpu>two</vcpu>", E, 1, "domain/vcpu", NULL, "'two' is not a number"},
    {"<vcpu>4294967296</vcpu>", E, 1, "domain/vcpu", NULL, "is not a number from 1"},
    {"<vcpu>-1</vcpu>", E, 1, "domain/vcpu", NULL, "is not a number"},
    {"<vcpu current='3'>2</vcpu>", E, 7, "domain/vcpu/@current", NULL, "but 2",
     RV_ERR_CONFIG_UNSUPPORTED},
    {"<vcpu cpuset='0-x'>2</vcpu>", E, 7, "domain/vcpu/@cpuset", NULL, "a set of CPUs",
     RV_ERR_INVALID_ARG},
    {"<vcpu cpuset='0-2147483648'>2</vcpu>", E, 7, "domain/vcpu/@cpuset", NULL, "below 16384",
     RV_ERR_INVALID_ARG},
    {"<vcpu cpuset='^0'>2</vcpu>", E, 7, "domain/vcpu/@cpuset", NULL, "a set of CPUs",
     RV_ERR_INVALID_ARG},
    {"<uuid>123</uuid>", E, 1, "domain/uuid", NULL, "'123' is not a UUID", RV_ERR_INTERNAL},
    {DEVICES("<channel type='pty'><target/></channel>"), E, 30,
     "domain/devices/channel/target", NULL, "attribute 'type' is missing",
     RV_ERR_CONFIG_UNSUPPORTED},
    {"<currentMemory unit='KX'>1</currentMemory>", E, 16, "domain/currentMemory/@unit", NULL,
     "b, KiB", RV_ERR_INVALID_ARG},
    {"<currentMemory unit='EiB'>9</currentMemory>", E, 1, "domain/currentMemory", NULL, "8 EiB"},
    {"<clock offset='utcc'/>", E, 8, "domain/clock/@offset", "utc",
     "'utcc' is not one of utc, localtime, variable, timezone or absolute",
     RV_ERR_CONFIG_UNSUPPORTED},
    {"<clock offset='timezone'/>", E, 1, "domain/clock", NULL, "attribute 'timezone' is missing",
     RV_ERR_INTERNAL},
    {"<on_crash>explode</on_crash>", E, 1, "domain/on_crash", NULL, "is not one of destroy",
     RV_ERR_CONFIG_UNSUPPORTED},
    {"<on_crash>default</on_crash>", E, 1, "domain/on_crash", NULL, "is not one of destroy",
     RV_ERR_CONFIG_UNSUPPORTED},
    {"<on_crash>coredump-destory</on_crash>", E, 1, "domain/on_crash", "coredump-destroy", "",
     RV_ERR_CONFIG_UNSUPPORTED},
    {"<cpu mode='host-pasthrough'/>", E, 6, "domain/cpu/@mode", "host-passthrough", "",
     RV_ERR_CONFIG_UNSUPPORTED},
    {"<cpu><feature name='svm'/></cpu>", E, 1, "domain/cpu", NULL, "beside a <model>"},
    {"<cpu><topology sockets='1' cores='1'/></cpu>", E, 6, "domain/cpu/topology", NULL,
     "attribute 'threads' is missing"},
    {"<title>a&#10;b</title>", E, 1, "domain/title", NULL, "line ends"},

    /* devices */
    {DISK(""), E, 10, "domain/devices/disk", NULL, "element <target> is missing",
     RV_ERR_NO_TARGET},
    {DISK("<target bus='ide'/>"), E, 47, "domain/devices/disk/target", NULL,
     "attribute 'dev' is missing", RV_ERR_NO_TARGET},
    {DISK("<target dev='vda' bus='virtoi'/>"), E, 65, "domain/devices/disk/target/@bus", "virtio",
     ""},
    {DISK("<target dev='x'/>"), E, 55, "domain/devices/disk/target/@dev", NULL, "begins with",
     RV_ERR_INTERNAL},
    {DISK("<target dev='vda' bus='fdc'/>"), E, 65, "domain/devices/disk/target/@bus", NULL,
     "floppy", RV_ERR_INTERNAL},
    {DISK("<target dev='hda'/><address type='pci'/>"), E, 75, "domain/devices/disk/address/@type",
     "drive", "", RV_ERR_CONFIG_UNSUPPORTED},
    {DISK(TARGET "<driver type='qcow9'/>"), E, 74, "domain/devices/disk/driver/@type", "qcow", "",
     RV_ERR_CONFIG_UNSUPPORTED},
    {DISK(TARGET "<serial/><boot order='0'/>"), E, 81, "domain/devices/disk/boot/@order", NULL,
     "at least 1"},
    {DEVICES("<disk type='file'>" TARGET "</disk>"), E, 10, "domain/devices/disk", NULL,
     "<source> with file=", RV_ERR_NO_SOURCE},
    {DEVICES("<disk type='fiel'>" TARGET "</disk>"), E, 16, "domain/devices/disk/@type", "file",
     ""},
    {DEVICES("<disk type='file' device='flopy'>" TARGET "</disk>"), E, 28,
     "domain/devices/disk/@device", "floppy", "'flopy' is not one of disk, cdrom, floppy or lun"},
    {DEVICES("<interface type='brige'><source bridge='b'/></interface>"), E, 21,
     "domain/devices/interface/@type", "bridge", ""},
    {DEVICES("<interface type='network'/>"), E, 10, "domain/devices/interface", NULL,
     "element <source> is missing"},
    {DEVICES("<interface type='user'><mac address='53:54:00:00:00:01'/></interface>"), E, 38,
     "domain/devices/interface/mac/@address", NULL, "group"},
    {DEVICES("<interface type='user'><mac address='52:54:00'/></interface>"), E, 38,
     "domain/devices/interface/mac/@address", NULL, "is not a MAC address"},
    {DEVICES("<controller type='pci' model='pcie-root'><address type='pci'/></controller>"), E, 51,
     "domain/devices/controller/address", NULL, "has no address", RV_ERR_CONFIG_UNSUPPORTED},
    {DEVICES("<controller type='usb' model='piix3-uchi'/>"), E, 33,
     "domain/devices/controller/@model", "piix3-uhci", ""},
    {DEVICES("<controller type='ide' index='1'/><controller type='ide' index='1'/>"), E, 67,
     "domain/devices/controller[2]/@index", NULL, "another ide controller"},
    {DEVICES("<graphics type='vnc' passwd='x' connected='fail'/>"), E, 42,
     "domain/devices/graphics/@connected", NULL, "viewers of VNC stay",
     RV_ERR_CONFIG_UNSUPPORTED},
    {DEVICES("<sound model='ac97'><audio id='2'/></sound>"), E, 37,
     "domain/devices/sound/audio/@id", NULL, "no <audio> with this id"},
    {DEVICES("<vsock><cid address='2'/></vsock>"), E, 22, "domain/devices/vsock/cid/@address", NULL,
     "begin with 3", RV_ERR_CONFIG_UNSUPPORTED},
    {DEVICES("<serial type='udp'><source mode='bind' service='1'/></serial>"), E, 29,
     "domain/devices/serial/source", NULL, "where to send datagrams is missing", RV_ERR_INTERNAL},
    {DEVICES("<watchdog model='ib700'/><watchdog model='ib700'/>"), E, 35,
     "domain/devices/watchdog[2]", NULL, "there can be only one", RV_ERR_INTERNAL},
    {DEVICES("<vsock/><vsock/>"), E, 18, "domain/devices/vsock[2]", NULL, "there can be only one"},
    {DEVICES("<sound model='ac97'><alias name='ua-a'/></sound><hub type='usb'><alias name='ua-a'/>"
             "</hub>"), E, 81, "domain/devices/hub/alias/@name", NULL,
     "another device has the alias 'ua-a'", RV_ERR_CONFIG_UNSUPPORTED},
    {DEVICES("<serial type='pty'><alias name='ua-a'/></serial><sound model='ac97'><alias name='ua-a'/>"
             "</sound>"), E, 0, NULL, NULL, NULL}, /* none: as libvirt */
    {DEVICES("<tpm><backend type='emulator' version='1.2'><active_pcr_banks><sha1/>"
             "</active_pcr_banks></backend></tpm>"), E, 54,
     "domain/devices/tpm/backend/active_pcr_banks", NULL, "only a TPM of version 2.0"},
    {DEVICES("<graphics type='vnc' port='70000'/>"), E, 31, "domain/devices/graphics/@port", NULL,
     "from -1 to 65535"},
    {DEVICES("<graphics type='vnc' listen='::'><listen type='address' address='::1'/></graphics>"),
     E, 31, "domain/devices/graphics/@listen", NULL, "", RV_ERR_CONFIG_UNSUPPORTED},
    {DEVICES("<serial type='tcp'><source host='h'/></serial>"), E, 29,
     "domain/devices/serial/source", NULL, "service=", RV_ERR_INTERNAL},
    {DEVICES("<memballoon/>"), E, 10, "domain/devices/memballoon", NULL,
     "attribute 'model' is missing"},
    {DEVICES("<video><model type='vga' ram='1'/></video>"), E, 35,
     "domain/devices/video/model/@ram", NULL, "qxl", RV_ERR_CONFIG_UNSUPPORTED},
};

START_TEST(test_row)
{
    g_autofree char *xml = g_strconcat(HEAD, rows[_i].part, "\n" TAIL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(xml, strlen(xml), diagnostics, &error);
    g_autofree char *all = rv_diagnostics_to_text(diagnostics);
    const RvDiagnostic *first = rv_diagnostics_get(diagnostics, 0);
    int code = rows[_i].code ? rows[_i].code : RV_ERR_XML;
    if (!rows[_i].message) {
        ck_assert_str_eq(all, "");
        return;
    }

    ck_assert_msg(first && !rv_diagnostics_get(diagnostics, 1), "%s: not one fault: %s",
                  rows[_i].part, all);
    ck_assert_msg(first->level == rows[_i].level && first->line == 5 &&
                      first->column == rows[_i].column && !strcmp(first->path, rows[_i].path) &&
                      !g_strcmp0(first->suggestion, rows[_i].suggestion) &&
                      strstr(first->message, rows[_i].message) && first->code == code,
                  "%s: %s%s (code %d)", rows[_i].part, first->level == E ? "error " : "", all,
                  first->code);
    ck_assert((def != NULL) == (first->level == W));
    if (!def)
        ck_assert_int_eq(error->code, code);
}
END_TEST

/* ---- Whole documents ------------------------------------------------------------------------ */

static const struct {
    const char *xml;
    int code;
    const char *message; /* of the error, a part */
} documents[] = {
    {"<a/>", RV_ERR_XML, "unexpected root element <a>, expecting <domain>"},
    {"<domain xmlns='u'/>", RV_ERR_XML, "attribute 'type' is missing"},
    {"<domain/>", RV_ERR_XML, "1:1: domain: attribute 'type' is missing"},
    {"<domain type='kqemu'/>", RV_ERR_CONFIG_UNSUPPORTED,
     "'kqemu' is not one of kvm, qemu, xen, lxc, test, hvf"},
    {"<domain type='kvm'/>", RV_ERR_NO_NAME, "element <name> is missing"},
    {"<domain type='kvm'><name/></domain>", RV_ERR_NO_NAME, "element <name> is missing"},
    {"<domain type='kvm'><name>n</name><os><type>hvm</type></os></domain>", RV_ERR_XML,
     "the guest has no memory"},
    {"<domain type='kvm'><name>n</name><memory>1</memory></domain>", RV_ERR_XML,
     "element <os> is missing"},
    {"<domain type='kvm'><name>n</name><memory>1</memory><os><type/></os></domain>", RV_ERR_XML,
     "its text is missing"},
    {"<domain type='kvm'><name>n</name><memory>0</memory><os><type>hvm</type></os></domain>",
     RV_ERR_XML, "the guest has no memory"},
    {"<domain type='lxc'><name>n</name><memory>1</memory><os><type>exe</type></os></domain>",
     RV_ERR_XML, "<init>"},
    {"<domain", RV_ERR_XML_DETAIL, "1:"},
};

START_TEST(test_document)
{
    g_autoptr(GError) error = NULL;
    const char *xml = documents[_i].xml;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(xml, strlen(xml), NULL, &error);
    ck_assert_msg(def == NULL, "%s", xml);
    ck_assert_msg(error->code == documents[_i].code &&
                      strstr(error->message, documents[_i].message),
                  "%s: %d: %s", xml, error->code, error->message);
}
END_TEST

static const struct {
    const char *name; /* as it stands in the document */
    const char *message; /* NULL: it is good */
} names[] = {
    {"a", NULL},
    {"with blanks and \u2603", NULL},
    {"&lt;&amp;&gt;", NULL},
    {"\u202eRTL", NULL},
    {"..", NULL},
    {"../x", "cannot contain '/'"},
    {"/", "cannot contain '/'"},
    {"a&#10;b", "line end"},
    {"  ", "white space only"},
    {"a&#9;b", "control characters"},
    {"a&#x85;b", "control characters"},
};

static GError *define_name(const char *name)
{
    GError *error = NULL;
    g_autofree char *xml = g_strdup_printf("<domain type='kvm'><name>%s</name><memory>1</memory>"
                                           "<os><type>hvm</type></os></domain>", name);
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(xml, strlen(xml), NULL, &error);
    ck_assert((def == NULL) == (error != NULL));
    return error;
}

START_TEST(test_name)
{
    g_autoptr(GError) error = define_name(names[_i].name);
    if (names[_i].message)
        ck_assert_msg(error && strstr(error->message, names[_i].message), "%s: %s", names[_i].name,
                      error ? error->message : "accepted");
    else
        ck_assert_msg(!error, "%s: %s", names[_i].name, error ? error->message : "");
}
END_TEST

START_TEST(test_name_length)
{
    g_autofree char *most = g_strnfill(255, 'x'), *more = g_strnfill(256, 'x');
    g_autoptr(GError) none = define_name(most), error = define_name(more);
    ck_assert_ptr_null(none);
    ck_assert_ptr_nonnull(strstr(error->message, "at most 255 bytes"));
}
END_TEST

/* All faults in one pass; the error has them all, and the code of the first. */
START_TEST(test_all_at_once)
{
    static const char xml[] = "<domain type='kvm'>\n"
                              "<name>a/b</name>\n"
                              "<memory unit='KX'>1</memory>\n"
                              "<os><type>hvmm</type></os>\n"
                              "<dvices/>\n"
                              "<devices><disk/><input/></devices>\n"
                              "</domain>";
    static const char wanted[] =
        "3:9: domain/memory/@unit: 'KX' is not one of b, KiB (1024), KB (1000), MiB, MB, GiB, GB, "
        "TiB, TB, PiB, PB, EiB or EB\n"
        "4:5: domain/os/type: 'hvmm' is not one of hvm, linux, xen, xenpvh or exe; "
        "did you mean 'hvm'?\n"
        "5:1: domain/dvices: unknown element <dvices>; did you mean <devices>?\n"
        "6:10: domain/devices/disk: element <target> is missing\n"
        "6:17: domain/devices/input: attribute 'type' is missing\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    g_autoptr(RvDomainDef) def =
        rv_domain_def_parse(xml, strlen(xml), diagnostics, &error);
    g_autofree char *text = rv_diagnostics_to_text(diagnostics);
    ck_assert_ptr_null(def);
    ck_assert_str_eq(text, wanted);
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_INVALID_ARG));
    ck_assert_ptr_nonnull(strstr(error->message, "6:17: domain/devices/input"));
    ck_assert_ptr_null(strstr(error->message, "dvices>?"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-faults");
    TCase *tcase = tcase_create("domain-faults");
    tcase_add_loop_test(tcase, test_row, 0, G_N_ELEMENTS(rows));
    tcase_add_loop_test(tcase, test_document, 0, G_N_ELEMENTS(documents));
    tcase_add_loop_test(tcase, test_name, 0, G_N_ELEMENTS(names));
    tcase_add_test(tcase, test_name_length);
    tcase_add_test(tcase, test_all_at_once);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
