/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/ids.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/claims.h"
#include "base/error.h"
#include "drivers/container/guest.h"
#include "drivers/container/host.h"
#include "drivers/container/profile.h"

static unsigned setting(const RvDriverHost *host, const char *name)
{
    return (unsigned)g_ascii_strtoull(host->setting(name), NULL, 10);
}

static char *folder_of(const RvDriverHost *host)
{
    return g_build_filename(host->run_dir, "ids", NULL);
}

void container_ids_clear(ContainerIds *ids)
{
    g_clear_pointer(&ids->uids, g_ptr_array_unref);
    g_clear_pointer(&ids->gids, g_ptr_array_unref);
}

bool container_ids_take(const RvGuest *guest, unsigned *ret_range, GError **error)
{
    const RvDriverHost *host = guest->host;
    g_autofree char *folder = folder_of(host);
    g_autofree char *owner = container_guest_id(guest);
    unsigned number;
    if (!rv_claims_take(folder, 0, setting(host, "container_id_ranges"),
                        &container_host(host)->last_range, owner, &number, error)) {
        g_prefix_error(error, "cannot take users for the container: ");
        if (error && g_error_matches(*error, RV_ERROR, RV_ERR_RESOURCE_BUSY))
            rv_error_remedy(error, "raise container_id_ranges in reeved.conf");
        return false;
    }
    *ret_range = setting(host, "container_id_base") + number * CONTAINER_IDS;
    return true;
}

void container_ids_release(const RvGuest *guest)
{
    g_autofree char *folder = folder_of(guest->host);
    g_autofree char *owner = container_guest_id(guest);
    rv_claims_release_all(folder, owner);
}

static GPtrArray *copy_of(const GPtrArray *ranges, unsigned range)
{
    GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
    RvIdRange private = {0, range, CONTAINER_IDS};
    for (guint i = 0; i < ranges->len; i++)
        g_ptr_array_add(copy, g_memdup2(ranges->pdata[i], sizeof(private)));
    if (!ranges->len)
        g_ptr_array_add(copy, g_memdup2(&private, sizeof(private)));
    return copy;
}

/* With the host's own users, all of them. */
static GPtrArray *same(void)
{
    GPtrArray *ranges = g_ptr_array_new_with_free_func(g_free);
    RvIdRange all = {0, 0, UINT32_MAX};
    g_ptr_array_add(ranges, g_memdup2(&all, sizeof(all)));
    return ranges;
}

void container_ids_of(const RvDomainDef *def, unsigned range, ContainerIds *ret)
{
    if (container_profile_is_privileged(def)) {
        *ret = (ContainerIds){same(), same()};
        return;
    }
    ret->uids = copy_of(def->idmap.uids, range);
    ret->gids = copy_of(def->idmap.gids, range);
}

bool container_ids_map(const GPtrArray *ranges, unsigned id, unsigned *ret)
{
    for (guint i = 0; i < ranges->len; i++) {
        const RvIdRange *range = ranges->pdata[i];
        if (id < range->start || id - range->start >= range->count)
            continue;
        *ret = range->target + (id - range->start);
        return true;
    }
    return false;
}

/* ---- Acting as its root ---------------------------------------------------------------------- */

/* Our rights go with the first change, and are taken again. */
static bool act_as(unsigned uid, unsigned gid, GError **error)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    (void)syscall(SYS_setfsgid, gid);
    (void)syscall(SYS_setfsuid, uid);
    bool good = syscall(SYS_capget, &header, sets) == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(sets); i++)
        sets[i].effective = sets[i].permitted;
    if (good && syscall(SYS_capset, &header, sets) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot act as the container's root");
    return false;
}

bool container_ids_act_as_root(const ContainerIds *ids, GError **error)
{
    unsigned uid = 0, gid = 0;
    if (container_ids_map(ids->uids, 0, &uid) && container_ids_map(ids->gids, 0, &gid))
        return act_as(uid, gid, error);
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the container has no root");
    return false;
}

void container_ids_act_as_ourselves(void)
{
    g_autoptr(GError) fault = NULL;
    if (!act_as(0, 0, &fault))
        g_error("%s", fault->message); /* nothing may go on as somebody else */
}
