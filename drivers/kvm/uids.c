/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/uids.h"

#include "base/claims.h"
#include "base/error.h"
#include "drivers/kvm/host.h"

static unsigned setting(const RvDriverHost *host, const char *name)
{
    return (unsigned)g_ascii_strtoull(host->setting(name), NULL, 10);
}

static uid_t first(const RvDriverHost *host)
{
    return setting(host, "kvm_uid_base");
}

static unsigned count(const RvDriverHost *host)
{
    return setting(host, "kvm_uid_count");
}

static char *folder_of(const RvDriverHost *host)
{
    return g_strdup_printf("%s/uids", host->run_dir);
}

uid_t kvm_uids_for_probes(const RvDriverHost *host)
{
    return first(host);
}

bool kvm_uids_contains(const RvDriverHost *host, uid_t uid)
{
    return uid > first(host) && uid - first(host) < count(host);
}

bool kvm_uids_take(const RvDriverHost *host, const RvUuid *owner, uid_t *ret_uid, GError **error)
{
    g_autofree char *folder = folder_of(host);
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(owner, text);
    if (rv_claims_take(folder, first(host) + 1, count(host) - 1, &kvm_host(host)->last_uid, text,
                       ret_uid, error))
        return true;
    g_prefix_error(error, "cannot take a user id for the guest: ");
    if (error && g_error_matches(*error, RV_ERROR, RV_ERR_RESOURCE_BUSY))
        rv_error_remedy(error, "raise kvm_uid_count in reeved.conf");
    return false;
}

void kvm_uids_release(const RvDriverHost *host, const RvUuid *owner, uid_t uid)
{
    g_autofree char *folder = folder_of(host);
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(owner, text);
    if (uid == 0)
        rv_claims_release_all(folder, text);
    else if (kvm_uids_contains(host, uid))
        rv_claims_release(folder, text, uid);
}
