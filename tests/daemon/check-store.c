/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/daemon/fixture.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* ---- Helpers -------------------------------------------------------------------------------- */

typedef struct {
    bool done;
    int code; /* 0: success */
    char *message;
} Outcome;

static void note(void *data, const GError *error)
{
    Outcome *outcome = data;
    outcome->done = true;
    outcome->code = error ? error->code : 0;
    g_free(outcome->message);
    outcome->message = error ? g_strdup(error->message) : NULL;
}

static int commit(Fixture *fixture, RvStoreChange *change)
{
    Outcome outcome = {0};
    rv_store_commit(fixture->core.store, change, note, &outcome);
    ck_assert_msg(!outcome.done, "called from within");
    fixture_run_until(fixture, &outcome.done);
    g_free(outcome.message);
    return outcome.code;
}

static int put(Fixture *fixture, unsigned char number, const char *name, const char *text)
{
    g_autoptr(RvDefinition) definition = fixture_definition(number, name, text);
    return commit(fixture, rv_store_put("test", definition, "uid 0", "define"));
}

static int undefine(Fixture *fixture, unsigned char number)
{
    RvUuid uuid = fixture_uuid(number);
    return commit(fixture, rv_store_remove(RV_STORE_DOMAIN, &uuid, "uid 0"));
}

static bool log_stored(const RvStored *stored, void *data, GError **error)
{
    if (!stored->definition) {
        g_string_append_printf(data, "%s %s:%s%s ", stored->kind, stored->name, stored->text,
                               stored->autostart ? ":auto" : "");
        return true;
    }
    const RvDefinitionSummary *summary = rv_definition_summary(stored->definition);
    g_string_append_printf(data, "%s:%s:%s%s%s ", stored->driver, summary->name,
                           rv_definition_text(stored->definition, true),
                           stored->autostart ? ":auto" : "",
                           stored->warnings ? (char *)stored->warnings->pdata[0] : "");
    return true;
}

/* What a daemon that starts would see. */
static const char *loaded(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    g_string_truncate(fixture->log, 0);
    ck_assert_msg(rv_store_load(fixture->core.store, log_stored, fixture->log, &error), "%s",
                  error ? error->message : "");
    return fixture->log->str;
}

static Fixture *opened(unsigned revisions, unsigned removed)
{
    Fixture *fixture = fixture_new();
    fixture_open_store(fixture, &(RvStoreLimits){revisions, removed});
    return fixture;
}

static void reopen(Fixture *fixture)
{
    g_clear_pointer(&fixture->core.store, rv_store_close);
    fixture_open_store(fixture, &(RvStoreLimits){0});
}

/* ---- Tests ---------------------------------------------------------------------------------- */

START_TEST(test_roundtrip)
{
    Fixture *fixture = opened(0, 0);
    ck_assert_str_eq(loaded(fixture), "");
    ck_assert_int_eq(put(fixture, 1, "a", "<a1/>"), 0);
    ck_assert_int_eq(put(fixture, 2, "b", "<b1/>"), 0);
    ck_assert_int_eq(put(fixture, 1, "a", "<a2/>"), 0);
    RvUuid two = fixture_uuid(2);
    ck_assert_int_eq(commit(fixture, rv_store_set_autostart(RV_STORE_DOMAIN, &two, true, "me")), 0);
    ck_assert_str_eq(loaded(fixture), "test:a:<a2/> test:b:<b1/>:auto ");
    reopen(fixture);
    ck_assert_str_eq(loaded(fixture), "test:a:<a2/> test:b:<b1/>:auto ");

    ck_assert_int_eq(undefine(fixture, 2), 0);
    ck_assert_str_eq(loaded(fixture), "test:a:<a2/> ");
    ck_assert_int_eq(undefine(fixture, 2), RV_ERR_NO_DOMAIN);
    ck_assert_int_eq(commit(fixture, rv_store_set_autostart(RV_STORE_DOMAIN, &two, true, "me")),
                     RV_ERR_NO_DOMAIN);

    /* A new one may have the name of a removed one; a removed one comes back without autostart. */
    ck_assert_int_eq(put(fixture, 3, "b", "<b/>"), 0);
    ck_assert_int_eq(undefine(fixture, 3), 0);
    ck_assert_int_eq(put(fixture, 2, "b", "<b2/>"), 0);
    reopen(fixture);
    ck_assert_str_eq(loaded(fixture), "test:a:<a2/> test:b:<b2/> ");
    fixture_free(fixture);
}
END_TEST

static bool compare_summary(const RvStored *stored, void *data, GError **error)
{
    const RvDefinitionSummary *summary = rv_definition_summary(stored->definition);
    RvUuid uuid = fixture_uuid(1);
    ck_assert(rv_uuid_equal(&summary->uuid, &uuid));
    ck_assert_uint_eq(summary->max_memory_kib, 4096);
    ck_assert_uint_eq(summary->memory_kib, 2048);
    ck_assert_uint_eq(summary->max_vcpus, 4);
    ck_assert_uint_eq(summary->vcpus, 2);
    ck_assert_int_eq(summary->virt, RV_VIRT_TEST);
    ck_assert_int_eq(summary->os_type, RV_OS_HVM);
    ck_assert_str_eq(rv_definition_text(stored->definition, true), "<a secret='1'/>");
    ck_assert_str_eq(rv_definition_text(stored->definition, false), "<a/>");
    ck_assert_str_eq(stored->warnings->pdata[0], "one");
    ck_assert_str_eq(stored->warnings->pdata[1], "two");
    return true;
}

START_TEST(test_all_of_a_definition)
{
    Fixture *fixture = opened(0, 0);
    g_autoptr(RvDefinition) plain = fixture_definition(1, "a", "");
    g_autoptr(RvDefinition) definition =
        rv_definition_load(rv_definition_summary(plain), "<a secret='1'/>", "<a/>");
    g_autoptr(GPtrArray) warnings = g_ptr_array_new();
    g_ptr_array_add(warnings, (void *)"one");
    g_ptr_array_add(warnings, (void *)"two");
    RvStoreChange *change = rv_store_put("test", definition, "me", "define");
    rv_store_change_set_warnings(change, warnings);
    ck_assert_int_eq(commit(fixture, change), 0);
    ck_assert(rv_store_load(fixture->core.store, compare_summary, NULL, NULL));
    fixture_free(fixture);
}
END_TEST

static char *history_text(Fixture *fixture, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvHistory) history = rv_store_history(fixture->core.store, NULL, name, &error);
    if (!history)
        return g_strdup_printf("error %d", error->code);
    GString *text = g_string_new(history->removed ? "removed:" : "");
    for (guint i = 0; i < history->revisions->len; i++) {
        const RvRevision *revision = history->revisions->pdata[i];
        ck_assert_ptr_null(revision->text);
        ck_assert_int_gt(revision->time_us, 0);
        g_string_append_printf(text, "%u %s by %s;", revision->revision, revision->what,
                               revision->who);
    }
    return g_string_free(text, FALSE);
}

static void check_history(Fixture *fixture, const char *name, const char *expected)
{
    g_autofree char *text = history_text(fixture, name);
    ck_assert_str_eq(text, expected);
}

static void check_revision(Fixture *fixture, const char *name, unsigned number, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvHistory) history =
        rv_store_revision(fixture->core.store, "test", name, number, &error);
    if (!text) {
        ck_assert_int_eq(error->code, RV_ERR_INVALID_ARG);
        return;
    }
    ck_assert_msg(history, "%s", error ? error->message : "");
    ck_assert_uint_eq(history->revisions->len, 1);
    ck_assert_str_eq(((RvRevision *)history->revisions->pdata[0])->text, text);
}

/* A network and a domain may have the same uuid and name. */
START_TEST(test_kinds)
{
    Fixture *fixture = opened(100, 100);
    RvUuid one = fixture_uuid(1);
    ck_assert_int_eq(put(fixture, 1, "a", "<a1/>"), 0);
    ck_assert_int_eq(
        commit(fixture, rv_store_put_object("network", &one, "a", "<n/>", "me", "define")), 0);
    ck_assert_int_eq(commit(fixture, rv_store_set_autostart("network", &one, true, "me")), 0);
    ck_assert_str_eq(loaded(fixture), "test:a:<a1/> network a:<n/>:auto ");
    ck_assert_int_eq(undefine(fixture, 1), 0);
    ck_assert_str_eq(loaded(fixture), "network a:<n/>:auto ");
    ck_assert_int_eq(commit(fixture, rv_store_remove("network", &one, "me")), 0);
    ck_assert_str_eq(loaded(fixture), "");
    fixture_free(fixture);
}
END_TEST

/* A file of version 1 has no kinds: all in it are domains. */
START_TEST(test_upgrade)
{
    static const char back[] =
        "DROP INDEX object_uuid; ALTER TABLE object DROP COLUMN kind;"
        "CREATE UNIQUE INDEX object_uuid ON object(uuid); UPDATE meta SET value = 1";
    Fixture *fixture = opened(100, 100);
    g_autofree char *path = g_strdup(rv_store_path(fixture->core.store));
    ck_assert_int_eq(put(fixture, 1, "a", "<a1/>"), 0);
    g_clear_pointer(&fixture->core.store, rv_store_close);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, back, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    fixture_open_store(fixture, &(RvStoreLimits){100, 100});
    ck_assert_str_eq(loaded(fixture), "test:a:<a1/> ");
    ck_assert_int_eq(undefine(fixture, 1), 0);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_history)
{
    Fixture *fixture = opened(0, 0);
    put(fixture, 1, "a", "<a1/>");
    put(fixture, 1, "a", "<a2/>");
    RvUuid one = fixture_uuid(1);
    commit(fixture, rv_store_set_autostart(RV_STORE_DOMAIN, &one, true, "me"));
    check_history(fixture, "a", "3 autostart on by me;2 define by uid 0;1 define by uid 0;");
    check_history(fixture, "11223300-0000-0000-0000-000000000001",
                  "3 autostart on by me;2 define by uid 0;1 define by uid 0;");
    check_history(fixture, "b", "error 42");
    check_revision(fixture, "a", 1, "<a1/>");
    check_revision(fixture, "a", 3, "<a2/>");
    check_revision(fixture, "a", 0, NULL);
    check_revision(fixture, "a", 4, NULL);
    check_revision(fixture, "a", 4000000000, NULL);

    /* Removed, it is still found by its name, until there is another of that name. */
    undefine(fixture, 1);
    check_history(fixture, "a", "removed:4 undefine by uid 0;3 autostart on by me;"
                                "2 define by uid 0;1 define by uid 0;");
    check_revision(fixture, "a", 2, "<a2/>");
    put(fixture, 2, "a", "<other/>");
    check_history(fixture, "a", "1 define by uid 0;");
    undefine(fixture, 2);
    check_history(fixture, "a", "removed:2 undefine by uid 0;1 define by uid 0;");
    fixture_free(fixture);
}
END_TEST

START_TEST(test_limits)
{
    Fixture *fixture = opened(3, 2);
    for (int i = 1; i <= 5; i++) {
        g_autofree char *text = g_strdup_printf("<a%d/>", i);
        put(fixture, 1, "a", text);
    }
    check_history(fixture, "a", "5 define by uid 0;4 define by uid 0;3 define by uid 0;");
    check_revision(fixture, "a", 2, NULL);

    for (unsigned char i = 2; i <= 4; i++) {
        g_autofree char *name = g_strdup_printf("r%d", i);
        put(fixture, i, name, "<r/>");
        undefine(fixture, i);
    }
    check_history(fixture, "r2", "error 42"); /* the first removed */
    check_history(fixture, "r3", "removed:2 undefine by uid 0;1 define by uid 0;");
    put(fixture, 3, "r3", "<back/>"); /* counts no more among the removed */
    put(fixture, 5, "r5", "<r/>");
    undefine(fixture, 5);
    check_history(fixture, "r4", "removed:2 undefine by uid 0;1 define by uid 0;");
    fixture_free(fixture);
}
END_TEST

/* All that waits at the same time, in order, however it is grouped. */
START_TEST(test_many_at_once)
{
    enum { N = 1500 };
    Fixture *fixture = opened(0, 0);
    static Outcome outcomes[N];
    for (int i = 0; i < N; i++) {
        g_autofree char *name = g_strdup_printf("n%d", i % 250);
        g_autofree char *text = g_strdup_printf("<v%d/>", i);
        g_autoptr(RvDefinition) definition =
            fixture_definition((unsigned char)(i % 250), name, text);
        rv_store_commit(fixture->core.store, rv_store_put("test", definition, "me", "define"), note,
                        &outcomes[i]);
    }
    fixture_run_until(fixture, &outcomes[N - 1].done);
    for (int i = 0; i < N; i++)
        ck_assert_msg(outcomes[i].done && outcomes[i].code == 0, "%d", i);
    check_revision(fixture, "n7", 1, "<v7/>");
    check_revision(fixture, "n7", 6, "<v1257/>");
    check_revision(fixture, "n7", 7, NULL);
    fixture_free(fixture);
}
END_TEST

/* One change that cannot be made does not take those with it that wait beside it. */
START_TEST(test_fault_of_one)
{
    Fixture *fixture = opened(0, 0);
    Outcome outcomes[20] = {0};
    RvUuid nobody = fixture_uuid(200);
    for (unsigned char i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("n%d", i);
        g_autoptr(RvDefinition) definition = fixture_definition(i, name, "<x/>");
        rv_store_commit(fixture->core.store,
                        i == 10 ? rv_store_remove(RV_STORE_DOMAIN, &nobody, "me")
                                : rv_store_put("test", definition, "me", "define"),
                        note, &outcomes[i]);
    }
    fixture_run_until(fixture, &outcomes[19].done);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(outcomes[i].code, i == 10 ? RV_ERR_NO_DOMAIN : 0);
        g_free(outcomes[i].message);
    }
    check_history(fixture, "n19", "1 define by me;");
    fixture_free(fixture);
}
END_TEST

START_TEST(test_closing_commits)
{
    Fixture *fixture = opened(0, 0);
    Outcome outcome = {0};
    g_autoptr(RvDefinition) definition = fixture_definition(1, "a", "<a/>");
    rv_store_commit(fixture->core.store, rv_store_put("test", definition, "me", "define"), note,
                    &outcome);
    reopen(fixture);
    ck_assert_str_eq(loaded(fixture), "test:a:<a/> ");
    fixture_free(fixture);
}
END_TEST

/* ---- Faults --------------------------------------------------------------------------------- */

/* A file system that becomes full: a change fails with a clear error, nothing of it is there, and
 * once there is room the store goes on. */
START_TEST(test_full_disk)
{
    Fixture *fixture = fixture_new();
    if (mount("reeve-check", fixture->dir, "tmpfs", 0, "size=7m") < 0) {
        printf("skipped: cannot mount a small file system: %s\n", g_strerror(errno));
        fixture_free(fixture);
        return;
    }
    fixture_open_store(fixture, &(RvStoreLimits){0});
    ck_assert_int_eq(put(fixture, 1, "first", "<first/>"), 0);

    g_autofree char *ballast = g_build_filename(fixture->dir, "ballast", NULL);
    g_autofree char *big = g_malloc0(512 * 1024);
    memset(big, 'x', 512 * 1024 - 1);
    Outcome outcome = {0};
    unsigned char made = 1;
    for (unsigned char i = 2; i < 60 && outcome.code == 0; i++) {
        g_autofree char *name = g_strdup_printf("big%d", i);
        g_autoptr(RvDefinition) definition = fixture_definition(i, name, big);
        outcome.done = false;
        rv_store_commit(fixture->core.store, rv_store_put("test", definition, "me", "define"), note,
                        &outcome);
        fixture_run_until(fixture, &outcome.done);
        if (outcome.code == 0)
            made = i;
    }
    ck_assert_int_eq(outcome.code, RV_ERR_OPERATION_FAILED);
    ck_assert_msg(strstr(outcome.message, "database or disk is full"), "%s", outcome.message);
    g_free(outcome.message);
    g_autofree char *missing = g_strdup_printf("big%d", made + 1);
    check_history(fixture, missing, "error 42");

    g_autofree char *options = g_strdup("size=64m");
    ck_assert_int_eq(mount("reeve-check", fixture->dir, "tmpfs", MS_REMOUNT, options), 0);
    ck_assert_int_eq(put(fixture, 250, "last", "<last/>"), 0);
    g_clear_pointer(&fixture->core.store, rv_store_close);
    fixture_open_store(fixture, &(RvStoreLimits){0});
    check_history(fixture, "first", "1 define by uid 0;");
    check_history(fixture, "last", "1 define by uid 0;");
    check_history(fixture, missing, "error 42");
    g_clear_pointer(&fixture->core.store, rv_store_close);
    ck_assert_int_eq(umount2(fixture->dir, MNT_DETACH), 0);
    fixture_free(fixture);
}
END_TEST

static const struct {
    const char *label, *content, *said;
} strangers[] = {
    {"not a database",
     "This is a letter to grandmother, and long enough to be taken for a page. "
                       "It goes on a little while, so that there are a hundred bytes.",
     "file is not a database"},
    {"a later version", NULL, "written by a later reeved"},
    {"another's database", NULL, "not a store of reeved"},
};

/* Refused, with the remedy, and untouched. */
START_TEST(test_foreign_file)
{
    Fixture *fixture = fixture_new();
    g_autofree char *path = g_build_filename(fixture->dir, "store.db", NULL);
    if (strangers[_i].content) {
        ck_assert(rv_file_replace(path, 0600, strangers[_i].content, strlen(strangers[_i].content),
                                  NULL));
    } else {
        fixture_open_store(fixture, &(RvStoreLimits){0});
        g_clear_pointer(&fixture->core.store, rv_store_close);
        g_autofree char *command = g_strdup_printf(
            "/usr/bin/python3 -c \"import sqlite3; d = sqlite3.connect('%s'); d.execute('%s');"
            " d.commit()\"",
            path, _i == 1 ? "UPDATE meta SET value = 99" : "DROP TABLE meta");
        ck_assert(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
    }
    size_t before, after;
    g_autofree char *old = rv_file_read(path, 1 << 20, &before, NULL);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(rv_store_open(path, fixture->core.loop, &(RvStoreLimits){0}, &error));
    ck_assert_msg(strstr(error->message, strangers[_i].said), "%s: %s", strangers[_i].label,
                  error->message);
    g_autofree char *now = rv_file_read(path, 1 << 20, &after, NULL);
    ck_assert(before == after && memcmp(old, now, before) == 0);

    ck_assert(rv_store_set_aside(path, NULL));
    fixture_open_store(fixture, &(RvStoreLimits){0});
    ck_assert_int_eq(put(fixture, 1, "a", "<a/>"), 0);
    fixture_free(fixture);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("store");
    tcase_add_test(tcase, test_roundtrip);
    tcase_add_test(tcase, test_all_of_a_definition);
    tcase_add_test(tcase, test_kinds);
    tcase_add_test(tcase, test_upgrade);
    tcase_add_test(tcase, test_history);
    tcase_add_test(tcase, test_limits);
    tcase_add_test(tcase, test_many_at_once);
    tcase_add_test(tcase, test_fault_of_one);
    tcase_add_test(tcase, test_closing_commits);
    tcase_add_test(tcase, test_full_disk);
    tcase_add_loop_test(tcase, test_foreign_file, 0, G_N_ELEMENTS(strangers));
    return fixture_main("store", tcase);
}
