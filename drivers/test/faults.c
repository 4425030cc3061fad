/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/faults.h"

#include <string.h>

#include "base/error.h"
#include "model/xml-node.h"

#define FAULTS_NAMESPACE "urn:reeve:test"

enum { DEFAULT_SHUTDOWN_MS = 50, MAX_MS = 3600 * 1000, PROGRESS_MS = 20 };

RV_ENUM(test_operation, TestOperation, TEST_OPERATION_LAST, "start", "adopt", "suspend",
        "resume", "shutdown", "reboot", "reset", "destroy", "stats", "attach", "detach",
        "change-medium", "tune", "save", "restore");

/* One row for each attribute: how its text is read into the member at `offset`. */
typedef bool (*ReadFunc)(const char *text, void *member);

static bool read_text(const char *text, void *member)
{
    char **string = member;
    g_free(*string);
    *string = g_strdup(text);
    return true;
}

static bool read_ms(const char *text, void *member)
{
    guint64 value;
    if (!g_ascii_string_to_unsigned(text, 10, 0, MAX_MS, &value, NULL))
        return false;
    *(unsigned *)member = (unsigned)value;
    return true;
}

static bool read_yes_no(const char *text, void *member)
{
    bool yes = strcmp(text, "yes") == 0;
    *(bool *)member = yes;
    return yes || strcmp(text, "no") == 0;
}

static bool read_operations(const char *text, void *member)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (char **word = words; *word; word++) {
        int operation = test_operation_from_string(*word);
        if (operation < 0)
            return false;
        *(unsigned *)member |= 1u << operation;
    }
    return true;
}

static const struct {
    const char *name;
    ReadFunc read;
    size_t offset;
    const char *expected;
} rows[] = {
    {"delay-ms", read_ms, offsetof(TestFaults, delay_ms), "milliseconds, at most an hour"},
    {"gone", read_yes_no, offsetof(TestFaults, gone), "yes or no"},
    {"hang", read_operations, offsetof(TestFaults, hang),
     "words from start, adopt, suspend, resume, shutdown, reboot, reset, destroy, stats, save, "
     "restore"},
    {"ignores-shutdown", read_yes_no, offsetof(TestFaults, ignores_shutdown), "yes or no"},
    {"shutdown-ms", read_ms, offsetof(TestFaults, shutdown_ms), "milliseconds, at most an hour"},
    {"start-fails", read_text, offsetof(TestFaults, start_fails), "a text"},
    {"stats-fails", read_text, offsetof(TestFaults, stats_fails), "a text"},
};

static bool read_attribute(const RvXmlAttribute *attribute, TestFaults *faults, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(attribute->name, rows[i].name) != 0)
            continue;
        if (rows[i].read(attribute->value, (char *)faults + rows[i].offset))
            return true;
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "%s='%s' of the test metadata: expected %s",
                     attribute->name, attribute->value, rows[i].expected);
        return false;
    }
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the test metadata has no attribute '%s'",
                 attribute->name);
    return false;
}

bool test_faults_parse(const char *metadata, TestFaults *faults, GError **error)
{
    *faults = (TestFaults){.shutdown_ms = DEFAULT_SHUTDOWN_MS};
    if (!metadata)
        return true;

    g_autoptr(RvXmlDocument) document =
        rv_xml_document_parse(metadata, strlen(metadata), error);
    if (!document)
        return false;

    const RvXmlNode *node = rv_xml_document_root(document)->children;
    for (; node; node = node->next) {
        if (g_strcmp0(node->ns, FAULTS_NAMESPACE) != 0 || strcmp(node->name, "test") != 0)
            continue;
        for (const RvXmlAttribute *a = node->attributes; a; a = a->next)
            if (!read_attribute(a, faults, error))
                return false;
    }
    return true;
}

void test_faults_clear(TestFaults *faults)
{
    g_clear_pointer(&faults->start_fails, g_free);
    g_clear_pointer(&faults->stats_fails, g_free);
}

/* Waits `ms` (-1: without end); false when cancelled. */
static bool wait_or_cancelled(GCancellable *cancel, int ms)
{
    GPollFD fd;
    if (!g_cancellable_make_pollfd(cancel, &fd))
        return !g_cancellable_is_cancelled(cancel);
    g_poll(&fd, 1, ms);
    g_cancellable_release_fd(cancel);
    return !g_cancellable_is_cancelled(cancel);
}

bool test_faults_act(const TestFaults *faults, TestOperation operation, RvOperation *op,
                     GError **error)
{
    bool go_on = !g_cancellable_is_cancelled(op->cancel);
    while (go_on && faults->hang & (1u << operation))
        go_on = wait_or_cancelled(op->cancel, -1);

    for (unsigned done = 0; go_on && done < faults->delay_ms;) {
        if (op->progress)
            op->progress(op, done, faults->delay_ms);
        unsigned step = MIN((unsigned)PROGRESS_MS, faults->delay_ms - done);
        go_on = wait_or_cancelled(op->cancel, (int)step);
        done += step;
    }
    if (!go_on)
        rv_error_set(error, RV_ERR_OPERATION_ABORTED, "%s of the simulated guest was cancelled",
                     test_operation_to_string(operation));
    return go_on;
}
