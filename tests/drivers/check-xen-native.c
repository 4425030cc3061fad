/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configurations of xl and xm: their syntax, and what libvirt's own examples (which the live tests
 * translate) say nothing of. */
#include "drivers/xen/native-text.h"
#include "drivers/xen/native.h"

#include "base/error.h"
#include "drivers/xen/xen.h"
#include "tests/check-main.h"

/* ---- Syntax --------------------------------------------------------------------------------- */

static const struct {
    const char *text, *json; /* NULL: a fault, whose text contains `fault` */
    const char *fault;
} syntax[] = {
    {"", "{}", NULL},
    {"# a comment\n\n  a = 1 # another\nb='x'\n", "{\"a\":1,\"b\":\"x\"}", NULL},
    {"a=0x10;b = -3", "{\"a\":16,\"b\":-3}", NULL},
    {"a=[1, 'x', [\"y\"],\n # in a list\n ]", "{\"a\":[1,\"x\",[\"y\"]]}", NULL},
    {"a = [ ]\r\nb = 2", "{\"a\":[],\"b\":2}", NULL},
    {"a = \"it's\"\nb = 'say \"x\"'", "{\"a\":\"it's\",\"b\":\"say \\\"x\\\"\"}", NULL},
    {"a = \"\\\"\\x41\\101\\n\\\\\"", "{\"a\":\"\\\"AA\\n\\\\\"}", NULL},
    {"a = \"\"\"one\n'two' \"three\" \"\"\"", "{\"a\":\"one\\n'two' \\\"three\\\" \"}", NULL},
    {"a = 'x'\na += 'y'\nb = [1]\nb += [2]", "{\"a\":\"xy\",\"b\":[1,2]}", NULL},
    {"a = 1\na = 2", "{\"a\":2}", NULL},
    {"a = 1\n= 2", NULL, "line 2 of the configuration: the name of a setting is expected"},
    {"a 1", NULL, "an equals sign"},
    {"a = ", NULL, "a number, a text in quotes or a list"},
    {"a = 12x", NULL, "a number, a text in quotes or a list"},
    {"a = 'x\nb = 1", NULL, "line 1 of the configuration: a text is not ended"},
    {"a = \"\"\"x\n", NULL, "line 2 of the configuration: a text is not ended"},
    {"a = 'x\\q'", NULL, "escape sequence"},
    {"a = 'x\\", NULL, "escape sequence"},
    {"a = '\\x00'", NULL, "escape sequence"},
    {"a = '\xff'", NULL, "UTF-8"},
    {"a = [1 2]", NULL, "a comma or the end of a list"},
    {"a = [1,", NULL, "a number, a text in quotes or a list"},
    {"a = [[[[[[[[[[1]]]]]]]]]]", NULL, "nested too deeply"},
    {"a = 1 b = 2", NULL, "the end of the line"},
    {"a = 99999999999999999999", NULL, "a number"},
    {"a = 1\na += 2", NULL, "only a text can be added"},
};

START_TEST(reads_no_endless_text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_malloc0((64 << 10) + 2);
    memset(text, '\n', 64 << 10);
    json_t *settings = xen_native_parse(text, &error);
    ck_assert(settings && !error);
    json_decref(settings);
    text[64 << 10] = '\n';
    ck_assert_ptr_null(xen_native_parse(text, &error));
    ck_assert(strstr(error->message, "64 KiB"));
}
END_TEST

START_TEST(reads_syntax)
{
    GError *error = NULL;
    json_t *got = xen_native_parse(syntax[_i].text, &error);
    if (!syntax[_i].json) {
        ck_assert_msg(!got && error, "'%s' was understood", syntax[_i].text);
        ck_assert_int_eq(error->code, RV_ERR_CONF_SYNTAX);
        ck_assert_msg(strstr(error->message, syntax[_i].fault), "%s", error->message);
        g_error_free(error);
        return;
    }
    ck_assert_msg(got, "'%s': %s", syntax[_i].text, error ? error->message : "");
    json_t *wanted = json_loads(syntax[_i].json, 0, NULL);
    ck_assert_msg(json_equal(got, wanted), "'%s'", syntax[_i].text);

    g_autofree char *printed = xen_native_print(got);
    json_t *again = xen_native_parse(printed, NULL);
    ck_assert_msg(json_equal(got, again), "'%s' became '%s'", syntax[_i].text, printed);
    json_decref(again);
    json_decref(wanted);
    json_decref(got);
}
END_TEST

/* ---- Meaning -------------------------------------------------------------------------------- */

#define PV "name = 'g'\n"
#define HVM "name = 'g'\nbuilder = 'hvm'\n"

static const struct {
    const char *text;
    const char *document; /* a part of it, or NULL: a fault, a part of whose text is `other` */
    const char *other;    /* another part, or what is ignored */
} meaning[] = {
    {PV "disk = ['phy:/dev/vg/a,xvda,w']", "<disk type='block' device='disk'><driver name='phy'",
     "<source dev='/dev/vg/a'/><target dev='xvda' bus='xen'/></disk>"},
    {PV "disk = ['tap:aio:/a.img,xvda,r']", "<source file='/a.img'/>", "<readonly/>"},
    {HVM "disk = ['file:/a,b.iso,hdc:cdrom,r']", NULL, "too many words"},
    {HVM "disk = ['/a.iso,,hdc,,cdrom']", "<disk type='file' device='cdrom'>", "<readonly/>"},
    {HVM "disk = ['vdev=sda, access=rw, target=/a,b=c']", "<source file='/a,b=c'/>", "bus='scsi'"},
    {PV "disk = ['/a.img,qcow2,xvda,rw,discard,backend=store']",
     "type='qcow2' discard='unmap'", "<backenddomain name='store'/>"},
    {PV "disk = ['/a,raw,xvda,w,frob=1']", NULL, "a parameter that is not known"},
    {PV "disk = ['/a,raw,xvda,w,extra']", NULL, "too many words"},
    {PV "disk = ['/a,raw,xvda,w,vdev=xvdb']", NULL, "said twice"},
    {PV "disk = ['script=block-x,vdev=xvda,target=x']", NULL, "a script of its own"},
    {PV "disk = ['/a']", NULL, "vdev= is missing"},
    {PV "disk = ['vdev=xvda']", NULL, "target= is missing"},
    {PV "vif = ['']", "<interface type='ethernet'></interface>", NULL},
    {PV "vif = ['bridge=br0,rate=8Mb/s@20ms,backend=net']", "<outbound average='1024'/>",
     "<backenddomain name='net'/>"},
    {PV "vif = ['rate=10']", NULL, "Invalid rate"},
    {PV "vfb = ['sdl=1,display=:0']", "<graphics type='sdl' display=':0'/>", NULL},
    {PV "vfb = ['vncdisplay=3']", "port='5903' autoport='no'", NULL},
    {HVM "spice = 1", NULL, "spicepasswd"},
    {HVM "boot = 'dcn'", "<boot dev='cdrom'/><boot dev='hd'/><boot dev='network'/>", NULL},
    {HVM "serial = ['pty', 'none', 'tcp:h:1,server']",
     "<serial type='tcp'><source mode='bind' host='h' service='1'/>", "<target port='2'/>"},
    {HVM "serial = 'udp:h'", NULL, "malformed char device"},
    {PV "pci = ['01:13.0@5,msitranslate=1']", "bus='0x01' slot='0x13' function='0x0'", NULL},
    {PV "pci = ['here']", NULL, "Malformed PCI address"},
    {PV "vnuma = [['pnode=1','size=64','vcpus=0']]", NULL, "host's node of its own number"},
    {PV "vnuma = [['size=64','vcpus=0']]", NULL, "are needed"},
    {HVM "cpuid = 'host,tm=q'", NULL, "0, 1, x, k or s"},
    {PV "type = 'arm'", NULL, "pv, pvh or hvm"},
    {PV "memory = 'much'", NULL, "config value memory was malformed"},
    {PV "memory = ['1']", NULL, "config value memory was malformed"},
    {"memory = 64", NULL, "config value name was missing"},
    {PV "frob = 1\nvtpm = ['x']", "<name>g</name>", "frob, vtpm"},
    {"name = '<&>'", "<name>&lt;&amp;&gt;</name>", NULL},
};

START_TEST(reads_meaning)
{
    GError *error = NULL;
    g_autofree char *ignored = NULL;
    g_autofree char *xml =
        xen_from_native(NULL, &xen_native_formats[0], meaning[_i].text, &ignored, &error);
    const char *other = meaning[_i].other;
    if (!meaning[_i].document) {
        ck_assert_msg(!xml && error, "'%s' became %s", meaning[_i].text, xml);
        ck_assert_msg(strstr(error->message, other), "%s", error->message);
        g_error_free(error);
        return;
    }
    ck_assert_msg(xml, "'%s': %s", meaning[_i].text, error ? error->message : "");
    ck_assert_msg(strstr(xml, meaning[_i].document), "'%s' became %s", meaning[_i].text, xml);
    ck_assert_msg(!other || strstr(xml, other) || !g_strcmp0(ignored, other),
                  "'%s' became %s without %s", meaning[_i].text, xml, ignored);
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(xml, strlen(xml), NULL, &error);
    ck_assert_msg(def, "%s: %s", xml, error ? error->message : "");
}
END_TEST

/* What cannot be said is refused, not left out. */
#define GUEST(type, more)                                                                          \
    "<domain type='xen'><name>g</name><memory>65536</memory><os><type>" type "</type></os>"        \
    "<devices>" more "</devices></domain>"

static const struct {
    int format;
    const char *xml, *fault;
} refused[] = {
    {0, GUEST("hvm", "<disk device='floppy'><source file='/a'/><target dev='fda'/></disk>"),
     "floppy"},
    {0, GUEST("linux", "<interface type='user'/>"), "Unsupported net type 'user'"},
    {0, GUEST("linux", "<disk type='network'><source protocol='nbd' name='a'><host name='h'/>"
                       "</source><target dev='xvda'/></disk>"), "'nbd'"},
    {0, GUEST("hvm", "<serial type='nmdm'><source master='/a' slave='/b'/></serial>"), "nmdm"},
    {0, GUEST("linux", "<graphics type='spice'/>"), "one screen"},
    {0, GUEST("linux", "<controller type='usb' model='nec-xhci'/>"), "qusb1 or qusb2"},
    {1, GUEST("xenpvh", ""), "use xen-xl"},
    {1, GUEST("hvm", "<serial type='pty'/><serial type='pty'/>"), "Multiple serial"},
};

START_TEST(refuses_what_cannot_be_said)
{
    GError *error = NULL;
    const char *xml = refused[_i].xml;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(xml, strlen(xml), NULL, &error);
    ck_assert_msg(def, "%s: %s", xml, error ? error->message : "");
    ck_assert(rv_xen_driver.definition->complete(NULL, def, &error));
    g_autofree char *text =
        xen_to_native(NULL, &xen_native_formats[refused[_i].format], def, &error);
    ck_assert_msg(!text && error, "%s became %s", xml, text);
    ck_assert_msg(strstr(error->message, refused[_i].fault), "%s", error->message);
    g_error_free(error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen-native");
    TCase *cases = tcase_create("native");
    tcase_add_test(cases, reads_no_endless_text);
    tcase_add_loop_test(cases, reads_syntax, 0, G_N_ELEMENTS(syntax));
    tcase_add_loop_test(cases, reads_meaning, 0, G_N_ELEMENTS(meaning));
    tcase_add_loop_test(cases, refuses_what_cannot_be_said, 0, G_N_ELEMENTS(refused));
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
