/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/partition.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define MACHINE "/machine"

/* Names of control files in cgroups begin so, and then with a dot. */
static const char *const controllers[] = {
    "blkio", "cgroup", "cpu", "cpuacct", "cpuset", "debug", "devices", "freezer", "hugetlb",
    "io", "memory", "misc", "net_cls", "net_prio", "perf_event", "pids", "rdma", NULL,
};

static bool needs_escape(const char *name)
{
    if (*name == '_' || *name == '.')
        return true;
    g_autofree char *first = g_strndup(name, strcspn(name, "."));
    return strchr(name, '.') && g_strv_contains(controllers, first);
}

static bool is_fixed(const char *name)
{
    static const char *const fixed[] = {"machine", "system", "user", NULL};
    return g_strv_contains(fixed, name);
}

static char *with_suffixes(char *const *names)
{
    GString *path = g_string_new(NULL);
    for (guint i = 0; names[i]; i++) {
        bool plain = strchr(names[i], '.') || (path->len == 0 && is_fixed(names[i]));
        g_autofree char *name = g_strconcat(names[i], plain ? "" : ".partition", NULL);
        g_string_append_printf(path, "%s%s%s", path->len ? "/" : "", needs_escape(name) ? "_" : "",
                               name);
    }
    return g_string_free(path, FALSE);
}

/* systemd.unit(5), "String Escaping for Inclusion in Unit Names". */
static void append_escaped(GString *slice, const char *name)
{
    for (const char *c = name; *c; c++) {
        bool plain = g_ascii_isalnum(*c) || *c == ':' || *c == '_' || (*c == '.' && c != name);
        if (plain)
            g_string_append_c(slice, *c);
        else
            g_string_append_printf(slice, "\\x%02x", (unsigned char)*c);
    }
}

/* A slice is in the folder of that whose name is shorter by one part: systemd.slice(5). */
static char *as_slices(char *const *names)
{
    GString *path = g_string_new(NULL);
    g_autoptr(GString) slice = g_string_new(NULL);
    for (guint i = 0; names[i]; i++) {
        if (slice->len)
            g_string_append_c(slice, '-');
        append_escaped(slice, names[i]);
        g_string_append_printf(path, "%s%s.slice", path->len ? "/" : "", slice->str);
    }
    return g_string_free(path, FALSE);
}

char *container_partition_path(const char *partition, bool slices)
{
    g_auto(GStrv) parts = g_strsplit(partition, "/", -1);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (char **part = parts; *part; part++)
        if (**part)
            g_ptr_array_add(names, *part);
    g_ptr_array_add(names, NULL);
    return slices ? as_slices((char **)names->pdata) : with_suffixes((char **)names->pdata);
}

bool container_partition_has_slices(void)
{
    return access("/run/systemd/system", F_OK) == 0;
}

bool container_partition_check(const ContainerCgroups *cgroups, const char *partition,
                               GError **error)
{
    if (!partition)
        return true;
    if (*partition != '/') {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "the resource partition '%s' must begin with '/'", partition);
        return false;
    }
    bool slices = container_partition_has_slices();
    g_autofree char *path = container_partition_path(partition, slices);
    g_autofree char *lacking =
        container_cgroups_lack(cgroups, path, strcmp(partition, MACHINE) == 0);
    if (!lacking)
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 "the resource partition '%s' has no cgroup '%s'", partition, lacking);
    if (slices)
        rv_error_remedy(error, "have systemd make its slice: systemctl start '%s'",
                        strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    else
        rv_error_remedy(error, "make it, in all hierarchies: mkdir -p '%s'", lacking);
    return false;
}
