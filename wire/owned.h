/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Decoded results with an owner: `g_auto(wire_text_ret) ret = {0};` frees what was decoded into it
 * at the end of its scope. For results that hold memory of their own. */

#include <glib.h>

#include "wire/reeve.h"
#include "wire/remote.h"
#include "wire/xdr.h"

#define RV_WIRE_OWNED(type)                                                                        \
    static inline void type##_clear(type *value)                                                   \
    {                                                                                              \
        rv_xdr_clear((xdrproc_t)xdr_##type, value);                                                \
    }                                                                                              \
    G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(type, type##_clear)

RV_WIRE_OWNED(wire_connect_get_all_domain_stats_ret)
RV_WIRE_OWNED(wire_connect_list_all_domains_ret)
RV_WIRE_OWNED(wire_domain_block_stats_flags_ret)
RV_WIRE_OWNED(wire_domain_event_callback_lifecycle_msg)
RV_WIRE_OWNED(wire_domain_event_callback_reboot_msg)
RV_WIRE_OWNED(wire_domain_event_callback_rtc_change_msg)
RV_WIRE_OWNED(wire_domain_event_callback_watchdog_msg)
RV_WIRE_OWNED(wire_domain_get_cpu_stats_ret)
RV_WIRE_OWNED(wire_domain_get_job_stats_ret)
RV_WIRE_OWNED(wire_domain_get_messages_ret)
RV_WIRE_OWNED(wire_domain_get_params_ret)
RV_WIRE_OWNED(wire_domain_memory_stats_ret)
RV_WIRE_OWNED(wire_domain_ret)
RV_WIRE_OWNED(wire_domain_scheduler_ret)
RV_WIRE_OWNED(wire_domain_scheduler_type_ret)
RV_WIRE_OWNED(wire_list_all_objects_ret)
RV_WIRE_OWNED(wire_network_get_dhcp_leases_ret)
RV_WIRE_OWNED(wire_node_get_cells_free_memory_ret)
RV_WIRE_OWNED(wire_node_get_cpu_stats_ret)
RV_WIRE_OWNED(wire_node_get_memory_stats_ret)
RV_WIRE_OWNED(wire_node_get_security_model_ret)
RV_WIRE_OWNED(wire_object_ret)
RV_WIRE_OWNED(wire_pool_list_all_volumes_ret)
RV_WIRE_OWNED(wire_reeve_failures_ret)
RV_WIRE_OWNED(wire_reeve_file_read_ret)
RV_WIRE_OWNED(wire_reeve_history_ret)
RV_WIRE_OWNED(wire_reeve_image_ret)
RV_WIRE_OWNED(wire_reeve_images_ret)
RV_WIRE_OWNED(wire_reeve_imports_ret)
RV_WIRE_OWNED(wire_reeve_jobs_ret)
RV_WIRE_OWNED(wire_reeve_log_ret)
RV_WIRE_OWNED(wire_reeve_revision_ret)
RV_WIRE_OWNED(wire_reeve_warnings_ret)
RV_WIRE_OWNED(wire_security_label)
RV_WIRE_OWNED(wire_text_ret)
RV_WIRE_OWNED(wire_volume_ret)
