/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Small parts of the command line's program: addresses, tables, words for states. */
#include "base/error.h"
#include "cli/address.h"
#include "cli/document.h"
#include "cli/state-text.h"
#include "cli/table.h"
#include "tests/check-main.h"

/* ---- Addresses ---- */

static const struct {
    const char *text;
    bool root, read_only;
    const char *socket_option;
    const char *uri, *socket; /* NULL: refused */
} addresses[] = {
    {NULL, true, false, NULL, "reeve:///system", "/run/reeve/reeve.sock"},
    {NULL, false, false, NULL, "reeve:///session", "/run/user/7/reeve/reeve.sock"},
    {"", true, false, NULL, "reeve:///system", "/run/reeve/reeve.sock"},
    {"qemu:///system", false, false, NULL, "qemu:///system", "/run/reeve/reeve.sock"},
    {"qemu:///system", false, true, NULL, "qemu:///system", "/run/reeve/reeve-ro.sock"},
    {"qemu:///session", false, false, NULL, "qemu:///session", "/run/user/7/reeve/reeve.sock"},
    {"qemu:///session", true, false, NULL, "qemu:///session", "/run/reeve/reeve.sock"},
    {"test:///default", false, false, NULL, "test:///default", "/run/user/7/reeve/reeve.sock"},
    {"qemu:///system", true, false, "/x", "qemu:///system", "/x"},
    {"qemu+unix:///system?socket=/y", true, false, "/x", "qemu:///system", "/y"},
    {"qemu+unix:///system?socket=/a%20b", true, false, NULL, "qemu:///system", "/a b"},
    {"qemu+unix:///system?mode=direct&socket=/y", true, false, NULL, "qemu:///system", "/y"},
    {"reeve:///system?kind=1&socket=/y&more=2", true, false, NULL,
     "reeve:///system?kind=1&more=2", "/y"},
    {"qemu+ssh://host/system", true, false, NULL, NULL, NULL},
    {"qemu+tls:///system", true, false, NULL, NULL, NULL},
    {"qemu://host/system", true, false, NULL, NULL, NULL},
    {"system", true, false, NULL, NULL, NULL},
};

START_TEST(test_address)
{
    const char *text = addresses[_i].text ? addresses[_i].text : "(none)";
    RvAddressDefaults defaults = {
        .root = addresses[_i].root,
        .read_only = addresses[_i].read_only,
        .runtime_dir = "/run/user/7",
        .socket = addresses[_i].socket_option,
    };
    g_auto(RvAddress) address = {0};
    g_autoptr(GError) error = NULL;
    bool ok = rv_address_parse(&address, addresses[_i].text, &defaults, &error);
    ck_assert_msg(ok == (addresses[_i].uri != NULL), "%s: %s", text, error ? error->message : "");
    ck_assert_msg(ok || rv_error_get_remedy(error), "%s", text);
    ck_assert_msg(!g_strcmp0(address.uri, addresses[_i].uri), "%s: %s", text, address.uri);
    ck_assert_msg(!g_strcmp0(address.socket, addresses[_i].socket), "%s: %s", text,
                  address.socket);
}
END_TEST

/* ---- Tables ---- */

static const struct {
    const char *label, *first, *second, *expected;
} cells[] = {
    {"plain", "1", "test", " Id   Name\n------------\n 1    test\n"},
    {"longer than the heading", "12345", "x", " Id      Name\n---------------\n 12345   x\n"},
    {"wide letters", "\xe4\xb8\xad\xe4\xb8\xad", "x",
     " Id     Name\n--------------\n \xe4\xb8\xad\xe4\xb8\xad   x\n"},
    {"no letters", "\xff", "a\nb", " Id     Name\n----------------\n \\xff   a\\x0ab\n"},
    {"commands to the terminal", "1", "\x1b[2J",
     " Id   Name\n---------------\n 1    \\x1b[2J\n"},
};

START_TEST(test_table)
{
    g_autoptr(RvTable) table = rv_table_new("Id", "Name", NULL);
    rv_table_add(table, cells[_i].first, cells[_i].second, NULL);
    g_autofree char *text = rv_table_to_text(table, true);
    ck_assert_msg(!strcmp(text, cells[_i].expected), "%s:\n%s", cells[_i].label, text);
}
END_TEST

START_TEST(test_table_bare)
{
    g_autoptr(RvTable) table = rv_table_new("Heading", "Name", NULL);
    g_autofree char *empty = rv_table_to_text(table, false);
    ck_assert_str_eq(empty, "");
    rv_table_add(table, "1", "x", NULL);
    g_autofree char *text = rv_table_to_text(table, false);
    ck_assert_str_eq(text, " 1   x\n");
}
END_TEST

/* ---- States ---- */

static const struct {
    int state, reason;
    const char *state_text, *reason_text;
} states[] = {
    {0, 0, "no state", "unknown"}, {1, 0, "running", "unknown"},   {1, 1, "running", "booted"},
    {3, 1, "paused", "user"},      {4, 1, "in shutdown", "user"},  {5, 2, "shut off", "destroyed"},
    {6, 1, "crashed", "panicked"}, {5, 99, "shut off", "unknown"}, {99, 1, "no state", "unknown"},
    {-1, -1, "no state", "unknown"},
};

START_TEST(test_state)
{
    ck_assert_str_eq(rv_state_text(states[_i].state), states[_i].state_text);
    g_autofree char *reason = rv_state_reason_text(states[_i].state, states[_i].reason);
    ck_assert_str_eq(reason, states[_i].reason_text);
}
END_TEST

/* ---- Documents ---- */

static const struct {
    const char *text;
    const char *fault; /* the first */
} documents[] = {
    {"", "web.xml: "},
    {"<a>\n<b></a>", "web.xml:2:"},
    {"<network/>", "web.xml: "},
    {"<domain type='qemu'>\n <name>x</name>\n <vcpuu>1</vcpuu>\n"
     " <memory>1024</memory>\n <os><type>hvm</type></os>\n</domain>",
     "web.xml:3:2: domain/vcpuu: unknown element <vcpuu>; did you mean <vcpu>?"},
    {"<domain type='qemu'>\n <name>x</name>\n <memory unit='kb'>1</memory>\n"
     " <os>\n  <type>hvm</type><boot dev='hdd'/></os>\n</domain>",
     "web.xml:5:25: domain/os/boot/@dev: "},
};

START_TEST(test_document)
{
    RvDocument document = {
        .file = (char *)"web.xml",
        .text = (char *)documents[_i].text,
        .len = strlen(documents[_i].text),
    };
    g_autoptr(RvDiagnostics) diagnostics = rv_document_check(&document);
    const RvDiagnostic *fault = rv_diagnostics_get(diagnostics, 0);
    ck_assert_ptr_nonnull(fault);
    g_autofree char *text = rv_document_fault_text(&document, fault);
    ck_assert_msg(g_str_has_prefix(text, documents[_i].fault), "%s", text);
}
END_TEST

START_TEST(test_explain)
{
    RvDocument document = {.file = (char *)"web.xml", .text = (char *)documents[3].text};
    document.len = strlen(document.text);
    GError *error = NULL;
    rv_error_set(&error, RV_ERR_XML, "refused");
    ck_assert(rv_document_explain(&document, &error));
    ck_assert_str_eq(error->message, "the document has faults\n"
                                     "web.xml:3:2: domain/vcpuu: unknown element <vcpuu>; did you "
                                     "mean <vcpu>?");
    g_clear_error(&error);

    /* What is not about the document stays as it is. */
    rv_error_set(&error, RV_ERR_OPERATION_FAILED, "no room");
    ck_assert(!rv_document_explain(&document, &error));
    ck_assert_str_eq(error->message, "operation failed: no room");
    g_clear_error(&error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");
    tcase_add_loop_test(tests, test_address, 0, G_N_ELEMENTS(addresses));
    tcase_add_loop_test(tests, test_table, 0, G_N_ELEMENTS(cells));
    tcase_add_test(tests, test_table_bare);
    tcase_add_loop_test(tests, test_state, 0, G_N_ELEMENTS(states));
    tcase_add_loop_test(tests, test_document, 0, G_N_ELEMENTS(documents));
    tcase_add_test(tests, test_explain);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
