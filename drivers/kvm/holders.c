/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/holders.h"

#include <string.h>

#include "drivers/kvm/host.h"

static char *key_of(const struct stat *st)
{
    return S_ISBLK(st->st_mode)
               ? g_strdup_printf("block %ju", (uintmax_t)st->st_rdev)
               : g_strdup_printf("%ju:%ju", (uintmax_t)st->st_dev, (uintmax_t)st->st_ino);
}

void kvm_holders_add(const RvDriverHost *host, const struct stat *image, const char *guest)
{
    KvmHost *kvm = kvm_host(host);
    g_mutex_lock(&kvm->holders_lock);
    char *key = key_of(image);
    if (g_hash_table_contains(kvm->holders, key))
        g_free(key); /* the first one has the lock */
    else
        g_hash_table_insert(kvm->holders, key, g_strdup(guest));
    g_mutex_unlock(&kvm->holders_lock);
}

static gboolean is_of(void *key, void *value, void *guest)
{
    return strcmp(value, guest) == 0;
}

void kvm_holders_remove(const RvDriverHost *host, const char *guest)
{
    KvmHost *kvm = kvm_host(host);
    g_mutex_lock(&kvm->holders_lock);
    g_hash_table_foreach_remove(kvm->holders, is_of, (char *)guest);
    g_mutex_unlock(&kvm->holders_lock);
}

char *kvm_holders_find(const RvDriverHost *host, const RvDomainDef *def, const RvDisk **ret_disk)
{
    KvmHost *kvm = kvm_host(host);
    char *found = NULL;
    for (guint i = 0; i < def->disks->len && !found; i++) {
        const RvDisk *disk = g_ptr_array_index(def->disks, i);
        struct stat st;
        if (!disk->source || stat(disk->source, &st) < 0)
            continue;
        g_autofree char *key = key_of(&st);
        g_mutex_lock(&kvm->holders_lock);
        const char *holder = g_hash_table_lookup(kvm->holders, key);
        if (holder && strcmp(holder, def->name) != 0) {
            found = g_strdup(holder);
            *ret_disk = disk;
        }
        g_mutex_unlock(&kvm->holders_lock);
    }
    return found;
}
