/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

unsigned rv_trace_topics;

static const char *program_name = "reeve";
static RvLogLevel max_level = RV_LOG_INFO;
static bool to_journal;

static const struct {
    const char *name;
    unsigned topics;
} topic_names[] = {
    {"rpc", RV_TRACE_RPC},     {"driver", RV_TRACE_DRIVER}, {"qmp", RV_TRACE_QMP},
    {"state", RV_TRACE_STATE}, {"store", RV_TRACE_STORE},   {"job", RV_TRACE_JOB},
    {"all", ~0u},
};

static void add_topic(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(topic_names); i++) {
        if (strcmp(topic_names[i].name, name) == 0) {
            rv_trace_topics |= topic_names[i].topics;
            return;
        }
    }
    rv_log_warning("REEVE_TRACE: no topic '%s': known are rpc, driver, qmp, state, store, job, all",
                   name);
}

static void read_level(const char *name)
{
    static const struct {
        const char *name;
        RvLogLevel level;
    } levels[] = {{"error", RV_LOG_ERROR},
                  {"warning", RV_LOG_WARNING},
                  {"info", RV_LOG_INFO},
                  {"debug", RV_LOG_DEBUG}};
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        if (strcmp(levels[i].name, name) == 0) {
            max_level = levels[i].level;
            return;
        }
    }
    rv_log_warning("REEVE_LOG_LEVEL: no level '%s': known are error, warning, info, debug", name);
}

/* systemd says in JOURNAL_STREAM which file its journal's end of our standard error is. */
static bool stderr_is_journal(void)
{
    const char *stream = g_getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;
    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void rv_log_init(const char *program)
{
    program_name = program;
    to_journal = stderr_is_journal();

    const char *level = g_getenv("REEVE_LOG_LEVEL");
    if (level)
        read_level(level);
    const char *trace = g_getenv("REEVE_TRACE");
    if (trace) {
        g_auto(GStrv) names = g_strsplit_set(trace, ", ", -1);
        for (char **name = names; *name; name++)
            if (**name)
                add_topic(*name);
    }
}

void rv_log_set_level(RvLogLevel level)
{
    max_level = level;
}

/* One write for each line, so that lines of several threads do not mix. The journal takes the
 * level from "<N>" and adds the time; elsewhere we write it. */
static void write_line(RvLogLevel level, const char *label, const char *text)
{
    g_autofree char *line = NULL;
    if (to_journal) {
        line = g_strdup_printf("<%d>%s%s\n", level, label, text);
    } else {
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        g_autofree char *time = g_date_time_format(now, "%H:%M:%S");
        line = g_strdup_printf("%s.%03d %s: %s%s\n", time,
                               g_date_time_get_microsecond(now) / 1000, program_name, label, text);
    }
    if (write(STDERR_FILENO, line, strlen(line)) < 0)
        return; /* nowhere left to say so */
}

void rv_log(RvLogLevel level, const char *format, ...)
{
    if (level > max_level)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    write_line(level,
               level == RV_LOG_ERROR     ? "error: "
               : level == RV_LOG_WARNING ? "warning: "
                                         : "",
               text);
}

void rv_trace_line(RvTraceTopic topic, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);

    const char *name = "";
    for (size_t i = 0; i < G_N_ELEMENTS(topic_names); i++)
        if (topic_names[i].topics == (unsigned)topic)
            name = topic_names[i].name;
    g_autofree char *label = g_strdup_printf("[%s] ", name);
    write_line(RV_LOG_DEBUG, label, text);
}
