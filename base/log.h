/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Logging to journald where standard error is connected to it, to standard error otherwise; and
 * tracing by topic: REEVE_TRACE=rpc,driver,qmp,state,store,job (or "all").
 */

#include <glib.h>
#include <stdbool.h>

typedef enum {
    RV_LOG_ERROR = 3, /* syslog's numbers */
    RV_LOG_WARNING = 4,
    RV_LOG_INFO = 6,
    RV_LOG_DEBUG = 7,
} RvLogLevel;

typedef enum {
    RV_TRACE_RPC = 1 << 0,
    RV_TRACE_DRIVER = 1 << 1,
    RV_TRACE_QMP = 1 << 2,
    RV_TRACE_STATE = 1 << 3,
    RV_TRACE_STORE = 1 << 4,
    RV_TRACE_JOB = 1 << 5,
} RvTraceTopic;

/* Reads REEVE_TRACE and REEVE_LOG_LEVEL. An unknown topic is named on standard error. */
void rv_log_init(const char *program);
void rv_log_set_level(RvLogLevel level);

void rv_log(RvLogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);
#define rv_log_error(...) rv_log(RV_LOG_ERROR, __VA_ARGS__)
#define rv_log_warning(...) rv_log(RV_LOG_WARNING, __VA_ARGS__)
#define rv_log_info(...) rv_log(RV_LOG_INFO, __VA_ARGS__)
#define rv_log_debug(...) rv_log(RV_LOG_DEBUG, __VA_ARGS__)

extern unsigned rv_trace_topics; /* read it through RV_TRACING */
#define RV_TRACING(topic) G_UNLIKELY(rv_trace_topics & (topic))
void rv_trace_line(RvTraceTopic topic, const char *format, ...) G_GNUC_PRINTF(2, 3);
#define rv_trace(topic, ...)                                                                       \
    do {                                                                                           \
        if (RV_TRACING(topic))                                                                     \
            rv_trace_line(topic, __VA_ARGS__);                                                     \
    } while (0)
