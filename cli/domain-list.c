/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/state-text.h"
#include "cli/table.h"
#include "model/domain-state.h"

#define STATS_STATE 1u
#define METADATA_TITLE 1
#define UUID_LEN 16

/* virConnectListAllDomainsFlags beyond active and inactive. */
static const RvOptionBit filters[] = {
    {"persistent", 1u << 2},         {"transient", 1u << 3},
    {"state-running", 1u << 4},      {"state-paused", 1u << 5},
    {"state-shutoff", 1u << 6},      {"state-other", 1u << 7},
    {"with-managed-save", 1u << 8},  {"without-managed-save", 1u << 9},
    {"autostart", 1u << 10},         {"no-autostart", 1u << 11},
    {"with-snapshot", 1u << 12},     {"without-snapshot", 1u << 13},
    {"with-checkpoint", 1u << 14},   {"without-checkpoint", 1u << 15},
    {NULL},
};

static unsigned list_flags(const RvArgs *args)
{
    unsigned flags = RV_LIST_ACTIVE;
    if (rv_args_has(args, "inactive") || rv_args_has(args, "state-shutoff"))
        flags = RV_LIST_INACTIVE;
    if (rv_args_has(args, "all"))
        flags = RV_LIST_ACTIVE | RV_LIST_INACTIVE;
    return flags | rv_args_bits(args, filters);
}

/* Active ones by id, then the others by name; as virsh. */
static int compare(const void *a, const void *b)
{
    const wire_domain *x = a, *y = b;
    bool x_active = x->id != -1, y_active = y->id != -1;
    if (x_active != y_active)
        return x_active ? -1 : 1;
    return x_active ? (x->id > y->id) - (x->id < y->id) : strcasecmp(x->name, y->name);
}

/* ---- States: one question for all of them ---- */

static unsigned uuid_hash(const void *uuid)
{
    unsigned hash;
    memcpy(&hash, uuid, sizeof(hash));
    return hash;
}

static int uuid_equal(const void *a, const void *b)
{
    return !memcmp(a, b, UUID_LEN);
}

/* State by UUID; the keys are within `stats`. */
static GHashTable *index_states(const wire_connect_get_all_domain_stats_ret *stats)
{
    GHashTable *states = g_hash_table_new(uuid_hash, uuid_equal);
    for (unsigned i = 0; i < stats->records.records_len; i++) {
        wire_domain_stats *record = &stats->records.records_val[i];
        for (unsigned j = 0; j < record->params.params_len; j++) {
            const wire_param *param = &record->params.params_val[j];
            if (!strcmp(param->field, "state.state") && param->value.type == WIRE_PARAM_INT)
                g_hash_table_insert(states, record->domain.uuid,
                                    GINT_TO_POINTER(param->value.wire_param_value_u.i));
        }
    }
    return states;
}

static bool ask_states(RvCli *cli, unsigned flags, wire_connect_get_all_domain_stats_ret *ret,
                       GError **error)
{
    wire_connect_get_all_domain_stats_args args = {
        .stats = STATS_STATE,
        .flags = flags & (RV_LIST_ACTIVE | RV_LIST_INACTIVE),
    };
    return rv_client_call(cli->client, WIRE_CONNECT_GET_ALL_DOMAIN_STATS,
                          wire_connect_get_all_domain_stats_args, &args,
                          wire_connect_get_all_domain_stats_ret, ret, error);
}

/* ---- What only some want to see ---- */

static char *ask_title(RvCli *cli, const wire_domain *domain)
{
    wire_domain_get_metadata_args args = {.domain = *domain, .type = METADATA_TITLE};
    g_auto(wire_text_ret) ret = {0};
    /* One without a title, and one that went away just now, have none to show. */
    if (!rv_client_call(cli->client, WIRE_DOMAIN_GET_METADATA, wire_domain_get_metadata_args,
                        &args, wire_text_ret, &ret, NULL))
        return g_strdup("");
    return g_steal_pointer(&ret.text);
}

static bool has_saved_state(RvCli *cli, const wire_domain *domain)
{
    wire_domain_flags_args args = {.domain = *domain};
    wire_int_ret ret = {0};
    return rv_client_call(cli->client, WIRE_DOMAIN_HAS_MANAGED_SAVE_IMAGE, wire_domain_flags_args,
                          &args, wire_int_ret, &ret, NULL) &&
           ret.value > 0;
}

/* ---- The three ways to print ---- */

typedef struct {
    RvCli *cli;
    const RvArgs *args;
    GHashTable *states;
} Listing;

static const char *state_of(const Listing *listing, const wire_domain *domain)
{
    void *state;
    if (!g_hash_table_lookup_extended(listing->states, domain->uuid, NULL, &state))
        return NULL;
    if (GPOINTER_TO_INT(state) == RV_DOMAIN_SHUTOFF &&
        rv_args_has(listing->args, "managed-save") && has_saved_state(listing->cli, domain))
        return "saved";
    return rv_state_text(GPOINTER_TO_INT(state));
}

static void print_table(const Listing *listing, const wire_domain *domains, unsigned n)
{
    bool title = rv_args_has(listing->args, "title");
    g_autoptr(RvTable) table = title ? rv_table_new("Id", "Name", "State", "Title", NULL)
                                     : rv_table_new("Id", "Name", "State", NULL);
    for (unsigned i = 0; i < n; i++) {
        const char *state = state_of(listing, &domains[i]);
        if (!state) /* it went away between both questions */
            continue;
        char id[16] = "-";
        if (domains[i].id != -1)
            g_snprintf(id, sizeof(id), "%d", domains[i].id);
        g_autofree char *text = title ? ask_title(listing->cli, &domains[i]) : NULL;
        rv_table_add(table, id, domains[i].name, state, text, NULL);
    }
    rv_table_print(table, &listing->cli->output);
}

static void print_json(const Listing *listing, const wire_domain *domains, unsigned n)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < n; i++) {
        const char *state = state_of(listing, &domains[i]);
        if (!state)
            continue;
        bool active = domains[i].id != -1;
        json_t *item = json_pack("{s:o, s:s, s:o, s:s}", "id",
                                 active ? json_integer(domains[i].id) : json_null(), "name",
                                 domains[i].name, "uuid", rv_cli_json_uuid(&domains[i]), "state",
                                 state);
        if (rv_args_has(listing->args, "title")) {
            g_autofree char *title = ask_title(listing->cli, &domains[i]);
            json_object_set_new(item, "title", json_string(title));
        }
        json_array_append_new(list, item);
    }
    rv_output_json(&listing->cli->output, listing->cli->command, list);
}

static void print_names(const Listing *listing, const wire_domain *domains, unsigned n)
{
    bool uuid = rv_args_has(listing->args, "uuid"), id = rv_args_has(listing->args, "id");
    bool name = rv_args_has(listing->args, "name");
    g_autoptr(GString) out = g_string_new(NULL);
    for (unsigned i = 0; i < n; i++) {
        /* Ids alone: of those that have one. */
        if (domains[i].id == -1 && !uuid && !name)
            continue;
        const char *gap = "";
        if (uuid) {
            json_t *text = rv_cli_json_uuid(&domains[i]);
            g_string_append(out, json_string_value(text));
            json_decref(text);
            gap = " ";
        }
        if (id && domains[i].id != -1)
            g_string_append_printf(out, "%s%d", gap, domains[i].id);
        else if (id)
            g_string_append_printf(out, "%s-", gap);
        if (name)
            g_string_append_printf(out, "%s%s", uuid || id ? " " : "", domains[i].name);
        g_string_append_c(out, '\n');
    }
    rv_output_text(&listing->cli->output, "%s", out->str);
}

static bool run_list(RvCli *cli, const RvArgs *args, GError **error)
{
    unsigned flags = list_flags(args);
    bool names = rv_args_has(args, "uuid") || rv_args_has(args, "name") || rv_args_has(args, "id");
    bool states = !names || cli->output.json;
    g_auto(wire_connect_list_all_domains_ret) list = {0};
    g_auto(wire_connect_get_all_domain_stats_ret) stats = {0};
    if (!rv_cli_list(cli, flags, &list, error) ||
        (states && !ask_states(cli, flags, &stats, error))) {
        g_prefix_error(error, "could not list domains: ");
        return false;
    }
    wire_domain *domains = list.domains.domains_val;
    unsigned n = list.domains.domains_len;
    if (n)
        qsort(domains, n, sizeof(*domains), compare);

    g_autoptr(GHashTable) index = index_states(&stats);
    Listing listing = {.cli = cli, .args = args, .states = index};
    if (cli->output.json)
        print_json(&listing, domains, n);
    else if (names)
        print_names(&listing, domains, n);
    else
        print_table(&listing, domains, n);
    return true;
}

static const RvOption options[] = {
    {.name = "inactive", .text = "inactive ones"},
    {.name = "all", .text = "active and inactive ones"},
    {.name = "transient", .text = "those that are gone when they end"},
    {.name = "persistent", .text = "those that are defined"},
    {.name = "with-snapshot", .text = "those with snapshots"},
    {.name = "without-snapshot", .text = "those without snapshots"},
    {.name = "with-checkpoint", .text = "those with checkpoints"},
    {.name = "without-checkpoint", .text = "those without checkpoints"},
    {.name = "state-running", .text = "those that run"},
    {.name = "state-paused", .text = "those that are paused"},
    {.name = "state-shutoff", .text = "those that are shut off"},
    {.name = "state-other", .text = "those in another state"},
    {.name = "autostart", .text = "those that start with the host"},
    {.name = "no-autostart", .text = "those that do not start with the host"},
    {.name = "with-managed-save", .text = "those with a saved state"},
    {.name = "without-managed-save", .text = "those without a saved state"},
    {.name = "uuid", .text = "print UUIDs only"},
    {.name = "name", .text = "print names only"},
    {.name = "id", .text = "print ids only"},
    {.name = "table", .text = "print a table, as if nothing were said"},
    {.name = "managed-save", .text = "say 'saved' for those with a saved state"},
    {.name = "title", .text = "print titles, too"},
    {NULL},
};

const RvCommand rv_command_list = {
    .name = "list",
    .summary = "list domains",
    .description = "Active ones, if nothing else is said. Filters of one kind add up, filters of "
                   "several kinds must all be true.",
    .options = options,
    .exclusive = (const RvOptionPair[]){{"table", "name"},
                                        {"table", "uuid"},
                                        {"table", "id"},
                                        {NULL}},
    .examples = (const RvExample[]){{"list --all", "All domains, whatever they do."},
                                    {"list --state-paused --name", "Names for a script."},
                                    {"list --all -o json", "The same as a list of objects."},
                                    {NULL}},
    .keys =
        (const RvKey[]){
            {"id", "the id, null for an inactive domain"},
            {"name", "the name"},
            {"uuid", "the UUID"},
            {"state", "as domstate prints it, or saved (with --managed-save)"},
            {"title", "with --title: the title"},
            {NULL},
        },
    .run = run_list,
};
