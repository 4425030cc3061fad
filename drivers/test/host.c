/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/host.h"

#include "base/error.h"
#include "base/file.h"

/* The simulated hypervisor: its version, capabilities and limits are those of libvirt's test
 * driver, so that clients written against that one see what they know. */

static bool probe(const RvDriverHost *host, GError **error)
{
    return rv_dir_create(host->run_dir, 0700, error);
}

static bool version(const RvDriverHost *host, unsigned long *ret_version, GError **error)
{
    *ret_version = 2;
    return true;
}

static char *guest_capabilities(const RvDriverHost *host, GError **error)
{
    static const char *const os_types[] = {"hvm", "xen"};
    GString *xml = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(os_types); i++)
        g_string_append_printf(xml,
                               "  <guest>\n"
                               "    <os_type>%s</os_type>\n"
                               "    <arch name='" TEST_ARCH "'>\n"
                               "      <wordsize>32</wordsize>\n"
                               "      <emulator>" TEST_EMULATOR "</emulator>\n"
                               "      <domain type='test'/>\n"
                               "    </arch>\n"
                               "    <features>\n"
                               "      <pae/>\n"
                               "      <nonpae/>\n"
                               "    </features>\n"
                               "  </guest>\n\n",
                               os_types[i]);
    return g_string_free(xml, FALSE);
}

static bool is_virt_type(const char *virt_type, GError **error)
{
    if (!virt_type || g_strcmp0(virt_type, "test") == 0)
        return true;
    rv_error_set(error, RV_ERR_INVALID_ARG, "unknown virttype: %s", virt_type);
    rv_error_remedy(error, "the test driver serves domains of type 'test' only");
    return false;
}

static char *domain_capabilities(const RvDriverHost *host, const char *emulator, const char *arch,
                                 const char *machine, const char *virt_type, GError **error)
{
    if (!is_virt_type(virt_type, error))
        return NULL;
    if (emulator && g_strcmp0(emulator, TEST_EMULATOR) != 0) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "the test driver has no emulator '%s'", emulator);
        return NULL;
    }
    if (machine) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "the test driver has no machine type '%s'",
                     machine);
        return NULL;
    }
    return g_markup_printf_escaped("<domainCapabilities>\n"
                                   "  <path>" TEST_EMULATOR "</path>\n"
                                   "  <domain>test</domain>\n"
                                   "  <arch>%s</arch>\n"
                                   "  <vcpu max='%u'/>\n"
                                   "</domainCapabilities>\n",
                                   arch ? arch : TEST_ARCH, TEST_MAX_VCPUS);
}

/* libvirt's test driver gives one number whatever type it is asked for. */
static bool max_vcpus(const RvDriverHost *host, const char *virt_type, unsigned *ret_max,
                      GError **error)
{
    *ret_max = TEST_MAX_VCPUS;
    return true;
}

const RvHostOps test_host_ops = {
    .probe = probe,
    .version = version,
    .guest_capabilities = guest_capabilities,
    .domain_capabilities = domain_capabilities,
    .max_vcpus = max_vcpus,
};
