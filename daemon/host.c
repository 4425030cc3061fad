/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/host.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

#define CPUS "/sys/devices/system/cpu"
#define NODES "/sys/devices/system/node"

enum { MAX_TEXT = 4 << 20, MAX_CPUS = 8192 };

/* One CPU that is online. */
typedef struct {
    unsigned id, node, socket, die, core;
    char *siblings; /* "0,4" */
} Cpu;

static void cpu_clear(void *data)
{
    g_free(((Cpu *)data)->siblings);
}

/* ---- Reading -------------------------------------------------------------------------------- */

static char *read_text(const char *path)
{
    char *text = rv_file_read(path, MAX_TEXT, NULL, NULL);
    return text ? g_strchomp(text) : NULL;
}

static char *read_cpu_text(unsigned cpu, const char *name)
{
    g_autofree char *path = g_strdup_printf(CPUS "/cpu%u/topology/%s", cpu, name);
    return read_text(path);
}

static unsigned read_cpu_number(unsigned cpu, const char *name, unsigned fallback)
{
    g_autofree char *text = read_cpu_text(cpu, name);
    return text && *text != '-' ? (unsigned)g_ascii_strtoull(text, NULL, 10) : fallback;
}

/* "0-3,8" as numbers; a list that is not there is empty. */
static GArray *read_list(const char *path)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(unsigned));
    g_autofree char *text = read_text(path);
    const char *at = text ? text : "";
    while (g_ascii_isdigit(*at)) {
        char *end;
        unsigned from = (unsigned)g_ascii_strtoull(at, &end, 10), to = from;
        if (*end == '-')
            to = (unsigned)g_ascii_strtoull(end + 1, &end, 10);
        for (unsigned i = from; i <= to && numbers->len < MAX_CPUS; i++)
            g_array_append_val(numbers, i);
        at = *end == ',' ? end + 1 : end;
    }
    return numbers;
}

static void add_cpus(GArray *cpus, GArray *ids, unsigned node)
{
    for (guint i = 0; i < ids->len; i++) {
        unsigned id = g_array_index(ids, unsigned, i);
        Cpu cpu = {
            .id = id,
            .node = node,
            .socket = read_cpu_number(id, "physical_package_id", 0),
            .die = read_cpu_number(id, "die_id", 0),
            .core = read_cpu_number(id, "core_id", id),
            .siblings = read_cpu_text(id, "thread_siblings_list"),
        };
        g_array_append_val(cpus, cpu);
    }
}

/* All that are online, node by node; *ret_nodes may be NULL. */
static GArray *read_cpus(GArray **ret_nodes)
{
    GArray *cpus = g_array_new(FALSE, TRUE, sizeof(Cpu));
    g_array_set_clear_func(cpus, cpu_clear);
    g_autoptr(GArray) nodes = read_list(NODES "/online");
    for (guint i = 0; i < nodes->len; i++) {
        unsigned node = g_array_index(nodes, unsigned, i);
        g_autofree char *path = g_strdup_printf(NODES "/node%u/cpulist", node);
        g_autoptr(GArray) ids = read_list(path);
        add_cpus(cpus, ids, node);
    }
    if (nodes->len == 0) {
        unsigned zero = 0;
        g_autoptr(GArray) ids = read_list(CPUS "/online");
        g_array_append_val(nodes, zero);
        add_cpus(cpus, ids, 0);
    }
    if (ret_nodes)
        *ret_nodes = g_steal_pointer(&nodes);
    return cpus;
}

/* A line "Name:   123 kB" of a file like meminfo; 0: there is none. */
static uint64_t find_number(const char *text, const char *name)
{
    for (const char *at = text; at && *at;) {
        const char *found = strstr(at, name);
        if (!found)
            return 0;
        const char *value = found + strlen(name);
        value += strspn(value, " \t");
        if (*value == ':')
            return g_ascii_strtoull(value + 1, NULL, 10);
        at = found + 1;
    }
    return 0;
}

static char *read_required(const char *path, GError **error)
{
    return rv_file_read(path, MAX_TEXT, NULL, error);
}

/* ---- Counting ------------------------------------------------------------------------------- */

/* How many different values `key` has among the CPUs that `filter` takes. */
typedef uint64_t (*KeyFunc)(const Cpu *cpu);

static uint64_t by_socket(const Cpu *cpu)
{
    return (uint64_t)cpu->node << 32 | cpu->socket;
}

static uint64_t by_core(const Cpu *cpu)
{
    return by_socket(cpu) << 16 ^ (uint64_t)cpu->die << 12 ^ cpu->core;
}

/* The most members of one `group` that differ in `member`. */
static unsigned most(const GArray *cpus, KeyFunc group, KeyFunc member)
{
    unsigned best = 0;
    for (guint i = 0; i < cpus->len; i++) {
        uint64_t wanted = group(&g_array_index(cpus, Cpu, i));
        g_autoptr(GHashTable) seen =
            g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
        for (guint j = 0; j < cpus->len; j++) {
            const Cpu *cpu = &g_array_index(cpus, Cpu, j);
            uint64_t key = member(cpu);
            if (group(cpu) == wanted)
                g_hash_table_add(seen, g_memdup2(&key, sizeof(key)));
        }
        best = MAX(best, g_hash_table_size(seen));
    }
    return best;
}

static uint64_t by_node(const Cpu *cpu)
{
    return cpu->node;
}

static uint64_t by_id(const Cpu *cpu)
{
    return cpu->id;
}

static void count(const GArray *cpus, unsigned nodes, RvHostInfo *info)
{
    info->cpus = cpus->len;
    info->nodes = nodes;
    info->sockets = most(cpus, by_node, by_socket);
    info->cores = most(cpus, by_socket, by_core);
    info->threads = most(cpus, by_core, by_id);
    if (info->nodes * info->sockets * info->cores * info->threads != info->cpus) {
        info->nodes = info->sockets = info->threads = 1;
        info->cores = info->cpus;
    }
}

static unsigned read_mhz(void)
{
    g_autofree char *text = read_text("/proc/cpuinfo");
    return text ? (unsigned)find_number(text, "cpu MHz") : 0;
}

static void read_arch(char *model, size_t size)
{
    struct utsname name;
    g_strlcpy(model, uname(&name) == 0 ? name.machine : "unknown", size);
}

bool rv_host_get_info(RvHostInfo *ret, GError **error)
{
    g_autofree char *memory = read_required("/proc/meminfo", error);
    if (!memory)
        return false;
    g_autoptr(GArray) nodes = NULL;
    g_autoptr(GArray) cpus = read_cpus(&nodes);
    *ret = (RvHostInfo){.memory_kib = find_number(memory, "MemTotal"), .mhz = read_mhz()};
    read_arch(ret->model, sizeof(ret->model));
    count(cpus, nodes->len, ret);
    return true;
}

bool rv_host_get_free_memory(uint64_t *ret_bytes, GError **error)
{
    g_autofree char *memory = read_required("/proc/meminfo", error);
    if (!memory)
        return false;
    *ret_bytes = (find_number(memory, "MemFree")) * 1024;
    return true;
}

char *rv_host_get_name(void)
{
    char name[256] = "";
    gethostname(name, sizeof(name) - 1);
    return g_strdup(name);
}

void rv_host_get_uuid(RvUuid *ret)
{
    static const char *const sources[] = {"/sys/class/dmi/id/product_uuid", "/etc/machine-id"};
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        g_autofree char *text = read_text(sources[i]);
        if (text && rv_uuid_parse(text, ret) && !rv_uuid_is_zero(ret))
            return;
    }
    static RvUuid made; /* as libvirt does: another one in each life of the daemon */
    if (rv_uuid_is_zero(&made))
        rv_uuid_generate(&made);
    *ret = made;
}

/* ---- Capabilities --------------------------------------------------------------------------- */

static void append_cpu(GString *xml, const RvHostInfo *info)
{
    g_autofree char *cpuinfo = read_text("/proc/cpuinfo");
    const char *text = cpuinfo ? cpuinfo : "";
    const char *vendor = strstr(text, "AuthenticAMD")   ? "AMD"
                         : strstr(text, "GenuineIntel") ? "Intel"
                                                        : NULL;
    g_string_append_printf(xml, "    <cpu>\n      <arch>%s</arch>\n", info->model);
    if (vendor)
        g_string_append_printf(xml,
                               "      <vendor>%s</vendor>\n"
                               "      <signature family='%u' model='%u' stepping='%u'/>\n",
                               vendor, (unsigned)find_number(text, "cpu family"),
                               (unsigned)find_number(text, "model\t"),
                               (unsigned)find_number(text, "stepping"));
    g_string_append_printf(xml,
                           "      <topology sockets='%u' dies='1' cores='%u' threads='%u'/>\n"
                           "      <pages unit='KiB' size='%ld'/>\n"
                           "    </cpu>\n",
                           info->sockets, info->cores, info->threads,
                           sysconf(_SC_PAGESIZE) / 1024);
}

static void append_cell(GString *xml, unsigned node, const GArray *cpus)
{
    g_autofree char *path = g_strdup_printf(NODES "/node%u/meminfo", node);
    g_autofree char *memory = read_text(path);
    unsigned n = 0;
    for (guint i = 0; i < cpus->len; i++)
        n += g_array_index(cpus, Cpu, i).node == node;

    g_string_append_printf(xml, "        <cell id='%u'>\n", node);
    if (memory)
        g_string_append_printf(xml,
                               "          <memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>\n",
                               find_number(memory, "MemTotal"));
    g_string_append_printf(xml, "          <cpus num='%u'>\n", n);
    for (guint i = 0; i < cpus->len; i++) {
        const Cpu *cpu = &g_array_index(cpus, Cpu, i);
        g_autofree char *own = g_strdup_printf("%u", cpu->id);
        if (cpu->node == node)
            g_string_append_printf(xml,
                                   "            <cpu id='%u' socket_id='%u' die_id='%u'"
                                   " core_id='%u' siblings='%s'/>\n",
                                   cpu->id, cpu->socket, cpu->die, cpu->core,
                                   cpu->siblings ? cpu->siblings : own);
    }
    g_string_append(xml, "          </cpus>\n        </cell>\n");
}

static char *describe_machine(GError **error)
{
    RvHostInfo info;
    if (!rv_host_get_info(&info, error))
        return NULL;
    GString *xml = g_string_new(NULL);
    append_cpu(xml, &info);
    g_autoptr(GArray) nodes = NULL;
    g_autoptr(GArray) cpus = read_cpus(&nodes);
    g_string_append_printf(xml,
                           "    <power_management/>\n"
                           "    <iommu support='no'/>\n"
                           "    <topology>\n"
                           "      <cells num='%u'>\n",
                           nodes->len);
    for (guint i = 0; i < nodes->len; i++)
        append_cell(xml, g_array_index(nodes, unsigned, i), cpus);
    g_string_append(xml, "      </cells>\n    </topology>\n");
    return g_string_free(xml, FALSE);
}

char *rv_host_capabilities(const char *machine, GError **error)
{
    RvUuid uuid;
    char text[RV_UUID_STRING_LEN + 1];
    g_autofree char *own = machine ? NULL : describe_machine(error);
    if (!machine && !own)
        return NULL;
    rv_host_get_uuid(&uuid);
    rv_uuid_format(&uuid, text);
    return g_strdup_printf("  <host>\n    <uuid>%s</uuid>\n%s"
                           "    <secmodel>\n"
                           "      <model>none</model>\n"
                           "      <doi>0</doi>\n"
                           "    </secmodel>\n"
                           "  </host>\n",
                           text, machine ? machine : own);
}
