/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rules between parts of a domain outside of its devices, and what they leave to be filled in. */

#include "base/error.h"
#include "model/cpuset.h"
#include "model/domain-def.h"
#include "model/domain-xml.h"

#include <string.h>

#define SHARES_MIN 2
#define SHARES_MAX 262144
#define PERIOD_MIN 1000
#define PERIOD_MAX 1000000
#define QUOTA_MIN 1000
#define QUOTA_MAX 17592186044415
#define APPID_MAX 128

typedef struct {
    RvXmlReader *reader;
    const RvXmlNode *domain;
    RvDomainDef *def;
} Settle;

static const RvXmlNode *part(const Settle *settle, const char *name)
{
    return rv_xml_node_child(settle->domain, name, 0);
}

/* ---- Memory --------------------------------------------------------------------------------- */

/* What NUMA nodes and memory devices have wins over <memory>, as in libvirt's define. */
static void settle_memory(const Settle *settle)
{
    RvDomainDef *def = settle->def;
    uint64_t plugged = 0;
    for (unsigned i = 0; i < def->memories->len; i++)
        plugged += ((RvMemory *)def->memories->pdata[i])->size;
    uint64_t of_nodes = rv_numa_memory_kib(&def->numa);
    if (of_nodes)
        def->max_memory_kib = of_nodes + plugged;
    if (!def->max_memory_kib || def->max_memory_kib == plugged)
        rv_xml_error(settle->reader, RV_ERR_XML, part(settle, "memory"), NULL,
                     "the guest has no memory: say how much in <memory>, or in its NUMA nodes");
    else if (plugged > def->max_memory_kib)
        rv_xml_error(settle->reader, RV_ERR_XML, part(settle, "memory"), NULL,
                     "the memory devices have more, %" G_GUINT64_FORMAT " KiB", plugged);
    if (!def->hotplug_kib != !def->memory_slots)
        rv_xml_error(settle->reader, RV_ERR_XML, part(settle, "maxMemory"), NULL,
                     "it needs both a size and a number of slots");
    else if (def->hotplug_kib && def->hotplug_kib < def->max_memory_kib)
        rv_xml_error(settle->reader, RV_ERR_XML, part(settle, "maxMemory"), NULL,
                     "it is less than <memory>");
}

static const char *page_fault(const RvHugepages *pages, unsigned position, unsigned n_cells)
{
    const RvHugepage *page = pages->pages->pdata[position];
    RvCpuset nodes = {0}, others = {0};
    if (page->nodeset && !rv_cpuset_parse(page->nodeset, &nodes))
        return NULL;
    for (unsigned i = 0; i < position; i++) {
        const RvHugepage *other = pages->pages->pdata[i];
        if (!page->nodeset && !other->nodeset)
            return "another row is for all nodes, too";
        if (page->nodeset && other->nodeset && rv_cpuset_parse(other->nodeset, &others) &&
            rv_cpuset_overlap(&nodes, &others))
            return "some of these nodes are in another row, too";
    }
    return page->nodeset && rv_cpuset_next(&nodes, (int)n_cells - 1) >= 0
               ? "the guest has no such node"
               : NULL;
}

static void settle_pages(const Settle *settle)
{
    const RvHugepages *pages = settle->def->memory_backing.hugepages;
    unsigned n_cells = settle->def->numa.cells->len;
    const RvXmlNode *node = rv_xml_node_child(part(settle, "memoryBacking"), "hugepages", 0);
    for (unsigned i = 0; pages && i < pages->pages->len; i++) {
        RvHugepage *page = pages->pages->pdata[i];
        if (!n_cells && !g_strcmp0(page->nodeset, "0"))
            g_clear_pointer(&page->nodeset, g_free);
        const char *fault = page_fault(pages, i, n_cells);
        if (fault)
            rv_xml_error(settle->reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "page", i),
                         NULL, "%s", fault);
    }
}

/* ---- Tuning --------------------------------------------------------------------------------- */

static void check_blkio(const Settle *settle)
{
    const GPtrArray *devices = settle->def->blkiotune.devices;
    for (unsigned i = 0; i < devices->len; i++) {
        for (unsigned j = 0; j < i; j++) {
            const RvBlkioDevice *at = devices->pdata[i], *other = devices->pdata[j];
            if (!strcmp(at->path, other->path))
                rv_xml_error(settle->reader, RV_ERR_CONFIG_UNSUPPORTED, part(settle, "blkiotune"),
                             NULL, "device '%s' is in it twice", at->path);
        }
    }
}

static void check_range(const Settle *settle, const char *name, bool good, int64_t min,
                        int64_t max)
{
    if (!good)
        rv_xml_error(settle->reader, RV_ERR_CONFIG_UNSUPPORTED,
                     rv_xml_node_child(part(settle, "cputune"), name, 0), NULL,
                     "it must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, min, max);
}

static void check_cputune(const Settle *settle)
{
    const RvCputune *tune = &settle->def->cputune;
    const struct {
        const char *period, *quota;
        uint64_t period_us;
        int64_t quota_us;
    } rows[] = {
        {"period", "quota", tune->period, tune->quota},
        {"global_period", "global_quota", tune->global_period, tune->global_quota},
        {"emulator_period", "emulator_quota", tune->emulator_period, tune->emulator_quota},
        {"iothread_period", "iothread_quota", tune->iothread_period, tune->iothread_quota},
    };
    check_range(settle, "shares",
                tune->shares <= 0 || (tune->shares >= SHARES_MIN && tune->shares <= SHARES_MAX),
                SHARES_MIN, SHARES_MAX);
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t period = rows[i].period_us;
        int64_t quota = rows[i].quota_us;
        check_range(settle, rows[i].period, !period || (period >= PERIOD_MIN && period <= PERIOD_MAX),
                    PERIOD_MIN, PERIOD_MAX);
        check_range(settle, rows[i].quota,
                    quota <= 0 || (quota >= QUOTA_MIN && quota <= QUOTA_MAX), QUOTA_MIN, QUOTA_MAX);
    }
}

static void check_resource(const Settle *settle)
{
    const char *appid = settle->def->appid;
    const RvXmlNode *node = rv_xml_node_child(part(settle, "resource"), "fibrechannel", 0);
    if (!appid)
        return;
    for (const char *at = appid; *at; at++) {
        if (g_ascii_isprint(*at))
            continue;
        rv_xml_error(settle->reader, RV_ERR_XML, node, "appid", "it can be printed letters only");
        return;
    }
    if (strlen(appid) > APPID_MAX)
        rv_xml_error(settle->reader, RV_ERR_INVALID_ARG, node, "appid",
                     "it has more than %d letters", APPID_MAX);
}

/* ---- Timers --------------------------------------------------------------------------------- */

typedef struct {
    const char *attribute, *message;
    int code;
} TimerFault;

static TimerFault timer_fault(const RvGuestTimer *timer)
{
    bool para = timer->name == RV_TIMER_KVMCLOCK || timer->name == RV_TIMER_HYPERVCLOCK;
    bool tracks = timer->name == RV_TIMER_PLATFORM || timer->name == RV_TIMER_RTC;
    if (para && timer->tick_policy)
        return (TimerFault){"tickpolicy", "this timer has no ticks", RV_ERR_CONFIG_UNSUPPORTED};
    if (timer->tick_policy != RV_TICK_CATCHUP &&
        (timer->threshold || timer->slew || timer->limit))
        return (TimerFault){NULL, "<catchup> is for tickpolicy='catchup' only", RV_ERR_XML};
    if (timer->track && !tracks)
        return (TimerFault){"track", "only platform and rtc have a track",
                            RV_ERR_CONFIG_UNSUPPORTED};
    return (TimerFault){0};
}

static void check_timers(const Settle *settle)
{
    const GPtrArray *timers = settle->def->clock.timers;
    for (unsigned i = 0; i < timers->len; i++) {
        const RvGuestTimer *timer = timers->pdata[i];
        const RvXmlNode *node = rv_xml_node_child(part(settle, "clock"), "timer", i);
        TimerFault fault = timer_fault(timer);
        const char *const of_tsc[] = {"frequency", "mode"};
        for (unsigned j = 0; timer->name != RV_TIMER_TSC && j < G_N_ELEMENTS(of_tsc); j++) {
            if (rv_xml_node_attribute(node, of_tsc[j]))
                fault = (TimerFault){of_tsc[j], "it is for the tsc only",
                                     RV_ERR_CONFIG_UNSUPPORTED};
        }
        if (fault.message)
            rv_xml_error(settle->reader, fault.code, node, fault.attribute, "%s", fault.message);
    }
}

/* numad's advice is asked for CPUs, too, where it is for memory and nothing says which CPUs. */
static void settle_placement(RvDomainDef *def)
{
    bool asks = def->numatune.memory && def->numatune.memory->placement;
    if (!asks || def->cpuset || def->cputune.vcpu_pins->len || def->cputune.emulator_pin ||
        def->cputune.iothread_pins->len)
        return;
    g_free(def->vcpu_placement);
    def->vcpu_placement = g_strdup("auto");
}

/* A paravirtualized guest of Xen has two names for its type, of which libvirt writes the older. */
static void settle_xen(RvDomainDef *def)
{
    if (def->virt == RV_VIRT_XEN && def->os.type == RV_OS_XEN)
        def->os.type = RV_OS_LINUX;
    if (def->xen_commandline && !def->xen_commandline->arguments->len)
        rv_xml_free(&rv_xen_commandline_xml, g_steal_pointer(&def->xen_commandline));
}

void rv_domain_def_settle(RvXmlReader *reader, const RvXmlNode *node, RvDomainDef *def)
{
    const Settle settle = {reader, node, def};
    unsigned max_vcpus = MAX(def->max_vcpus, 1);
    bool placed = !g_strcmp0(def->vcpu_placement, "auto");
    unsigned on = rv_vcpus_settle(reader, node, &def->each_vcpu, max_vcpus);
    if (on)
        def->vcpus = on;
    if (placed)
        g_clear_pointer(&def->cpuset, g_free);
    rv_iothreads_settle(reader, node, &def->iothreads);
    rv_cputune_settle(reader, node, &def->cputune, max_vcpus, &def->iothreads);
    rv_numatune_settle(reader, node, &def->numatune, &def->numa, placed);
    settle_placement(def);
    rv_sysinfo_settle(reader, node, def->sysinfos, &def->uuid);
    rv_qemu_namespace_settle(&def->qemu);
    settle_xen(def);
    settle_memory(&settle);
    settle_pages(&settle);
    check_blkio(&settle);
    check_cputune(&settle);
    check_resource(&settle);
    check_timers(&settle);
}
