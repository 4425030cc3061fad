/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <cputune>: the host's CPUs that a guest's threads may use, their share of them, how they are
 * scheduled, and their part of caches and memory bandwidth (resctrl). */

#include "base/enum.h"
#include "model/iothread.h"
#include "model/resctrl.h"
#include "model/xml-table.h"

typedef enum {
    RV_SCHEDULER_NONE,
    RV_SCHEDULER_BATCH,
    RV_SCHEDULER_IDLE,
    RV_SCHEDULER_FIFO,
    RV_SCHEDULER_RR,
    RV_SCHEDULER_LAST,
} RvScheduler;
RV_ENUM_DECLARE(rv_scheduler, RvScheduler);

/* A thread's CPUs of the host. */
typedef struct {
    unsigned thread; /* a virtual CPU, or an I/O thread */
    char *cpuset;
} RvPin;

typedef struct {
    char *threads; /* virtual CPUs or I/O threads as a set: one, once settled */
    RvScheduler policy;
    int priority; /* of fifo and rr */
} RvThreadScheduler;

typedef struct {
    int64_t shares; /* -1: not said */
    uint64_t period, global_period, emulator_period, iothread_period; /* us; 0: not said */
    int64_t quota, global_quota, emulator_quota, iothread_quota;      /* us; 0: not said */
    GPtrArray *vcpu_pins, *iothread_pins; /* RvPin */
    char *emulator_pin;
    RvThreadScheduler *emulator_scheduler;
    GPtrArray *vcpu_schedulers, *iothread_schedulers; /* RvThreadScheduler */
    GPtrArray *caches;  /* RvCachetune */
    GPtrArray *memories; /* RvMemorytune */
} RvCputune;

extern const RvXmlType rv_cputune_xml;

/* What depends on which virtual CPUs and I/O threads there are: pins of other CPUs are dropped, sets
 * of threads become one row for each. */
void rv_cputune_settle(RvXmlReader *reader, const RvXmlNode *domain, RvCputune *tune,
                       unsigned max_vcpus, const RvIothreads *iothreads);
