/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Walks the tables of commands: whatever is added to them must be complete. */
#include "cli/command.h"

#include <ctype.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/script.h"
#include "tests/check-main.h"

typedef void (*CommandFunc)(const RvCommand *command);

static void for_each_command(CommandFunc func)
{
    for (const RvFamily *const *family = rv_families; *family; family++) {
        for (const RvCommand *const *command = (*family)->commands; *command; command++)
            func(*command);
    }
}

static bool is_word(const char *text)
{
    for (; *text; text++) {
        if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text) && *text != '-')
            return false;
    }
    return true;
}

static const RvOption *find_option(const RvOption *options, const char *name)
{
    for (; options && options->name; options++) {
        if (!strcmp(options->name, name))
            return options;
    }
    return NULL;
}

/* ---- Families ---- */

START_TEST(test_families)
{
    for (const RvFamily *const *family = rv_families; *family; family++) {
        ck_assert_msg(is_word((*family)->name) && (*family)->title, "%s", (*family)->name);
        ck_assert_msg(!rv_command_find((*family)->name), "%s is a command, too", (*family)->name);
        const char *last = "";
        for (const RvCommand *const *command = (*family)->commands; *command; command++) {
            ck_assert_msg(strcmp(last, (*command)->name) < 0, "%s is not sorted in %s",
                          (*command)->name, (*family)->name);
            last = (*command)->name;
        }
    }
}
END_TEST

/* ---- Commands ---- */

static void check_complete(const RvCommand *command)
{
    ck_assert_msg(is_word(command->name), "'%s'", command->name);
    ck_assert_msg(command->run, "%s", command->name);
    ck_assert_msg(command->summary && islower((unsigned char)command->summary[0]) &&
                      !g_str_has_suffix(command->summary, "."),
                  "summary of %s", command->name);
    ck_assert_msg(!command->description || g_str_has_suffix(command->description, "."),
                  "description of %s", command->name);
    ck_assert_msg(rv_command_find(command->name) == command, "two commands %s", command->name);
    for (const RvKey *key = command->keys; key && key->name; key++)
        ck_assert_msg(key->text && *key->text, "key %s of %s", key->name, command->name);
}

START_TEST(test_complete)
{
    for_each_command(check_complete);
}
END_TEST

static void check_options_of(const RvOption *options, const char *where)
{
    for (const RvOption *option = options; option && option->name; option++) {
        ck_assert_msg(is_word(option->name), "--%s of %s", option->name, where);
        ck_assert_msg(option->text && *option->text, "--%s of %s has no text", option->name, where);
        ck_assert_msg(find_option(options, option->name) == option, "two options --%s of %s",
                      option->name, where);
        ck_assert_msg((option->completion == RV_COMPLETE_WORD) == (option->words != NULL),
                      "words of --%s of %s", option->name, where);
        ck_assert_msg(option->kind != RV_OPTION_FLAG ||
                          (!option->value && !option->words && !option->required),
                      "flag --%s of %s", option->name, where);
        ck_assert_msg(option->kind != RV_OPTION_LIST || !option[1].name,
                      "--%s of %s: a list is the last", option->name, where);
        for (const RvOption *other = options; other < option; other++)
            ck_assert_msg(!option->letter || option->letter != other->letter, "-%c of %s",
                          option->letter, where);
    }
}

static void check_options(const RvCommand *command)
{
    check_options_of(command->options, command->name);
    const RvOptionPair *const tables[] = {command->exclusive, command->dependent};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        for (const RvOptionPair *pair = tables[i]; pair && pair->first; pair++)
            ck_assert_msg(find_option(command->options, pair->first) &&
                              find_option(command->options, pair->second),
                          "--%s and --%s of %s", pair->first, pair->second, command->name);
    }
}

START_TEST(test_options)
{
    check_options_of(rv_global_options, "reeve");
    for_each_command(check_options);
}
END_TEST

/* Every example is a line that the parser takes, but for what a shell would do with it. */
static void check_examples(const RvCommand *command)
{
    ck_assert_msg(command->examples && command->examples->line, "%s has no example",
                  command->name);
    for (const RvExample *example = command->examples; example->line; example++) {
        ck_assert_msg(example->text && *example->text, "%s", example->line);
        g_autofree char *line = g_strndup(example->line, strcspn(example->line, "<"));
        const char *rest = line;
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) words = rv_script_next(&rest, &error);
        size_t named;
        ck_assert_msg(words && words->len, "%s", line);
        const char *const *all = (const char *const *)words->pdata;
        ck_assert_msg(rv_command_of(all, words->len, &named) == command, "%s", line);
        g_autoptr(RvArgs) globals = rv_args_new(rv_global_options), args = NULL;
        ck_assert_msg(rv_command_parse(command, all + named, words->len - named, globals, &args,
                                       &error),
                      "%s: %s", line, error ? error->message : "");
    }
}

START_TEST(test_examples)
{
    for_each_command(check_examples);
}
END_TEST

/* ---- What is printed from them ---- */

static char *manual;

static void check_in_manual(const RvCommand *command)
{
    g_autofree char *heading = g_strdup_printf("\n.SS %s\n", command->name);
    ck_assert_msg((strstr(manual, heading) != NULL) == !command->hidden, "%s", command->name);
}

START_TEST(test_manual)
{
    manual = rv_manual();
    for_each_command(check_in_manual);
    ck_assert_ptr_nonnull(strstr(manual, "\n.SH EXIT STATUS\n"));
    ck_assert_ptr_nonnull(strstr(manual, "\\fB\\-c, \\-\\-connect URI\\fR"));
    g_clear_pointer(&manual, g_free);
}
END_TEST

static const struct {
    const char *command, *synopsis;
} synopses[] = {
    {"domid", "domid DOMAIN"},
    {"shutdown", "shutdown DOMAIN [--mode MODE,...]"},
    {"define", "define [--validate] [--lenient] FILE..."},
    {"diff", "diff NAME REVISION [--other-revision REVISION]"},
    {"hostname", "hostname"},
};

START_TEST(test_synopsis)
{
    const RvCommand *command = rv_command_find(synopses[_i].command);
    g_autofree char *synopsis = rv_help_synopsis(command);
    ck_assert_str_eq(synopsis, synopses[_i].synopsis);
}
END_TEST

/* ---- Calls that are wrong ---- */

static const struct {
    const char *line, *message;
} wrong[] = {
    {"dominfo", "DOMAIN is missing"},
    {"dominfo a b", "'b' is one word too many"},
    {"list --table --name", "--table and --name exclude each other"},
    {"domjobinfo web --keep-completed", "--keep-completed is of use only with --completed"},
    {"list --al", "there is no option --al"},
    {"shutdown web --mode fire", "'fire' is no value of --mode"},
};

START_TEST(test_wrong)
{
    const char *rest = wrong[_i].line;
    g_autoptr(GPtrArray) words = rv_script_next(&rest, NULL);
    g_autoptr(RvArgs) globals = rv_args_new(rv_global_options), args = NULL;
    g_autoptr(GError) error = NULL;
    ck_assert(!rv_command_parse(rv_command_find(words->pdata[0]),
                                (const char *const *)words->pdata + 1, words->len - 1, globals,
                                &args, &error));
    ck_assert_msg(strstr(error->message, wrong[_i].message), "%s: %s", wrong[_i].line,
                  error->message);
    ck_assert_msg(rv_error_get_remedy(error), "%s: no remedy", wrong[_i].line);
}
END_TEST

START_TEST(test_meant)
{
    ck_assert_str_eq(rv_command_suggest("lst"), "list");
    ck_assert_str_eq(rv_command_suggest("strat"), "start");
    ck_assert_str_eq(rv_command_suggest("dumpXML"), "dumpxml");
    ck_assert_ptr_null(rv_command_suggest("qqqqqqqq"));
}
END_TEST

/* ---- Completion, as far as it needs no daemon ---- */

/* The last word is what is being typed. */
static const struct {
    const char *line, *expected;
} completions[] = {
    {"hist", "history"},
    {"-o", ""},
    {"-o j", "json"},
    {"--out", "--output"},
    {"-q sus", "suspend"},
    {"start --pau", "--paused"},
    {"shutdown web --mode par", "paravirt"},
    {"check fi", ":files"},
    {"define --lenient x", ":files"},
    {"define -- --x", ":files"},
    {"event --event life", "lifecycle"},
    {"domdisplay web --type v", "vnc"},
    {"help hostn", "hostname"},
    {"nosuch --x", ""},
};

START_TEST(test_completion)
{
    const char *rest = completions[_i].line;
    g_autoptr(GPtrArray) words = rv_script_next(&rest, NULL);
    RvCli cli;
    rv_cli_init(&cli, rv_args_new(rv_global_options));
    g_autoptr(GPtrArray) found = rv_complete(&cli, (const char *const *)words->pdata, words->len);
    rv_cli_clear(&cli);
    g_ptr_array_add(found, NULL);
    g_autofree char *text = g_strjoinv(" ", (char **)found->pdata);
    ck_assert_msg(!strcmp(text, completions[_i].expected), "%s: '%s'", completions[_i].line, text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command");
    TCase *tests = tcase_create("command");
    tcase_add_test(tests, test_families);
    tcase_add_test(tests, test_complete);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_examples);
    tcase_add_test(tests, test_manual);
    tcase_add_loop_test(tests, test_synopsis, 0, G_N_ELEMENTS(synopses));
    tcase_add_loop_test(tests, test_wrong, 0, G_N_ELEMENTS(wrong));
    tcase_add_test(tests, test_meant);
    tcase_add_loop_test(tests, test_completion, 0, G_N_ELEMENTS(completions));
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
