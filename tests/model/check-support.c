/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver's list of paths covers, and how what it does not cover is told. */
#include "model/support.h"

#include "model/domain-def.h"
#include "model/xml-table.h"
#include "tests/check-main.h"

/* Whatever every document of this test has. */
#define BASE {"@type"}, {"name"}, {"uuid"}, {"memory"}, {"currentMemory"}, {"vcpu/**"},            \
             {"os/type/**"}, {"clock/**"}

static const struct {
    const char *label, *content;
    RvSupportRow rows[3];
    const char *told; /* each fault as "path: text;", NULL: none */
} rows[] = {
    {"nothing asked", "", {{NULL}}, NULL},
    {"a leaf", "<on_crash>destroy</on_crash>", {{NULL}},
     "domain/on_crash: driver x cannot do this;"},
    {"a leaf that is listed", "<on_crash>destroy</on_crash>", {{"on_crash"}}, NULL},
    {"a value", "<on_crash>preserve</on_crash>",
     {{"on_crash", RV_SUPPORT_VALUES("destroy", "restart")}},
     "domain/on_crash: driver x cannot do 'preserve' here, only destroy, restart;"},
    {"a value that is listed", "<on_crash>restart</on_crash>",
     {{"on_crash", RV_SUPPORT_VALUES("destroy", "restart")}}, NULL},
    {"values in two rows", "<on_crash>restart</on_crash>",
     {{"on_crash", RV_SUPPORT_VALUES("destroy")}, {"on_crash", RV_SUPPORT_VALUES("restart")}},
     NULL},
    {"an attribute of a leaf", "<pm><suspend-to-mem enabled='yes'/></pm>",
     {{"pm/suspend-to-mem"}}, "domain/pm/suspend-to-mem/@enabled: driver x cannot do this;"},
    {"an attribute of a leaf that is listed", "<pm><suspend-to-mem enabled='yes'/></pm>",
     {{"pm/*/@enabled"}}, NULL},
    {"a group is told once", "<pm><suspend-to-mem enabled='yes'/>"
     "<suspend-to-disk enabled='no'/></pm>", {{NULL}}, "domain/pm: driver x cannot do this;"},
    {"a part of a group", "<pm><suspend-to-mem enabled='yes'/><suspend-to-disk enabled='no'/></pm>",
     {{"pm/suspend-to-disk/@enabled"}}, "domain/pm/suspend-to-mem/@enabled: driver x cannot do this;"},
    {"a flag", "<features><acpi/><pae/></features>", {{"features/acpi|apic"}},
     "domain/features/pae: driver x cannot do this;"},
    {"a device is told once", "<devices><memballoon model='virtio'><stats period='1'/></memballoon>"
     "</devices>", {{NULL}}, "domain/devices: driver x cannot do this;"},
    {"each of several", "<devices><rng model='virtio'><backend model='builtin'/></rng>"
     "<rng model='virtio'><backend model='builtin'/></rng></devices>", {{"devices/emulator"}},
     "domain/devices/rng[1]: driver x cannot do this;"
     "domain/devices/rng[2]: driver x cannot do this;"},
    {"all of it", "<devices><rng model='virtio'><rate bytes='1'/><backend model='random'>/x"
     "</backend></rng></devices>", {{"devices/rng/**"}}, NULL},
    {"all of it but", "<devices><rng model='virtio'><backend model='builtin'/></rng></devices>",
     {{"devices/rng/**"}, {"devices/rng/backend/@model", RV_SUPPORT_VALUES("random")}},
     "domain/devices/rng/backend/@model: driver x cannot do 'builtin' here, only random;"},
    {"text beside attributes", "<devices><rng model='virtio'><backend model='random'>/x</backend>"
     "</rng></devices>", {{"devices/rng/@model"}, {"devices/rng/backend/@model"}},
     "domain/devices/rng/backend: driver x cannot do this;"},
    {"an attribute is no element", "<on_crash>destroy</on_crash>", {{"@on_crash"}},
     "domain/on_crash: driver x cannot do this;"},
    {"half a name is no name", "<on_crash>destroy</on_crash>", {{"on_cras|n_crash"}},
     "domain/on_crash: driver x cannot do this;"},
    {"metadata", "<metadata><a xmlns='urn:a'/></metadata>", {{NULL}},
     "domain/metadata: driver x cannot do this;"},
    {"what is foreign is not asked of us", "<a:b xmlns:a='urn:a'/>", {{NULL}}, NULL},
    {"what only a running guest has is not asked for",
     "<devices><rng model='virtio'><backend model='builtin'/><alias name='rng0'/></rng></devices>",
     {{"devices/rng/@model"}, {"devices/rng/backend/@model"}}, NULL},
    {"but a name that the user gave is",
     "<devices><rng model='virtio'><backend model='builtin'/><alias name='ua-r'/></rng></devices>",
     {{"devices/rng/@model"}, {"devices/rng/backend/@model"}},
     "domain/devices/rng/alias/@name: driver x cannot do this;"},
};

START_TEST(test_check)
{
    static const RvSupportRow base[] = {BASE};
    RvSupportRow all[G_N_ELEMENTS(base) + 3];
    unsigned n = G_N_ELEMENTS(base);
    memcpy(all, base, sizeof(base));
    for (unsigned i = 0; i < 3 && rows[_i].rows[i].path; i++)
        all[n++] = rows[_i].rows[i];
    const RvSupport support = {all, n};

    g_autofree char *text = g_strdup_printf("<domain type='test'><name>x</name><memory>1</memory>"
                                            "<os><type>hvm</type></os>%s</domain>",
                                            rows[_i].content);
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(text, strlen(text), NULL, &error);
    ck_assert_msg(def != NULL, "%s: %s", rows[_i].label, error ? error->message : "");
    g_autoptr(RvDiagnostics) told = rv_diagnostics_new();
    rv_support_check(&support, "x", &rv_domain_xml, "domain", def, RV_DIAGNOSTIC_ERROR, told);

    g_autoptr(GString) faults = g_string_new(NULL);
    const RvDiagnostic *fault;
    for (unsigned i = 0; (fault = rv_diagnostics_get(told, i)); i++)
        g_string_append_printf(faults, "%s: %s;", fault->path, fault->message);
    ck_assert_msg(g_str_equal(faults->str, rows[_i].told ? rows[_i].told : ""), "%s: %s",
                  rows[_i].label, faults->str);
}
END_TEST

static const struct {
    const char *path;
    bool has;
    const char *values;
} asked[] = {
    {"name", true, NULL},           {"nam", false, NULL},
    {"@name", false, NULL},         {"pm", true, NULL},
    {"pm/a/@enabled", true, "y,n"}, {"pm/a", true, NULL},
    {"pm/a/b", false, NULL},        {"devices/rng", true, NULL},
    {"devices/rng/x/@y", true, NULL}, {"devices", true, NULL},
    {"devices/disk", false, NULL},
};

static const RvSupportRow list[] = {
    {"name"},
    {"pm/*/@enabled", RV_SUPPORT_VALUES("y", "n")},
    {"devices/rng/**"},
};

START_TEST(test_has)
{
    static const RvSupport support = RV_SUPPORT(list);
    const char *const *values;
    ck_assert_msg(rv_support_has(&support, asked[_i].path, &values) == asked[_i].has, "%s",
                  asked[_i].path);
    g_autofree char *joined = values ? g_strjoinv(",", (char **)values) : NULL;
    ck_assert_pstr_eq(joined, asked[_i].values);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support");
    TCase *tcase = tcase_create("support");
    tcase_add_loop_test(tcase, test_check, 0, G_N_ELEMENTS(rows));
    tcase_add_loop_test(tcase, test_has, 0, G_N_ELEMENTS(asked));
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
