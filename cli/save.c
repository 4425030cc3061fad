/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Guests out of memory into files, and back. */
#include "base/error.h"
#include "cli/cli.h"

/* virDomainSaveRestoreFlags. */
#define BITS {"bypass-cache", 1u << 0}, {"running", 1u << 1}, {"paused", 1u << 2}
static const RvOptionBit save_bits[] = {BITS, {NULL}};
static const RvOptionBit restore_bits[] = {BITS, {"reset-nvram", 1u << 3}, {NULL}};

/* The daemon has another working directory. */
static char *full_path(const RvArgs *args, const char *option)
{
    return g_canonicalize_filename(rv_args_string(args, option), NULL);
}

static bool run_save(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *called = rv_args_string(args, "domain"), *file = rv_args_string(args, "file");
    g_autofree char *path = full_path(args, "file");
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, called, RV_BY_ANY, &found, error))
        return false;
    wire_domain_save_flags_args call = {
        .domain = found.domain,
        .path = path,
        .flags = rv_args_bits(args, save_bits),
    };
    if (!rv_client_call(cli->client, WIRE_DOMAIN_SAVE_FLAGS, wire_domain_save_flags_args, &call,
                        void, NULL, error)) {
        g_prefix_error(error, "could not save domain '%s' to '%s': ", found.domain.name, file);
        return false;
    }
    rv_cli_report(cli, &found.domain, "saved", "\nDomain '%s' saved to %s\n", called, file);
    return true;
}

static bool run_restore(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *file = rv_args_string(args, "file");
    g_autofree char *path = full_path(args, "file");
    wire_domain_restore_flags_args call = {.path = path, .flags = rv_args_bits(args, restore_bits)};
    if (!rv_cli_connect(cli, error))
        return false;
    if (!rv_client_call(cli->client, WIRE_DOMAIN_RESTORE_FLAGS, wire_domain_restore_flags_args,
                        &call, void, NULL, error)) {
        g_prefix_error(error, "could not restore a domain from '%s': ", file);
        return false;
    }
    rv_output_extra(&cli->output, "Domain restored from %s\n", file);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:s}", "file", file, "result", "restored"));
    return true;
}

static bool run_managed_save(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *called = rv_args_string(args, "domain");
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, called, RV_BY_ANY, &found, error))
        return false;
    wire_domain_flags_args call = {found.domain, rv_args_bits(args, save_bits)};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_MANAGED_SAVE, wire_domain_flags_args, &call, void,
                        NULL, error)) {
        g_prefix_error(error, "could not save domain '%s': ", found.domain.name);
        return false;
    }
    rv_cli_report(cli, &found.domain, "saved", "\nDomain '%s' state saved by libvirt\n", called);
    return true;
}

static bool run_remove(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *called = rv_args_string(args, "domain");
    g_auto(wire_domain_ret) found = {0};
    wire_int_ret has = {0};
    if (!rv_cli_find_domain(cli, called, RV_BY_ANY, &found, error))
        return false;
    wire_domain_flags_args call = {found.domain, 0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_HAS_MANAGED_SAVE_IMAGE, wire_domain_flags_args,
                        &call, wire_int_ret, &has, error))
        return false;
    if (!has.value) {
        rv_cli_report(cli, &found.domain, "none",
                      "Domain '%s' has no manage save image; removal skipped", called);
        return true;
    }
    if (!rv_client_call(cli->client, WIRE_DOMAIN_MANAGED_SAVE_REMOVE, wire_domain_flags_args, &call,
                        void, NULL, error)) {
        g_prefix_error(error, "could not remove the saved state of domain '%s': ", called);
        return false;
    }
    rv_cli_report(cli, &found.domain, "removed", "Removed managedsave image for domain '%s'",
                  called);
    return true;
}

static const RvOptionBit xml_bits[] = {{"security-info", 1u << 0}, {NULL}};

static bool run_managed_xml(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    g_auto(wire_text_ret) ret = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    wire_domain_flags_args call = {found.domain, rv_args_bits(args, xml_bits)};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_MANAGED_SAVE_GET_XML_DESC, wire_domain_flags_args,
                        &call, wire_text_ret, &ret, error))
        return false;
    rv_output_text(&cli->output, "%s\n", ret.text);
    return true;
}

static bool run_image_xml(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autofree char *path = full_path(args, "file");
    g_auto(wire_text_ret) ret = {0};
    wire_domain_save_image_get_xml_desc_args call = {path, rv_args_bits(args, xml_bits)};
    if (!rv_cli_connect(cli, error) ||
        !rv_client_call(cli->client, WIRE_DOMAIN_SAVE_IMAGE_GET_XML_DESC,
                        wire_domain_save_image_get_xml_desc_args, &call, wire_text_ret, &ret,
                        error))
        return false;
    rv_output_text(&cli->output, "%s\n", ret.text);
    return true;
}

/* ---- Tables ---- */

#define FILE_OPTION                                                                                \
    {                                                                                              \
        .name = "file", .kind = RV_OPTION_STRING, .required = true,                                \
        .completion = RV_COMPLETE_FILE, .value = "FILE", .text = "the file of the saved guest"     \
    }
#define WHEN_RESTORED                                                                              \
    {.name = "bypass-cache", .text = "leave the host's cache alone"},                              \
    {.name = "running", .text = "it runs once it is restored, even if it was paused"},             \
    {.name = "paused", .text = "it does not run yet when it is restored"}
#define SECURITY_INFO {.name = "security-info", .text = "with passwords and keys"}

static const RvOptionPair one_of_both[] = {{"running", "paused"}, {NULL, NULL}};

static const RvCommand managedsave = {
    .name = "managedsave",
    .summary = "save a domain, for its next start to restore it",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            WHEN_RESTORED,
            {NULL},
        },
    .exclusive = one_of_both,
    .examples = (const RvExample[]){{"managedsave web", "`reeve start web` has it go on."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_managed_save,
};

static const RvCommand managedsave_dumpxml = {
    .name = "managedsave-dumpxml",
    .summary = "print the definition of a domain's saved state",
    .options = (const RvOption[]){RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN), SECURITY_INFO, {NULL}},
    .examples = (const RvExample[]){{"managedsave-dumpxml web", "With what it will be restored."},
                                    {NULL}},
    .run = run_managed_xml,
};

static const RvCommand managedsave_remove = {
    .name = "managedsave-remove",
    .summary = "give up the saved state of a domain",
    .options = (const RvOption[]){RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN), {NULL}},
    .examples = (const RvExample[]){{"managedsave-remove web", "Its next start boots it."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_remove,
};

static const RvCommand restore = {
    .name = "restore",
    .summary = "have a saved domain go on from a file",
    .description = "The file stays. Restored a second time after the guest has run, it would find "
                   "its disks changed.",
    .options =
        (const RvOption[]){
            FILE_OPTION,
            WHEN_RESTORED,
            {.name = "reset-nvram", .text = "begin with fresh firmware variables"},
            {NULL},
        },
    .exclusive = one_of_both,
    .examples = (const RvExample[]){{"restore web.sav", "After `reeve save web web.sav`."}, {NULL}},
    .keys = (const RvKey[]){{"file", "the file"}, {"result", "what was done"}, {NULL}},
    .run = run_restore,
};

static const RvCommand save = {
    .name = "save",
    .summary = "save a domain to a file, and stop it",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            FILE_OPTION,
            WHEN_RESTORED,
            {NULL},
        },
    .exclusive = one_of_both,
    .examples = (const RvExample[]){{"save web web.sav", "`reeve restore web.sav` has it go on."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_save,
};

static const RvCommand save_image_dumpxml = {
    .name = "save-image-dumpxml",
    .summary = "print the definition of a saved domain",
    .options = (const RvOption[]){FILE_OPTION, SECURITY_INFO, {NULL}},
    .examples = (const RvExample[]){{"save-image-dumpxml web.sav", "Whose it is."}, {NULL}},
    .run = run_image_xml,
};

const RvFamily rv_family_save = {
    .name = "saving",
    .title = "Saving and restoring domains",
    .commands = (const RvCommand *const[]){&managedsave, &managedsave_dumpxml, &managedsave_remove,
                                           &restore, &save, &save_image_dumpxml, NULL},
};
