/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Walks all tables of the domain's document, and of networks': each row must fit its struct, its kind and its
 * neighbours. */

#include "model/domain-def.h"
#include "model/network.h"
#include "model/xml-table.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const RvXmlType *types[16]; /* those of one struct, from the outermost element */
    size_t bases[16];           /* where in it the fields of each lie */
    unsigned n;
    size_t base, size; /* of what is embedded in the struct, or all of it */
    char *path;
    GPtrArray *done;
    unsigned n_rows;
} Walk;

static bool is_attribute(const RvXmlRow *row)
{
    return row->place == RV_XML_PLACE_ATTRIBUTE;
}

static bool has_value(const RvXmlRow *row)
{
    return is_attribute(row) || row->place == RV_XML_PLACE_TEXT ||
           row->place == RV_XML_PLACE_LEAF || row->place == RV_XML_PLACE_VALUES;
}

static size_t field_size(const RvXmlRow *row)
{
    switch (row->place) {
    case RV_XML_PLACE_FLAG:
        return sizeof(bool);
    case RV_XML_PLACE_CHILD:
    case RV_XML_PLACE_LIST:
    case RV_XML_PLACE_VALUES:
    case RV_XML_PLACE_RAW:
    case RV_XML_PLACE_FOREIGN:
        return sizeof(void *);
    case RV_XML_PLACE_GROUP:
        return row->type->size ? row->type->size : row->size;
    default:
        return row->kind->size;
    }
}

static unsigned count_names(const RvXmlRow *row)
{
    unsigned n = 0;
    while (row->names[n])
        n++;
    return n;
}

static void check_names(const RvXmlRow *row, const char *path)
{
    if (row->kind == &rv_xml_enum) {
        ck_assert_msg(row->names != NULL, "%s: an enum without names", path);
        ck_assert_msg(row->min < count_names(row), "%s: no name is left", path);
        ck_assert_msg(row->absent >= 0 && row->absent < count_names(row), "%s: absent", path);
    }
    for (unsigned i = 0; row->names && row->names[i]; i++) {
        for (unsigned j = 0; j < i; j++)
            ck_assert_msg(strcmp(row->names[i], row->names[j]), "%s: '%s' twice", path,
                          row->names[i]);
    }
}

/* Zero bytes say nothing, unless another number does. */
static void check_absent(const RvXmlRow *row, const char *path)
{
    static const char zeroes[64] __attribute__((aligned(16)));
    ck_assert_msg(row->kind->size <= sizeof(zeroes), "%s: size", path);
    ck_assert_msg(row->absent || row->kind->is_absent(row, zeroes), "%s: absent", path);
}

static void check_prose(const RvXmlRow *row, const char *path)
{
    if (has_value(row) || row->place == RV_XML_PLACE_FLAG)
        ck_assert_msg(row->doc != NULL, "%s: not explained", path);
    ck_assert_msg(!row->doc || g_str_has_suffix(row->doc, "."), "%s: '%s'", path, row->doc);
    ck_assert_msg(!(row->fallback && (row->flags & RV_XML_REQUIRED)),
                  "%s: required and with a default", path);
}

/* What decides about a row is an enum of the same struct, read before it. */
static void check_when(const Walk *walk, const RvXmlRow *row, const char *path)
{
    if (!row->when.mask)
        return;
    for (unsigned i = walk->n; i-- > 0;) {
        for (unsigned j = 0; j < walk->types[i]->n_rows; j++) {
            const RvXmlRow *decider = &walk->types[i]->rows[j];
            if (decider == row)
                break;
            if (decider->kind != &rv_xml_enum ||
                walk->bases[i] + decider->offset != walk->base + row->when.offset)
                continue;
            ck_assert_msg(row->when.mask < RV_XML_BIT(count_names(decider)), "%s: mask", path);
            return;
        }
    }
    ck_abort_msg("%s: nothing before it decides about it", path);
}

/* Two rows of one name apply under conditions that exclude each other. */
static void check_unique(const RvXmlType *type, const RvXmlRow *row, const char *path)
{
    for (const RvXmlRow *other = type->rows; other < row; other++) {
        if (!row->name || !other->name || strcmp(row->name, other->name) ||
            row->ns != other->ns || is_attribute(row) != is_attribute(other))
            continue;
        ck_assert_msg(row->when.mask && other->when.mask &&
                          row->when.offset == other->when.offset &&
                          !(row->when.mask & other->when.mask),
                      "%s: twice", path);
    }
}

/* Attributes, then elements, then the text. */
static void check_order(const RvXmlType *type, const RvXmlRow *row, const char *path)
{
    if (row == type->rows)
        return;
    ck_assert_msg(!is_attribute(row) || is_attribute(row - 1), "%s: behind an element", path);
    ck_assert_msg(row[-1].place != RV_XML_PLACE_TEXT, "%s: behind the text", path);
}

static void check_row(const Walk *walk, const RvXmlType *type, const RvXmlRow *row,
                      const char *path)
{
    ck_assert_msg(row->offset + row->size <= walk->size, "%s: not in the struct", path);
    ck_assert_msg(row->size == field_size(row), "%s: a field of %zu bytes instead of %zu", path,
                  row->size, field_size(row));
    ck_assert_msg((row->kind != NULL) == (has_value(row) || row->place == RV_XML_PLACE_RAW ||
                                          row->place == RV_XML_PLACE_FOREIGN),
                  "%s: kind", path);
    ck_assert_msg(!row->max || row->min <= (int64_t)row->max, "%s: range", path);
    ck_assert_msg(!(row->flags & RV_XML_LIVE) || row->size <= sizeof(row->absent), "%s: live",
                  path);
    if (row->kind) {
        check_names(row, path);
        check_absent(row, path);
    }
    check_prose(row, path);
    check_when(walk, row, path);
    check_unique(type, row, path);
    check_order(type, row, path);
}

static void walk_type(Walk *walk, const RvXmlType *type);

static void walk_below(Walk *walk, const RvXmlRow *row, const char *path)
{
    Walk below = {.size = row->type->size, .path = (char *)path, .done = walk->done};
    if (!row->type->size) {
        below = *walk;
        below.path = (char *)path;
        below.n_rows = 0;
        if (row->size) {
            below.base += row->offset;
            below.size = row->size;
        }
    } else if (g_ptr_array_find(walk->done, row->type, NULL)) {
        return;
    }
    g_ptr_array_add(walk->done, (void *)row->type);
    walk_type(&below, row->type);
    walk->n_rows += below.n_rows;
}

static void walk_type(Walk *walk, const RvXmlType *type)
{
    ck_assert_uint_lt(walk->n, G_N_ELEMENTS(walk->types));
    walk->bases[walk->n] = walk->base;
    walk->types[walk->n++] = type;
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        g_autofree char *path = g_strdup_printf("%s/%s%s", walk->path,
                                                is_attribute(row) ? "@" : "",
                                                row->name ? row->name : "*");
        check_row(walk, type, row, path);
        walk->n_rows++;
        if (row->type)
            walk_below(walk, row, path);
    }
}

START_TEST(test_tables)
{
    g_autoptr(GPtrArray) done = g_ptr_array_new();
    Walk walk = {.size = rv_domain_xml.size, .path = (char *)"domain", .done = done};
    walk_type(&walk, &rv_domain_xml);
    ck_assert_uint_gt(walk.n_rows, 150);
}
END_TEST

START_TEST(test_network_tables)
{
    g_autoptr(GPtrArray) done = g_ptr_array_new();
    Walk walk = {.size = rv_network_xml.size, .path = (char *)"network", .done = done};
    walk_type(&walk, &rv_network_xml);
    ck_assert_uint_gt(walk.n_rows, 80);
}
END_TEST

/* What is compared when a guest must stay what it is, and what is not. */
static const struct {
    const char *from, *to; /* parts of the document */
    const char *difference;  /* path and text, or NULL: the guest does not see it */
} changes[] = {
    {"vda", "vdb", "domain/devices/disk[1]/target/@dev: 'vda' here is 'vdb' there"},
    {"/x", "/y", NULL},
    {"<memory>1</memory>", "<memory>2</memory>", "domain/memory: '1' here is '2' there"},
    {"<acpi/>", "", "domain/features/acpi: it is only in one of both"},
    {"<title>t</title>", "", NULL},
    {"<mac address='52:54:00:00:00:01'/>", "<mac address='52:54:00:00:00:02'/>",
     "domain/devices/interface[1]/mac/@address: '52:54:00:00:00:01' here is '52:54:00:00:00:02' there"},
    {"<input type='mouse'/>", "", "domain/devices/input: there are 1 here and 0 there"},
    {"<memballoon model='virtio'/>", "", "domain/devices/memballoon: it is only in one of both"},
    {"slot='0x03'", "slot='0x04'",
     "domain/devices/interface[1]/address/@slot: '0x03' here is '0x04' there"},
    {"<feature name='svm'/>", "<feature name='vmx'/>",
     "domain/cpu/feature[1]/@name: 'svm' here is 'vmx' there"},
    {"<graphics type='vnc'/>", "", NULL},
    {"type='kvm'", "type='qemu'", "domain/@type: 'kvm' here is 'qemu' there"},
    {"<name>n</name>", "<name>m</name>", "domain/name: 'n' here is 'm' there"},
    {"<type>hvm</type>", "<type arch='aarch64'>hvm</type>",
     "domain/os/type/@arch: 'absent' here is 'aarch64' there"},
    {"<os>", "<pm><suspend-to-mem enabled='no'/></pm><os>", NULL},
    {"<os>", "<clock offset='localtime'/><os>", NULL},
    {"<os>", "<on_crash>restart</on_crash><os>", NULL},
    {"<os>", "<vcpu>2</vcpu><os>", "domain/vcpu/@current: "},
    {"<os>", "<clock offset='utc'><timer name='tsc' frequency='9'/></clock><os>",
     "domain/clock/timer: there are 0 here and 1 there"},
    {"<source file='/x'/>", "<source file='/x'/><serial>s</serial>",
     "domain/devices/disk[1]/serial: 'absent' here is 's' there"},
    {"<source file='/x'/>", "<source file='/x'/><driver cache='none'/>", NULL},
    {"<source file='/x'/>", "<source file='/x'/><readonly/>",
     "domain/devices/disk[1]/readonly: it is only in one of both"},
    {"<target dev='vda'/>", "<target dev='vda' bus='sata'/>", "domain/devices/disk[1]/target/@bus: "},
    {"<interface type='user'>", "<interface type='user'><model type='e1000'/>",
     "domain/devices/interface[1]/model: 'absent' here is 'e1000' there"},
    {"<graphics type='vnc'/>", "<sound model='ich9'/>",
     "domain/devices/sound: there are 0 here and 1 there"},
    {"<graphics type='vnc'/>", "<watchdog model='i6300esb'/>", "domain/devices/watchdog: "},
    {"<memballoon model='virtio'/>", "<memballoon model='virtio' autodeflate='on'/>",
     "domain/devices/memballoon/@autodeflate: 'absent' here is 'on' there"},
    {"<memballoon model='virtio'/>", "<memballoon model='virtio'><stats period='9'/></memballoon>",
     NULL},
};

START_TEST(test_abi)
{
    static const char xml[] =
        "<domain type='kvm'><name>n</name><title>t</title><memory>1</memory>"
        "<os><type>hvm</type></os><features><acpi/></features>"
        "<cpu><model>m</model><feature name='svm'/></cpu><devices>"
        "<disk type='file'><source file='/x'/><target dev='vda'/></disk>"
        "<interface type='user'><mac address='52:54:00:00:00:01'/>"
        "<address type='pci' slot='0x03'/></interface>"
        "<input type='mouse'/><graphics type='vnc'/><memballoon model='virtio'/>"
        "</devices></domain>";
    g_auto(GStrv) parts = g_strsplit(xml, changes[_i].from, 2);
    g_autofree char *other = g_strconcat(parts[0], changes[_i].to, parts[1], NULL);
    g_autoptr(RvDomainDef) a = rv_domain_def_parse(xml, strlen(xml), NULL, NULL);
    g_autoptr(RvDomainDef) b = rv_domain_def_parse(other, strlen(other), NULL, NULL);
    g_autoptr(RvDiagnostics) differences = rv_diagnostics_new();
    ck_assert(a && b);
    ck_assert(!rv_xml_equal(&rv_domain_xml, "domain", a, b, 0, NULL));

    bool same = rv_xml_equal(&rv_domain_xml, "domain", a, b, RV_XML_ABI, differences);
    g_autofree char *text = rv_diagnostics_to_text(differences);
    if (changes[_i].difference)
        ck_assert_msg(g_str_has_prefix(text, changes[_i].difference), "%s", text);
    else
        ck_assert_str_eq(text, "");
    ck_assert(same == !changes[_i].difference);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domain-tables");
    TCase *tcase = tcase_create("domain-tables");
    tcase_add_test(tcase, test_tables);
    tcase_add_test(tcase, test_network_tables);
    tcase_add_loop_test(tcase, test_abi, 0, G_N_ELEMENTS(changes));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
