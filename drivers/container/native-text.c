/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/native-text.h"

#include <string.h>

#define FORMER_NETWORK "lxc.network."

static const struct {
    const char *former, *now;
} names[] = {
    {"lxc.rootfs", "lxc.rootfs.path"}, {"lxc.utsname", "lxc.uts.name"},
    {"lxc.tty", "lxc.tty.max"},        {"lxc.id_map", "lxc.idmap"},
    {"lxc.mount", "lxc.mount.fstab"},
};

static void setting_free(void *data)
{
    ContainerSetting *setting = data;
    g_free(setting->key);
    g_free(setting->value);
    g_free(setting);
}

/* Once all networks were called alike, and each began by its type. */
static char *current_name(const char *key, int *network)
{
    if (g_str_has_prefix(key, FORMER_NETWORK)) {
        const char *rest = key + strlen(FORMER_NETWORK);
        *network += strcmp(rest, "type") == 0 || *network < 0;
        bool address = strcmp(rest, "ipv4") == 0 || strcmp(rest, "ipv6") == 0;
        return g_strdup_printf("lxc.net.%d.%s%s", *network, rest, address ? ".address" : "");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(key, names[i].former) == 0)
            return g_strdup(names[i].now);
    return g_strdup(key);
}

GPtrArray *container_settings_parse(const char *text)
{
    int network = -1;
    GPtrArray *settings = g_ptr_array_new_with_free_func(setting_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char *equals = strchr(g_strstrip(*line), '=');
        if (**line == '#' || !equals)
            continue;
        *equals = '\0';
        ContainerSetting *setting = g_new0(ContainerSetting, 1);
        setting->key = current_name(g_strchomp(*line), &network);
        setting->value = g_strdup(g_strchug(equals + 1));
        g_ptr_array_add(settings, setting);
    }
    return settings;
}

const char *container_setting_take(GPtrArray *settings, const char *key, ...)
{
    va_list args;
    va_start(args, key);
    g_autofree char *name = g_strdup_vprintf(key, args);
    va_end(args);
    for (guint i = 0; i < settings->len; i++) {
        ContainerSetting *setting = settings->pdata[i];
        if (strcmp(setting->key, name) != 0)
            continue;
        setting->used = true;
        return setting->value;
    }
    return NULL;
}

char *container_settings_unused(const GPtrArray *settings)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (guint i = 0; i < settings->len; i++) {
        const ContainerSetting *setting = settings->pdata[i];
        if (!setting->used &&
            !g_ptr_array_find_with_equal_func(keys, setting->key, g_str_equal, NULL))
            g_ptr_array_add(keys, setting->key);
    }
    if (keys->len == 0)
        return NULL;
    g_ptr_array_add(keys, NULL);
    return g_strjoinv(", ", (char **)keys->pdata);
}
