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

char *kvm_holders_find(const RvDriverHost *host, const RvDisk *disk)
{
    KvmHost *kvm = kvm_host(host);
    struct stat st;
    if (!disk->source.path || stat(disk->source.path, &st) < 0)
        return NULL;
    g_autofree char *key = key_of(&st);
    g_mutex_lock(&kvm->holders_lock);
    char *holder = g_strdup(g_hash_table_lookup(kvm->holders, key));
    g_mutex_unlock(&kvm->holders_lock);
    return holder;
}
