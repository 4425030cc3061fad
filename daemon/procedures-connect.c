/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "daemon/driver-set.h"
#include "daemon/host.h"
#include "daemon/session.h"

/* The libvirt whose protocol this is: what clients that ask for the library's version want to know. */
#define LIBVIRT_VERSION 9000000ul
#define OUR_VERSION 1000ul

enum { CONNECT_READ_ONLY = 1 << 0 };

/* ---- Opening -------------------------------------------------------------------------------- */

static bool list_auth(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_auth_list_ret *list = ret;
    list->types.types_len = 1;
    list->types.types_val = rv_call_alloc(call, 1, sizeof(wire_auth_type));
    list->types.types_val[0] = WIRE_AUTH_NONE;
    return true;
}

static bool check_path(const char *scheme, const char *path, GError **error)
{
    static const char *const paths[] = {"/system", "/session", "/default", NULL};
    if (g_strv_contains(paths, path))
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "unexpected URI path '%s', try %s:///system", path,
                 scheme);
    return false;
}

/* Which driver a URI means: *ret_driver NULL for all of them. */
static bool parse_uri(RvCall *call, const char *text, const RvDriver **ret_driver, GError **error)
{
    g_autofree char *scheme = NULL, *path = NULL;
    if (!g_uri_split(text, G_URI_FLAGS_NON_DNS, &scheme, NULL, NULL, NULL, &path, NULL, NULL,
                     NULL) ||
        !scheme) {
        rv_error_set(error, RV_ERR_NO_CONNECT, "%s", text);
        return false;
    }
    *ret_driver = NULL;
    if (!g_str_equal(scheme, "reeve"))
        *ret_driver = rv_driver_set_by_uri_scheme(call->core->drivers, scheme);
    if (!*ret_driver && !g_str_equal(scheme, "reeve")) {
        rv_error_set(error, RV_ERR_NO_CONNECT, "%s", text);
        rv_error_remedy(error, "reeve:///system shows the domains of all drivers");
        return false;
    }
    return check_path(scheme, path, error);
}

/* A client without a wish gets the first driver, as libvirt's would. */
static char *choose_uri(RvCall *call, const char *wish)
{
    if (wish && *wish)
        return g_strdup(wish);
    const RvDriver *first = rv_driver_set_list(call->core->drivers)[0];
    return g_strdup_printf("%s:///%s", first->uri_schemes[0],
                           geteuid() == 0 ? "system" : "session");
}

static bool open_connection(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_connect_open_args *wish = args;
    RvSession *session = call->session;
    if (session->uri) {
        rv_error_set(error, RV_ERR_INTERNAL, "connection already open");
        return false;
    }
    g_autofree char *uri = choose_uri(call, wish->uri);
    if (!parse_uri(call, uri, &session->driver, error))
        return false;
    session->uri = g_steal_pointer(&uri);
    if (wish->flags & CONNECT_READ_ONLY)
        session->read_only = true;
    return true;
}

static bool close_connection(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_session_leave(call->session);
    return true;
}

/* libvirt's VIR_DRV_FEATURE numbers: those that are more than a question about migration. */
static bool supports_feature(RvCall *call, const void *args, void *ret, GError **error)
{
    enum { TYPED_PARAM_STRING = 9, KEEPALIVE = 10, EVENT_CALLBACK = 14, CLOSE_CALLBACK = 15,
           NETWORK_UPDATE_ORDER = 16 };
    int feature = ((const wire_connect_supports_feature_args *)args)->feature;
    if (feature == KEEPALIVE)
        rv_session_start_keepalive(call->session);
    ((wire_int_ret *)ret)->value = feature == TYPED_PARAM_STRING || feature == KEEPALIVE ||
                                   feature == EVENT_CALLBACK || feature == CLOSE_CALLBACK ||
                                   feature == NETWORK_UPDATE_ORDER;
    return true;
}

/* The connection's end is seen by both sides: there is nothing to remember. */
static bool set_close_callback(RvCall *call, const void *args, void *ret, GError **error)
{
    return true;
}

/* ---- What is there -------------------------------------------------------------------------- */

static bool get_type(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvDriver *driver = rv_call_driver(call);
    ((wire_text_ret *)ret)->text = (char *)(driver ? driver->hypervisor : "Reeve");
    return true;
}

static bool get_uri(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_text_ret *)ret)->text = call->session->uri;
    return true;
}

static bool get_hostname(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_text_ret *)ret)->text = rv_call_take(call, rv_host_get_name());
    return true;
}

static bool get_lib_version(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_u64_ret *)ret)->value = LIBVIRT_VERSION;
    return true;
}

static bool is_secure(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = 1; /* a UNIX socket */
    return true;
}

static bool get_max_vcpus(RvCall *call, const void *args, void *ret, GError **error)
{
    const char *type = ((const wire_connect_get_max_vcpus_args *)args)->virt_type;
    const RvDriver *driver = rv_call_driver(call);
    if (!driver)
        driver = rv_driver_set_list(call->core->drivers)[0];
    unsigned max;
    if (!driver->host->max_vcpus(rv_driver_set_host(call->core->drivers, driver), type, &max,
                                 error))
        return false;
    ((wire_int_ret *)ret)->value = (int)max;
    return true;
}

/* ---- What only the driver knows ------------------------------------------------------------- */

static unsigned long *version_of(RvCall *call)
{
    if (!call->data) {
        call->data = g_new0(unsigned long, 1);
        call->free_data = g_free;
    }
    return call->data;
}

/* What each driver said last, and when. I/O thread. */
enum { MAX_DRIVERS = 16, VERSION_LASTS_US = G_USEC_PER_SEC };

static struct {
    const RvDriver *driver;
    uint64_t version;
    int64_t asked_us;
} versions[MAX_DRIVERS];

static bool recall(const RvDriver *driver, uint64_t *ret_version)
{
    for (size_t i = 0; i < MAX_DRIVERS && versions[i].driver; i++) {
        if (versions[i].driver != driver)
            continue;
        *ret_version = versions[i].version;
        return g_get_monotonic_time() - versions[i].asked_us < VERSION_LASTS_US;
    }
    return false;
}

static uint64_t remember(const RvDriver *driver, uint64_t version)
{
    for (size_t i = 0; i < MAX_DRIVERS; i++) {
        if (versions[i].driver && versions[i].driver != driver)
            continue;
        versions[i].driver = driver;
        versions[i].version = version;
        versions[i].asked_us = g_get_monotonic_time();
        break;
    }
    return version;
}

/* [worker] */
static bool ask_version(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDriver *driver = rv_call_driver(call);
    RvDriverSet *set = call->core->drivers;
    return rv_driver_set_probe(set, driver, error) &&
           driver->host->version(rv_driver_set_host(set, driver), version_of(call), error);
}

/* Asked for anew when the answer is a second old: the emulator may have been replaced. */
static bool get_version(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvDriver *driver = rv_call_driver(call);
    uint64_t *value = &((wire_u64_ret *)ret)->value;
    if (!driver)
        *value = OUR_VERSION;
    else if (call->data)
        *value = remember(driver, *version_of(call));
    else if (!recall(driver, value))
        rv_call_prepare(call, ask_version);
    return true;
}

static void free_string(void *string)
{
    g_string_free(string, TRUE);
}

static bool append_guests(RvCall *call, const RvDriver *driver, GString *text, GError **error)
{
    RvDriverSet *set = call->core->drivers;
    if (!rv_driver_set_probe(set, driver, error))
        return false;
    g_autofree char *guests =
        driver->host->guest_capabilities(rv_driver_set_host(set, driver), error);
    if (guests)
        g_string_append_printf(text, "\n%s", guests);
    return guests;
}

/* As its hypervisor has it, where a kernel does not see all of it. */
static char *describe_host(RvCall *call, const RvDriver *driver, GError **error)
{
    RvDriverSet *set = call->core->drivers;
    if (!driver || !driver->host->host_capabilities)
        return rv_host_capabilities(NULL, error);
    if (!rv_driver_set_probe(set, driver, error))
        return NULL;
    g_autofree char *machine =
        driver->host->host_capabilities(rv_driver_set_host(set, driver), error);
    return machine ? rv_host_capabilities(machine, error) : NULL;
}

/* [worker] */
static bool make_capabilities(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDriver *driver = rv_call_driver(call);
    g_autofree char *host = describe_host(call, driver, error);
    if (!host)
        return false;
    GString *text = g_string_new("<capabilities>\n\n");
    g_string_append(text, host);
    call->data = text;
    call->free_data = free_string;
    if (driver)
        return append_guests(call, driver, text, error) &&
               g_string_append(text, "\n</capabilities>\n");
    /* Of all drivers: one that cannot work here is no reason to say nothing of the others. */
    for (const RvDriver *const *each = rv_driver_set_list(call->core->drivers); *each; each++)
        (void)append_guests(call, *each, text, NULL);
    return g_string_append(text, "\n</capabilities>\n");
}

static bool tell_capabilities(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_text_ret *)ret)->text = ((GString *)call->data)->str;
    return true;
}

static const RvDriver *choose_driver(const RvCall *call, const char *virt_type, GError **error)
{
    const RvDriver *driver = rv_call_driver(call);
    if (driver)
        return driver;
    if (!virt_type)
        return rv_driver_set_list(call->core->drivers)[0];
    int type = rv_virt_type_from_string(virt_type);
    driver = type < 0 ? NULL : rv_driver_set_by_virt_type(call->core->drivers, (RvVirtType)type);
    if (!driver)
        rv_error_set(error, RV_ERR_INVALID_ARG, "there is no driver for domain type '%s'",
                     virt_type);
    return driver;
}

/* [worker] */
static bool make_domain_capabilities(RvCall *call, const void *args, RvOperation *op,
                                     GError **error)
{
    const wire_connect_domain_capabilities_args *wish = args;
    RvDriverSet *set = call->core->drivers;
    const RvDriver *driver = choose_driver(call, wish->virt_type, error);
    if (!driver || !rv_call_has(call, driver->host->domain_capabilities, driver, error) ||
        !rv_driver_set_probe(set, driver, error))
        return false;
    call->data = driver->host->domain_capabilities(rv_driver_set_host(set, driver), wish->emulator,
                                                   wish->arch, wish->machine, wish->virt_type,
                                                   error);
    call->free_data = g_free;
    return call->data;
}

static bool tell_text(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_text_ret *)ret)->text = call->data;
    return true;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

static const RvProcedure rows[] = {
    {.number = WIRE_CONNECT_OPEN, .name = "connect-open",
     RV_PROC_ARGS(wire_connect_open_args),
     RV_PROC_FLAGS(wire_connect_open_args, CONNECT_READ_ONLY | 1 << 1 | 1 << 2),
     .right = RV_RIGHT_NONE, .answer = open_connection},

    {.number = WIRE_CONNECT_CLOSE, .name = "connect-close",
     .right = RV_RIGHT_NONE, .answer = close_connection},

    {.number = WIRE_CONNECT_GET_TYPE, .name = "connect-get-type",
     RV_PROC_RET(wire_text_ret), .right = RV_RIGHT_READ, .answer = get_type},

    {.number = WIRE_CONNECT_GET_VERSION, .name = "connect-get-version",
     RV_PROC_RET(wire_u64_ret), .right = RV_RIGHT_READ, .answer = get_version},

    {.number = WIRE_CONNECT_GET_MAX_VCPUS, .name = "connect-get-max-vcpus",
     RV_PROC_ARGS(wire_connect_get_max_vcpus_args), RV_PROC_RET(wire_int_ret),
     .right = RV_RIGHT_READ, .answer = get_max_vcpus},

    {.number = WIRE_CONNECT_GET_CAPABILITIES, .name = "connect-get-capabilities",
     RV_PROC_RET(wire_text_ret), .right = RV_RIGHT_READ,
     .work = make_capabilities, .finish = tell_capabilities},

    {.number = WIRE_CONNECT_GET_HOSTNAME, .name = "connect-get-hostname",
     RV_PROC_RET(wire_text_ret), .right = RV_RIGHT_READ, .answer = get_hostname},

    {.number = WIRE_CONNECT_SUPPORTS_FEATURE, .name = "connect-supports-feature",
     RV_PROC_ARGS(wire_connect_supports_feature_args), RV_PROC_RET(wire_int_ret),
     .right = RV_RIGHT_NONE, .answer = supports_feature},

    {.number = WIRE_AUTH_LIST, .name = "auth-list",
     RV_PROC_RET(wire_auth_list_ret), .right = RV_RIGHT_NONE, .answer = list_auth},

    {.number = WIRE_CONNECT_GET_URI, .name = "connect-get-uri",
     RV_PROC_RET(wire_text_ret), .right = RV_RIGHT_READ, .answer = get_uri},

    {.number = WIRE_CONNECT_IS_SECURE, .name = "connect-is-secure",
     RV_PROC_RET(wire_int_ret), .right = RV_RIGHT_READ, .answer = is_secure},

    {.number = WIRE_CONNECT_GET_LIB_VERSION, .name = "connect-get-lib-version",
     RV_PROC_RET(wire_u64_ret), .right = RV_RIGHT_READ, .answer = get_lib_version},

    /* Not for readers: the client names the program that is asked. */
    {.number = WIRE_CONNECT_GET_DOMAIN_CAPABILITIES, .name = "connect-get-domain-capabilities",
     RV_PROC_ARGS(wire_connect_domain_capabilities_args),
     RV_PROC_FLAGS(wire_connect_domain_capabilities_args, 0), RV_PROC_RET(wire_text_ret),
     .right = RV_RIGHT_CONTROL, .work = make_domain_capabilities, .finish = tell_text},

    {.number = WIRE_CONNECT_REGISTER_CLOSE_CALLBACK, .name = "connect-register-close-callback",
     .right = RV_RIGHT_READ, .answer = set_close_callback},

    {.number = WIRE_CONNECT_UNREGISTER_CLOSE_CALLBACK, .name = "connect-unregister-close-callback",
     .right = RV_RIGHT_READ, .answer = set_close_callback},
};
const RvProcedureTable rv_procedures_connect = RV_PROCEDURE_TABLE(rows);
