/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tables of procedures, each in its own file; programs.c puts them together. */

#include "daemon/dispatch.h"

extern const RvProcedureTable rv_procedures_connect;    /* open, what is there, close */
extern const RvProcedureTable rv_procedures_native;     /* configurations of hypervisors' own */
extern const RvProcedureTable rv_procedures_node;       /* the host's numbers */
extern const RvProcedureTable rv_procedures_list;       /* lists and look-ups */
extern const RvProcedureTable rv_procedures_domain;     /* what one domain is */
extern const RvProcedureTable rv_procedures_stats;      /* how it is doing */
extern const RvProcedureTable rv_procedures_domain_stats; /* how all are doing */
extern const RvProcedureTable rv_procedures_address;    /* of interfaces */
extern const RvProcedureTable rv_procedures_definition; /* define, undefine, autostart */
extern const RvProcedureTable rv_procedures_metadata;   /* what is noted in it */
extern const RvProcedureTable rv_procedures_life;       /* start ... destroy */
extern const RvProcedureTable rv_procedures_save;       /* save, restore */
extern const RvProcedureTable rv_procedures_tune;       /* memory, vCPUs, pins */
extern const RvProcedureTable rv_procedures_schedule;   /* how CPUs are shared */
extern const RvProcedureTable rv_procedures_limits;     /* limits of memory, block devices, NUMA */
extern const RvProcedureTable rv_procedures_device;     /* devices that come and go */
extern const RvProcedureTable rv_procedures_dump;       /* its memory in a file */
extern const RvProcedureTable rv_procedures_console;
extern const RvProcedureTable rv_procedures_screenshot; /* of a screen */
extern const RvProcedureTable rv_procedures_event;
extern const RvProcedureTable rv_procedures_network;    /* virtual networks */
extern const RvProcedureTable rv_procedures_pool;       /* storage pools */
extern const RvProcedureTable rv_procedures_volume;     /* their volumes */

/* libvirt's program for containers. */
extern const RvProcedureTable rv_procedures_lxc;

/* Our own program. */
extern const RvProcedureTable rv_procedures_exec;
extern const RvProcedureTable rv_procedures_file;
extern const RvProcedureTable rv_procedures_image;
extern const RvProcedureTable rv_procedures_log;
extern const RvProcedureTable rv_procedures_reeve;

/* virConnectListAllDomains' filters: whether a domain passes. Flags that are not filters are not
 * looked at. */
#define RV_LIST_FLAGS 0xffffu
bool rv_list_wants(const RvDomain *domain, unsigned flags);
