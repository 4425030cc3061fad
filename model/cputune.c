/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/cputune.h"

#include "base/error.h"
#include "model/cpuset.h"
#include "model/vcpu.h"

#define MAX_ROWS RV_MAX_VCPUS

RV_ENUM(rv_scheduler, RvScheduler, RV_SCHEDULER_LAST, "none", "batch", "idle", "fifo", "rr");

#define CPUSET(Struct, field)                                                                      \
    RV_XML_ATTRIBUTE(Struct, field, "cpuset", cpuset, .flags = RV_XML_REQUIRED,                    \
                     .bad_code = RV_ERR_INVALID_ARG, .missing_code = RV_ERR_INTERNAL,              \
                     .doc = "The host's CPUs that it may use.")

static const RvXmlRow vcpu_pin_rows[] = {
    RV_XML_ATTRIBUTE(RvPin, thread, "vcpu", uint, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "The virtual CPU."),
    CPUSET(RvPin, cpuset),
};
static const RvXmlType vcpu_pin = {
    .doc = "Where a virtual CPU runs.",
    .size = sizeof(RvPin),
    RV_XML_ROWS(vcpu_pin_rows),
};

static const RvXmlRow iothread_pin_rows[] = {
    RV_XML_ATTRIBUTE(RvPin, thread, "iothread", uint, .min = 1, .flags = RV_XML_REQUIRED,
                     .doc = "The I/O thread."),
    CPUSET(RvPin, cpuset),
};
static const RvXmlType iothread_pin = {
    .doc = "Where an I/O thread runs.",
    .size = sizeof(RvPin),
    RV_XML_ROWS(iothread_pin_rows),
};

#define TIMED (RV_XML_BIT(RV_SCHEDULER_FIFO) | RV_XML_BIT(RV_SCHEDULER_RR))
#define POLICY                                                                                     \
    RV_XML_ATTRIBUTE(RvThreadScheduler, policy, "scheduler", enum, .names = rv_scheduler_names,    \
                     .min = 1, .flags = RV_XML_REQUIRED, .doc = "How the host schedules it."),     \
        RV_XML_ATTRIBUTE(RvThreadScheduler, priority, "priority", int,                             \
                         .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,                                 \
                         RV_XML_WHEN(RvThreadScheduler, policy, TIMED),                            \
                         .doc = "Its priority among such threads.")

static const RvXmlRow emulator_scheduler_rows[] = {POLICY};
static const RvXmlType emulator_scheduler = {
    .doc = "How the emulator's own threads are scheduled.",
    .size = sizeof(RvThreadScheduler),
    RV_XML_ROWS(emulator_scheduler_rows),
};

static const RvXmlRow vcpu_scheduler_rows[] = {
    RV_XML_ATTRIBUTE(RvThreadScheduler, threads, "vcpus", cpuset, .flags = RV_XML_REQUIRED,
                     .bad_code = RV_ERR_INVALID_ARG, .doc = "Virtual CPUs."),
    POLICY,
};
static const RvXmlType vcpu_scheduler = {
    .doc = "How virtual CPUs are scheduled.",
    .size = sizeof(RvThreadScheduler),
    RV_XML_ROWS(vcpu_scheduler_rows),
};

static const RvXmlRow iothread_scheduler_rows[] = {
    RV_XML_ATTRIBUTE(RvThreadScheduler, threads, "iothreads", cpuset, .flags = RV_XML_REQUIRED,
                     .bad_code = RV_ERR_INVALID_ARG, .doc = "I/O threads."),
    POLICY,
};
static const RvXmlType iothread_scheduler = {
    .doc = "How I/O threads are scheduled.",
    .size = sizeof(RvThreadScheduler),
    RV_XML_ROWS(iothread_scheduler_rows),
};

#define PERIOD(field, name_, doc_)                                                                 \
    RV_XML_LEAF(RvCputune, field, name_, uint64, .doc = doc_)
#define QUOTA(field, name_, doc_) RV_XML_LEAF(RvCputune, field, name_, int64, .doc = doc_)

static const RvXmlRow rows[] = {
    RV_XML_LEAF(RvCputune, shares, "shares", int64, .max = INT64_MAX, .absent = -1,
                .doc = "Its share of the host's CPUs, beside that of other guests."),
    PERIOD(period, "period", "Microseconds within which a virtual CPU may use its quota."),
    QUOTA(quota, "quota", "Microseconds that a virtual CPU may run in a period; -1: no limit."),
    PERIOD(global_period, "global_period", "The same for the whole guest."),
    QUOTA(global_quota, "global_quota", "The same for the whole guest."),
    PERIOD(emulator_period, "emulator_period", "The same for the emulator's own threads."),
    QUOTA(emulator_quota, "emulator_quota", "The same for the emulator's own threads."),
    PERIOD(iothread_period, "iothread_period", "The same for each I/O thread."),
    QUOTA(iothread_quota, "iothread_quota", "The same for each I/O thread."),
    RV_XML_LIST(RvCputune, vcpu_pins, "vcpupin", &vcpu_pin, .max = MAX_ROWS),
    RV_XML_LEAF(RvCputune, emulator_pin, "emulatorpin", cpuset, .attribute = "cpuset",
                .flags = RV_XML_NOT_EMPTY, .bad_code = RV_ERR_INVALID_ARG,
                .missing_code = RV_ERR_INTERNAL, .doc = "Where the emulator's own threads run."),
    RV_XML_LIST(RvCputune, iothread_pins, "iothreadpin", &iothread_pin, .max = MAX_ROWS),
    RV_XML_CHILD(RvCputune, emulator_scheduler, "emulatorsched", &emulator_scheduler),
    RV_XML_LIST(RvCputune, vcpu_schedulers, "vcpusched", &vcpu_scheduler, .max = MAX_ROWS),
    RV_XML_LIST(RvCputune, iothread_schedulers, "iothreadsched", &iothread_scheduler,
                .max = MAX_ROWS),
    RV_XML_LIST(RvCputune, caches, "cachetune", &rv_cachetune_xml, .max = MAX_ROWS),
    RV_XML_LIST(RvCputune, memories, "memorytune", &rv_memorytune_xml, .max = MAX_ROWS),
};

const RvXmlType rv_cputune_xml = {
    .doc = "The host's CPUs for the guest's threads.",
    .size = sizeof(RvCputune),
    RV_XML_ROWS(rows),
};

/* ---- What depends on the rest of the document ----------------------------------------------- */

/* Each thread is pinned once; pins of those that are not there are dropped (`threads` says which
 * are) or, where that is what libvirt does, refused. */
static void settle_pins(RvXmlReader *reader, const RvXmlNode *node, const char *name,
                        const RvXmlType *type, GPtrArray *pins, const RvCpuset *threads,
                        bool refuse)
{
    RvCpuset seen = {0};
    for (unsigned i = 0, n = 0; i < pins->len; n++) {
        RvPin *pin = pins->pdata[i];
        const RvXmlNode *at = rv_xml_node_child(node, name, n);
        if (!rv_cpuset_has(threads, pin->thread)) {
            if (refuse)
                rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, at, NULL,
                             "there is no thread %u", pin->thread);
            rv_xml_free(type, g_ptr_array_remove_index(pins, i));
            continue;
        }
        if (rv_cpuset_has(&seen, pin->thread))
            rv_xml_error(reader, RV_ERR_INTERNAL, at, NULL, "thread %u is pinned before",
                         pin->thread);
        rv_cpuset_put(&seen, pin->thread);
        i++;
    }
}

static void add_one(GPtrArray *list, const RvXmlType *type, const RvThreadScheduler *like,
                    int thread)
{
    RvThreadScheduler *one = rv_xml_new(type);
    one->threads = g_strdup_printf("%d", thread);
    one->policy = like->policy;
    one->priority = like->priority;
    g_ptr_array_add(list, one);
}

/* One row for each thread, in the order of their numbers. */
static GPtrArray *settle_schedulers(RvXmlReader *reader, const RvXmlNode *node, const char *name,
                                    const RvXmlType *type, GPtrArray *given,
                                    const RvCpuset *threads)
{
    if (!given->len)
        return given;
    g_autofree RvThreadScheduler **places = g_new0(RvThreadScheduler *, RV_CPUSET_MAX);
    GPtrArray *settled = g_ptr_array_new();
    for (unsigned i = 0; i < given->len; i++) {
        RvThreadScheduler *row = given->pdata[i];
        const RvXmlNode *at = rv_xml_node_child(node, name, i);
        RvCpuset set = {0};
        if (!rv_cpuset_parse(row->threads, &set) || !rv_cpuset_contains(threads, &set))
            rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, at, NULL,
                         "some of the threads %s are not there", row->threads);
        for (int number = -1; (number = rv_cpuset_next(&set, number)) >= 0;) {
            if (places[number])
                rv_xml_error(reader, RV_ERR_XML_DETAIL, at, NULL,
                             "how thread %d is scheduled was said before", number);
            places[number] = row;
        }
    }
    for (int number = 0; number < RV_CPUSET_MAX; number++) {
        if (places[number])
            add_one(settled, type, places[number], number);
    }
    for (unsigned i = 0; i < given->len; i++)
        rv_xml_free(type, given->pdata[i]);
    g_ptr_array_unref(given);
    return settled;
}

static void iothread_set(const RvIothreads *iothreads, RvCpuset *ret)
{
    for (unsigned id = 1; id < RV_CPUSET_MAX && !iothreads->ids->len && id <= iothreads->count;
         id++)
        rv_cpuset_put(ret, id);
    for (unsigned i = 0; i < iothreads->ids->len; i++)
        rv_cpuset_put(ret, ((RvIothread *)iothreads->ids->pdata[i])->id);
}

void rv_cputune_settle(RvXmlReader *reader, const RvXmlNode *domain, RvCputune *tune,
                       unsigned max_vcpus, const RvIothreads *iothreads)
{
    const RvXmlNode *node = rv_xml_node_child(domain, "cputune", 0);
    RvCpuset vcpus = {0}, threads = {0};
    for (unsigned vcpu = 0; vcpu < max_vcpus; vcpu++)
        rv_cpuset_put(&vcpus, vcpu);
    iothread_set(iothreads, &threads);
    settle_pins(reader, node, "vcpupin", &vcpu_pin, tune->vcpu_pins, &vcpus, false);
    settle_pins(reader, node, "iothreadpin", &iothread_pin, tune->iothread_pins, &threads, true);
    tune->vcpu_schedulers = settle_schedulers(reader, node, "vcpusched", &vcpu_scheduler,
                                              tune->vcpu_schedulers, &vcpus);
    tune->iothread_schedulers = settle_schedulers(reader, node, "iothreadsched",
                                                  &iothread_scheduler, tune->iothread_schedulers,
                                                  &threads);
    rv_resctrl_settle(reader, node, tune->caches, tune->memories, max_vcpus);
}
