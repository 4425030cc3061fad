/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/daemon/fixture.h"

#include <string.h>

#include "base/file.h"
#include "daemon/settings.h"

static RvSettings *load(const char *text, GError **error)
{
    g_autofree char *dir = g_dir_make_tmp("reeve-check-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "reeved.conf", NULL);
    ck_assert(rv_file_replace(path, 0600, text, strlen(text), NULL));
    RvSettings *settings = rv_settings_load(path, error);
    ck_assert(rv_dir_remove(dir, NULL));
    return settings;
}

static const struct {
    const char *text;
    const char *said; /* NULL: accepted */
} rows[] = {
    {"", NULL},
    {"# nothing\n", NULL},
    {"[reeved]\nstats_interval = 7\nlibvirt_sockets=true\nlog_level = debug\n", NULL},
    {"[reeved]\nstats_interval=1\n", NULL},
    {"[reeved]\nstats_interval=3600\n", NULL},
    {"[reeved]\nstats_interval=0\n", ":2: stats_interval = '0', but it must be a number from 1 to"},
    {"[reeved]\n\nstats_interval=3601\n", ":3: stats_interval = '3601'"},
    {"[reeved]\nstats_interval=5s\n", "'5s', but it must be a number"},
    {"[reeved]\nstats_interval=\n", "'', but it must be a number"},
    {"[reeved]\nstats_interval=99999999999999999999\n", "must be a number"},
    {"[reeved]\nlibvirt_sockets=yes\n", "'yes', but it must be true or false"},
    {"[reeved]\nlog_level=loud\n", "'loud', but it must be one of error, warning, info, debug"},
    {"[reeved]\nlog_level=info\n  stat_interval = 3\n", ":3: there is no setting 'stat_interval'"},
    {"[libvirtd]\n", "there is no group [libvirtd]"},
    {"stats_interval=3\n", "reeved.conf"},
    {"[reeved\n", "reeved.conf"},
};

START_TEST(test_load)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvSettings) settings = load(rows[_i].text, &error);
    ck_assert_msg(!settings == !!rows[_i].said, "%s: %s", rows[_i].text,
                  error ? error->message : "accepted");
    if (error)
        ck_assert_msg(strstr(error->message, rows[_i].said), "%s", error->message);
}
END_TEST

START_TEST(test_values)
{
    g_autoptr(RvSettings) settings =
        load("[reeved]\nstats_interval = 7\nlibvirt_sockets=true\nsocket_group = kvm\n", NULL);
    ck_assert_int_eq(rv_settings_int(settings, "stats_interval"), 7);
    ck_assert(rv_settings_bool(settings, "libvirt_sockets"));
    ck_assert_str_eq(rv_settings_string(settings, "socket_group"), "kvm");
    ck_assert_str_eq(rv_settings_text(settings, "stats_interval"), "7");
    ck_assert_int_eq(rv_settings_int(settings, "history_revisions"), 100);
}
END_TEST

START_TEST(test_no_file)
{
    g_autoptr(RvSettings) settings = rv_settings_load("/nowhere/reeved.conf", NULL);
    ck_assert_ptr_nonnull(settings);
    ck_assert_str_eq(rv_settings_string(settings, "log_level"), "info");
}
END_TEST

/* The sample is accepted as it is, and with every line of a default let in: all rows are sound. */
START_TEST(test_sample)
{
    g_autofree char *sample = rv_settings_sample();
    g_autoptr(GError) error = NULL;
    g_autoptr(RvSettings) settings = load(sample, &error);
    ck_assert_msg(settings, "%s", error ? error->message : "");

    g_autoptr(GRegex) comment = g_regex_new("^#(?=[a-z_]+ =)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *all = g_regex_replace(comment, sample, -1, 0, "", 0, NULL);
    ck_assert(strstr(all, "\nstats_interval = 5\n"));
    g_autoptr(RvSettings) again = load(all, &error);
    ck_assert_msg(again, "%s", error ? error->message : "");
    g_auto(GStrv) lines = g_strsplit(sample, "\n", -1);
    for (char **line = lines; *line; line++)
        ck_assert_msg(strlen(*line) <= 92, "%s", *line);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("settings");
    tcase_add_loop_test(tcase, test_load, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_values);
    tcase_add_test(tcase, test_no_file);
    tcase_add_test(tcase, test_sample);
    return fixture_main("settings", tcase);
}
