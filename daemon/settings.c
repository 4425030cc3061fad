/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/settings.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"

static const char group[] = "reeved";

enum { MAX_BYTES = 1 << 20 };

typedef enum { INT, BOOL, STRING, CHOICE } SettingType;

typedef struct {
    const char *name;
    SettingType type;
    int64_t min, max;           /* INT */
    const char *const *choices; /* CHOICE */
    const char *fallback;       /* the default, as text */
    const char *text;           /* for the sample file and the man page */
} Setting;

static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};

/* Sorted by subject. */
static const Setting table[] = {
    {"socket_group", STRING, .fallback = "",
     .text = "The group whose members may use the read-write socket, beside root. Whoever may use it "
             "controls every guest and, through their disks and devices, the host. Empty: root only."},
    {"libvirt_sockets", BOOL, .fallback = "false",
     .text = "Also listen where clients look for libvirtd, so that plain \"virsh list\" works. Only "
             "where libvirtd does not run."},
    {"log_level", CHOICE, .choices = log_levels, .fallback = "info",
     .text = "What is logged: error, warning, info or debug; each includes those before it."},

    {"history_revisions", INT, 2, 1000000, .fallback = "100",
     .text = "How many revisions of each domain's definition are kept."},
    {"history_removed", INT, 0, 10000000, .fallback = "1000",
     .text = "How many removed domains are kept with their history, so that they can be brought "
             "back. 0: all."},
    {"autostart", BOOL, .fallback = "true",
     .text = "Start the domains marked for it, once after each boot of the host."},
    {"stats_interval", INT, 1, 3600, .fallback = "5",
     .text = "Seconds between two looks at the numbers of each running guest."},
    {"workers", INT, 4, 1024, .fallback = "64",
     .text = "How many slow operations may run at the same time; others wait. Those that wait for a "
             "guest or for storage that does not answer are not counted."},
    {"max_workers", INT, 4, 8192, .fallback = "1024",
     .text = "How many slow operations may run at the same time with those that are not counted."},

    {"max_clients", INT, 32, 100000, .fallback = "5000",
     .text = "How many clients may be connected."},
    {"max_clients_per_user", INT, 1, 100000, .fallback = "256",
     .text = "How many of them may belong to one user. Root has no such limit."},
    {"root_clients", INT, 0, 1000, .fallback = "16",
     .text = "How many of max_clients are kept free for root."},
    {"max_client_jobs", INT, 1, 10000, .fallback = "16",
     .text = "How many slow operations of one client are worked on at the same time; more wait. "
             "Destroying a guest never waits."},
    {"keepalive_interval", INT, 0, 3600, .fallback = "5",
     .text = "Seconds of silence after which a client that can is asked whether it is still there. "
             "0: never."},
    {"keepalive_count", INT, 1, 100, .fallback = "5",
     .text = "How many such questions without an answer close its connection."},

    {"kvm_uid_base", INT, 1000, 4294000000, .fallback = "70000",
     .text = "The first user id of those that guests run under, one each. No one else may use them."},
    {"kvm_uid_count", INT, 2, 1000000, .fallback = "20000",
     .text = "How many user ids there are for guests; one less can run."},

    {"container_runtime", STRING, .fallback = "crun",
     .text = "The OCI runtime that runs containers: crun or runc, by name or path. A domain's "
             "<emulator> can name another."},
    {"container_id_base", INT, 65536, 4294000000, .fallback = "1879048192",
     .text = "The first user and group id of those that containers run under, 65536 each. No one "
             "else may use them."},
    {"container_id_ranges", INT, 1, 65000, .fallback = "4096",
     .text = "How many containers can have ids of their own at the same time."},
};

struct RvSettings {
    char *values[G_N_ELEMENTS(table)]; /* as text; NULL: the default */
};

static int find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (g_str_equal(table[i].name, name))
            return (int)i;
    return -1;
}

static char *describe(const Setting *setting)
{
    switch (setting->type) {
    case INT:
        return g_strdup_printf("a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                               setting->min, setting->max);
    case BOOL:
        return g_strdup("true or false");
    case CHOICE: {
        g_autofree char *choices = g_strjoinv(", ", (char **)setting->choices);
        return g_strdup_printf("one of %s", choices);
    }
    default:
        return g_strdup("text");
    }
}

static bool is_valid(const Setting *setting, const char *value)
{
    gint64 number;
    switch (setting->type) {
    case INT:
        return g_ascii_string_to_signed(value, 10, setting->min, setting->max, &number, NULL);
    case BOOL:
        return g_str_equal(value, "true") || g_str_equal(value, "false");
    case CHOICE:
        return g_strv_contains(setting->choices, value);
    default:
        return true;
    }
}

/* GKeyFile knows no places; the key was found, so its line is there. */
static unsigned line_of(const char *text, const char *key)
{
    unsigned line = 1;
    for (const char *at = text; at; line++) {
        const char *end = strchr(at, '\n');
        const char *name = at + strspn(at, " \t");
        size_t len = strlen(key);
        if (strncmp(name, key, len) == 0 && strchr(" \t=", name[len]))
            return line;
        at = end ? end + 1 : NULL;
    }
    return 0;
}

static bool take(RvSettings *settings, const char *path, const char *text, GKeyFile *file,
                 const char *key, GError **error)
{
    int index = find(key);
    if (index < 0) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "%s:%u: there is no setting '%s'", path,
                     line_of(text, key), key);
        rv_error_remedy(error, "see \"reeved --print-sample-config\" for all there are");
        return false;
    }
    g_autofree char *value = g_key_file_get_string(file, group, key, error);
    if (!value)
        return false;
    if (!is_valid(&table[index], value)) {
        g_autofree char *expected = describe(&table[index]);
        rv_error_set(error, RV_ERR_INVALID_ARG, "%s:%u: %s = '%s', but it must be %s", path,
                     line_of(text, key), key, value, expected);
        return false;
    }
    settings->values[index] = g_steal_pointer(&value);
    return true;
}

RvSettings *rv_settings_load(const char *path, GError **error)
{
    g_autoptr(RvSettings) settings = g_new0(RvSettings, 1);
    if (!path || !g_file_test(path, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&settings);

    size_t len;
    g_autofree char *text = rv_file_read(path, MAX_BYTES, &len, error);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) fault = NULL;
    if (!text)
        return NULL;
    if (!g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, &fault)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "%s: %s", path, fault->message);
        return NULL;
    }
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    for (char **name = groups; *name; name++) {
        if (g_str_equal(*name, group))
            continue;
        rv_error_set(error, RV_ERR_INVALID_ARG, "%s: there is no group [%s], only [%s]", path,
                     *name, group);
        return NULL;
    }
    g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);
    for (char **key = keys; key && *key; key++)
        if (!take(settings, path, text, file, *key, error))
            return NULL;
    return g_steal_pointer(&settings);
}

void rv_settings_free(RvSettings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        g_free(settings->values[i]);
    g_free(settings);
}

const char *rv_settings_text(const RvSettings *settings, const char *name)
{
    int index = find(name);
    g_assert(index >= 0);
    return settings->values[index] ? settings->values[index] : table[index].fallback;
}

int64_t rv_settings_int(const RvSettings *settings, const char *name)
{
    g_assert(table[find(name)].type == INT);
    return g_ascii_strtoll(rv_settings_text(settings, name), NULL, 10);
}

bool rv_settings_bool(const RvSettings *settings, const char *name)
{
    g_assert(table[find(name)].type == BOOL);
    return g_str_equal(rv_settings_text(settings, name), "true");
}

const char *rv_settings_string(const RvSettings *settings, const char *name)
{
    g_assert(table[find(name)].type == STRING || table[find(name)].type == CHOICE);
    return rv_settings_text(settings, name);
}

/* Words up to 90 columns, each line behind "# ". */
static void append_wrapped(GString *sample, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    size_t column = 0;
    for (char **word = words; *word; word++) {
        size_t len = strlen(*word);
        if (column == 0 || column + 1 + len > 90) {
            g_string_append(sample, column ? "\n#" : "#");
            column = 1;
        }
        g_string_append_printf(sample, " %s", *word);
        column += 1 + len;
    }
    g_string_append_c(sample, '\n');
}

char *rv_settings_sample(void)
{
    GString *sample =
        g_string_new("# reeved.conf: settings of reeved, read when it starts. Each line"
                     " that is commented\n# out shows a default.\n[reeved]\n");
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *expected = describe(&table[i]);
        g_string_append_c(sample, '\n');
        append_wrapped(sample, table[i].text);
        g_string_append_printf(sample, "# (%s)\n#%s = %s\n", expected, table[i].name,
                               table[i].fallback);
    }
    return g_string_free(sample, FALSE);
}
