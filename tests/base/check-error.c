/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <errno.h>

#include "tests/check-main.h"

/* Numbers and words that clients and scripts know: libvirt's, as virsh prints them. */
static const struct {
    RvErrorCode code;
    int number;
    const char *message; /* of the detail "x" */
} rows[] = {
    {RV_ERR_INTERNAL, 1, "internal error: x"},
    {RV_ERR_NO_SUPPORT, 3, "this function is not supported by the connection driver: x"},
    {RV_ERR_NO_CONNECT, 5, "no connection driver available for x"},
    {RV_ERR_INVALID_CONN, 6, "invalid connection pointer in x"},
    {RV_ERR_INVALID_DOMAIN, 7, "invalid domain pointer in x"},
    {RV_ERR_INVALID_ARG, 8, "invalid argument: x"},
    {RV_ERR_OPERATION_FAILED, 9, "operation failed: x"},
    {RV_ERR_OS_TYPE, 16, "unknown OS type x"},
    {RV_ERR_NO_KERNEL, 17, "missing kernel information: x"},
    {RV_ERR_NO_SOURCE, 19, "missing source information for device x"},
    {RV_ERR_NO_TARGET, 20, "missing target information for device x"},
    {RV_ERR_NO_NAME, 21, "missing name information in x"},
    {RV_ERR_NO_OS, 22, "missing operating system information for x"},
    {RV_ERR_XML, 27, "XML error: x"},
    {RV_ERR_DOM_EXIST, 28, "domain x exists already"},
    {RV_ERR_OPERATION_DENIED, 29, "operation forbidden: x"},
    {RV_ERR_CONF_SYNTAX, 33, "configuration file syntax error: x"},
    {RV_ERR_XML_DETAIL, 35, "x"},
    {RV_ERR_SYSTEM, 38, "x"},
    {RV_ERR_RPC, 39, "x"},
    {RV_ERR_NO_DOMAIN, 42, "Domain not found: x"},
    {RV_ERR_INVALID_MAC, 44, "invalid MAC address: x"},
    {RV_ERR_AUTH_FAILED, 45, "authentication failed: x"},
    {RV_ERR_OPERATION_INVALID, 55, "Requested operation is not valid: x"},
    {RV_ERR_CONFIG_UNSUPPORTED, 67, "unsupported configuration: x"},
    {RV_ERR_OPERATION_TIMEOUT, 68, "Timed out during operation: x"},
    {RV_ERR_INVALID_STREAM, 73, "invalid stream pointer in x"},
    {RV_ERR_ARGUMENT_UNSUPPORTED, 74, "argument unsupported: x"},
    {RV_ERR_OPERATION_ABORTED, 78, "operation aborted: x"},
    {RV_ERR_NO_DOMAIN_METADATA, 80, "metadata not found: x"},
    {RV_ERR_OVERFLOW, 82, "numerical overflow: x"},
    {RV_ERR_OPERATION_UNSUPPORTED, 84, "Operation not supported: x"},
    {RV_ERR_AGENT_UNRESPONSIVE, 86, "Guest agent is not responding: x"},
    {RV_ERR_RESOURCE_BUSY, 87, "resource busy: x"},
    {RV_ERR_ACCESS_DENIED, 88, "access denied: x"},
    {RV_ERR_XML_INVALID_SCHEMA, 92, "XML document failed to validate against schema: x"},
    {RV_ERR_DEVICE_MISSING, 99, "device not found: x"},
    {RV_ERR_MULTIPLE_DOMAINS, 110, "multiple matching domains found: x"},
};

START_TEST(test_text)
{
    g_autoptr(GError) error = NULL;
    rv_error_set(&error, rows[_i].code, "%s", "x");
    ck_assert(error->domain == RV_ERROR);
    ck_assert_int_eq(error->code, rows[_i].number);
    ck_assert_str_eq(error->message, rows[_i].message);
    ck_assert_ptr_null(rv_error_get_remedy(error));
}
END_TEST

START_TEST(test_errno)
{
    g_autoptr(GError) error = NULL;
    rv_error_set_errno(&error, ENOENT, "cannot open '%s'", "a");
    ck_assert_int_eq(error->code, RV_ERR_SYSTEM);
    ck_assert_str_eq(error->message, "cannot open 'a': No such file or directory");
}
END_TEST

START_TEST(test_remedy)
{
    g_autoptr(GError) error = NULL;
    rv_error_remedy(NULL, "nothing to add to");
    rv_error_remedy(&error, "nothing to add to");
    ck_assert_ptr_null(error);

    rv_error_set(&error, RV_ERR_INTERNAL, "x");
    rv_error_remedy(&error, "turn it %s", "off");
    rv_error_remedy(&error, "turn it %s", "on");
    g_prefix_error(&error, "before: ");
    g_autoptr(GError) copy = g_error_copy(error);
    g_clear_error(&error);
    ck_assert_str_eq(rv_error_get_remedy(copy), "turn it on");
    ck_assert_str_eq(copy->message, "before: internal error: x");

    /* Others' errors have no place for one. */
    g_autoptr(GError) foreign = g_error_new_literal(G_FILE_ERROR, 1, "y");
    rv_error_remedy(&foreign, "none");
    ck_assert_ptr_null(rv_error_get_remedy(foreign));
    ck_assert_ptr_null(rv_error_get_remedy(NULL));
}
END_TEST

START_TEST(test_ignored)
{
    rv_error_set(NULL, RV_ERR_INTERNAL, "nobody wants to know");
    rv_error_set_errno(NULL, EIO, "nobody wants to know");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *tests = tcase_create("error");
    tcase_add_loop_test(tests, test_text, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tests, test_errno);
    tcase_add_test(tests, test_remedy);
    tcase_add_test(tests, test_ignored);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
