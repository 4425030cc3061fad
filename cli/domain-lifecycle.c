/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Starting, stopping and all between. */
#include <string.h>

#include "base/error.h"
#include "base/signal-name.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "model/key.h"

/* What both `start` and `create` may do (virDomainCreateFlags). */
static const RvOptionBit start_bits[] = {
    {"paused", 1u << 0},     {"autodestroy", 1u << 1}, {"bypass-cache", 1u << 2},
    {"force-boot", 1u << 3}, {"reset-nvram", 1u << 5}, {NULL},
};

/* What is done by one procedure that takes a domain, and flags or nothing else. */
typedef struct {
    unsigned procedure;
    bool takes_flags;
    const char *attempt; /* could not ... domain 'web' */
    const char *result;  /* for JSON */
    const char *text;    /* Domain 'web' ... */
} Action;

G_STATIC_ASSERT(offsetof(wire_domain_flags_args, domain) == offsetof(wire_domain_args, domain));

static bool act(RvCli *cli, const RvArgs *args, const Action *action, unsigned flags,
                GError **error)
{
    const char *called = rv_args_string(args, "domain");
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, called, RV_BY_ANY, &found, error))
        return false;
    wire_domain_flags_args call = {.domain = found.domain, .flags = flags};
    xdrproc_t xdr = action->takes_flags ? (xdrproc_t)xdr_wire_domain_flags_args
                                        : (xdrproc_t)xdr_wire_domain_args;
    if (!rv_client_call_xdr(cli->client, WIRE_REMOTE_PROGRAM, action->procedure, xdr, &call,
                            RV_XDRPROC(void), NULL, error)) {
        g_prefix_error(error, "could not %s domain '%s': ", action->attempt, found.domain.name);
        return false;
    }
    rv_cli_report(cli, &found.domain, action->result, "Domain '%s' %s\n", called, action->text);
    return true;
}

static bool run_start(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_NAME | RV_BY_UUID, &found,
                            error))
        return false;
    wire_domain_flags_args call = {
        .domain = found.domain,
        .flags = rv_args_bits(args, start_bits),
    };
    g_auto(wire_domain_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_CREATE_WITH_FLAGS, wire_domain_flags_args, &call,
                        wire_domain_ret, &ret, error)) {
        g_prefix_error(error, "could not start domain '%s': ", found.domain.name);
        return false;
    }
    rv_cli_report(cli, &ret.domain, "started", "Domain '%s' started\n", ret.domain.name);
    if (rv_args_has(args, "console"))
        return rv_console_run(cli, &ret.domain, NULL, 0, error);
    return true;
}

static bool run_suspend(RvCli *cli, const RvArgs *args, GError **error)
{
    static const Action action = {
        WIRE_DOMAIN_SUSPEND, false, "suspend", "suspended", "suspended",
    };
    return act(cli, args, &action, 0, error);
}

static bool run_resume(RvCli *cli, const RvArgs *args, GError **error)
{
    static const Action action = {WIRE_DOMAIN_RESUME, false, "resume", "resumed", "resumed"};
    return act(cli, args, &action, 0, error);
}

static bool run_reset(RvCli *cli, const RvArgs *args, GError **error)
{
    static const Action action = {WIRE_DOMAIN_RESET, true, "reset", "reset", "was reset"};
    return act(cli, args, &action, 0, error);
}

static bool run_inject_nmi(RvCli *cli, const RvArgs *args, GError **error)
{
    static const Action action = {
        WIRE_DOMAIN_INJECT_NMI, true, "send an NMI to", "interrupted", "was sent an NMI",
    };
    return act(cli, args, &action, 0, error);
}

/* virsh's words: "rfb" is the old name of qnum. */
static const char *const codesets[] = {"linux", "atset1", "qnum", "rfb", NULL};

static bool read_key(RvKeySet set, const char *text, unsigned *ret_code, GError **error)
{
    char *end;
    guint64 number = g_ascii_strtoull(text, &end, 0);
    int named = set == RV_KEY_SET_LINUX ? rv_key_from_name(text) : -1;
    bool is_number = end != text && *end == 0 && number > 0 && number <= 0xffff;
    *ret_code = is_number ? (unsigned)number : (unsigned)named;
    if (!is_number && named < 0)
        rv_usage_error(error, "invalid keycode: '%s'", text);
    return is_number || named >= 0;
}

static bool run_send_key(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *called = rv_args_string(args, "domain"), *set = rv_args_string(args, "codeset");
    const char *const *keys = rv_args_list(args, "keycode");
    unsigned codes[WIRE_SEND_KEYS_MAX];
    wire_domain_send_key_args call = {
        .codeset = !set                  ? RV_KEY_SET_LINUX
                   : g_str_equal(set, "rfb") ? RV_KEY_SET_QNUM
                                             : (unsigned)rv_key_set_from_string(set),
        .hold_ms = (unsigned)rv_args_int(args, "holdtime", 0),
        .keys.keys_val = codes,
    };
    for (; keys[call.keys.keys_len]; call.keys.keys_len++) {
        if (call.keys.keys_len == WIRE_SEND_KEYS_MAX) {
            rv_usage_error(error, "too many keycodes: at most %d", WIRE_SEND_KEYS_MAX);
            return false;
        }
        if (!read_key(call.codeset, keys[call.keys.keys_len], &codes[call.keys.keys_len], error))
            return false;
    }
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, called, RV_BY_ANY, &found, error))
        return false;
    call.domain = found.domain;
    return rv_client_call(cli->client, WIRE_DOMAIN_SEND_KEY, wire_domain_send_key_args, &call, void,
                          NULL, error);
}

static bool run_send_process_signal(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *name = rv_args_string(args, "signame");
    int number = rv_signal_from_name(name);
    g_auto(wire_domain_ret) found = {0};
    if (number < 0) {
        rv_usage_error(error, "there is no signal '%s'", name);
        return false;
    }
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    wire_domain_send_process_signal_args call = {
        .domain = found.domain,
        .pid = rv_args_int(args, "pid", 0),
        .signum = (unsigned)number,
    };
    return rv_client_call(cli->client, WIRE_DOMAIN_SEND_PROCESS_SIGNAL,
                          wire_domain_send_process_signal_args, &call, void, NULL, error);
}

static bool run_destroy(RvCli *cli, const RvArgs *args, GError **error)
{
    static const Action action = {
        WIRE_DOMAIN_DESTROY_FLAGS, true, "destroy", "destroyed", "destroyed",
    };
    static const RvOptionBit bits[] = {{"graceful", 1u << 0}, {"remove-logs", 1u << 1}, {NULL}};
    return act(cli, args, &action, rv_args_bits(args, bits), error);
}

static const RvOptionBit dump_bits[] = {
    {"crash", 1u << 0}, {"live", 1u << 1},        {"bypass-cache", 1u << 2},
    {"reset", 1u << 3}, {"memory-only", 1u << 4}, {NULL},
};

static bool run_dump(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autofree char *path = g_canonicalize_filename(rv_args_string(args, "file"), NULL);
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    wire_domain_core_dump_args call = {
        .domain = found.domain,
        .path = path,
        .flags = rv_args_bits(args, dump_bits),
    };
    if (!rv_client_call(cli->client, WIRE_DOMAIN_CORE_DUMP, wire_domain_core_dump_args, &call,
                        void, NULL, error)) {
        g_prefix_error(error, "could not dump domain '%s': ", found.domain.name);
        return false;
    }
    rv_cli_report(cli, &found.domain, "dumped", "Domain '%s' dumped to %s\n", found.domain.name,
                  path);
    return true;
}

/* virDomainShutdownFlagValues; virDomainRebootFlagValues are the same. */
static const char *const modes[] = {"acpi", "agent", "initctl", "signal", "paravirt", NULL};

static unsigned mode_flags(const RvArgs *args)
{
    const char *mode = rv_args_string(args, "mode");
    g_auto(GStrv) parts = g_strsplit(mode ? mode : "", ",", 0);
    unsigned flags = 0;
    for (unsigned i = 0; modes[i]; i++) {
        if (g_strv_contains((const char *const *)parts, modes[i]))
            flags |= 1u << i;
    }
    return flags;
}

static bool run_shutdown(RvCli *cli, const RvArgs *args, GError **error)
{
    static const Action action = {
        WIRE_DOMAIN_SHUTDOWN_FLAGS, true, "shut down", "shutting down", "is being shutdown",
    };
    return act(cli, args, &action, mode_flags(args), error);
}

static bool run_reboot(RvCli *cli, const RvArgs *args, GError **error)
{
    static const Action action = {
        WIRE_DOMAIN_REBOOT, true, "reboot", "rebooting", "is being rebooted",
    };
    return act(cli, args, &action, mode_flags(args), error);
}

static bool run_autostart(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *called = rv_args_string(args, "domain");
    bool on = !rv_args_has(args, "disable");
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, called, RV_BY_ANY, &found, error))
        return false;
    wire_domain_set_autostart_args call = {.domain = found.domain, .autostart = on};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_SET_AUTOSTART, wire_domain_set_autostart_args,
                        &call, void, NULL, error)) {
        g_prefix_error(error, "could not %s the autostart of domain '%s': ", on ? "set" : "clear",
                       found.domain.name);
        return false;
    }
    rv_cli_report(cli, &found.domain, on ? "autostart on" : "autostart off",
                  "Domain '%s' %smarked as autostarted\n", called, on ? "" : "un");
    return true;
}

/* ---- Tables ---- */

static const RvOption active_options[] = {RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE), {NULL}};

static const RvOption mode_options[] = {
    RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
    {.name = "mode", .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_WORD, .words = modes,
     .several = true, .value = "MODE,...",
     .text = "how to ask the guest: acpi, agent, initctl, signal, paravirt"},
    {NULL},
};

static const RvCommand autostart = {
    .name = "autostart",
    .summary = "start a domain when the host starts",
    .options = (const RvOption[]){RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
                                  {.name = "disable", .text = "do so no longer"},
                                  {NULL}},
    .examples = (const RvExample[]){{"autostart web", "From now on web starts with the host."},
                                    {"autostart web --disable", "No longer."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_autostart,
};

static const RvCommand destroy = {
    .name = "destroy",
    .summary = "stop a domain at once",
    .description = "As pulling the plug would: nothing that the guest has not written is saved. "
                   "Works on a guest that is stuck as well. What belongs to the domain stays.",
    .options = (const RvOption[]){RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
                                  {.name = "graceful", .text = "ask first; fail, do not kill"},
                                  {.name = "remove-logs", .text = "remove its log as well"},
                                  {NULL}},
    .examples = (const RvExample[]){{"destroy web", "Stops web."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_destroy,
};

static const RvCommand reboot = {
    .name = "reboot",
    .summary = "ask a domain to reboot",
    .options = mode_options,
    .examples = (const RvExample[]){{"reboot web", "Asks in the way that suits the guest."},
                                    {"reboot web --mode agent", "By the agent in the guest."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_reboot,
};

static const RvCommand dump = {
    .name = "dump",
    .summary = "write the memory of a domain to a file",
    .description = "By the daemon, on its host; what the file is like is the hypervisor's. The guest "
                   "is paused meanwhile.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "file", .kind = RV_OPTION_STRING, .required = true, .value = "FILE",
             .completion = RV_COMPLETE_FILE, .text = "where; what is there is replaced"},
            {.name = "crash", .text = "destroy the domain then"},
            {.name = "live", .text = "let the guest run meanwhile"},
            {.name = "bypass-cache", .text = "without the host's page cache, where the driver can"},
            {.name = "reset", .text = "reset the domain then"},
            {.name = "memory-only", .text = "no state of devices; there never is"},
            {NULL},
        },
    .examples = (const RvExample[]){{"dump web /var/tmp/web.core", "For crash(8)."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_dump,
};

static const RvCommand inject_nmi = {
    .name = "inject-nmi",
    .summary = "send a non-maskable interrupt to a domain",
    .options = active_options,
    .examples = (const RvExample[]){{"inject-nmi web", "Makes a hung kernel dump itself."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_inject_nmi,
};

static const RvCommand reset = {
    .name = "reset",
    .summary = "reset a domain as by the button on the machine",
    .options = active_options,
    .examples = (const RvExample[]){{"reset web", "The guest is not asked."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_reset,
};

static const RvCommand resume = {
    .name = "resume",
    .summary = "let a suspended domain run on",
    .options = active_options,
    .examples = (const RvExample[]){{"resume web", "After `reeve suspend web`."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_resume,
};

static const RvCommand send_key = {
    .name = "send-key",
    .summary = "press keys of a domain's keyboard",
    .description = "All of them together, by their names in Linux (KEY_LEFTCTRL) or by number.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "codeset", .kind = RV_OPTION_STRING, .named = true,
             .completion = RV_COMPLETE_WORD, .words = codesets, .text = "whose numbers they are"},
            {.name = "holdtime", .kind = RV_OPTION_INT, .named = true, .value = "MS",
             .text = "how long they are held"},
            {.name = "keycode", .kind = RV_OPTION_LIST, .required = true, .text = "the keys"},
            {NULL},
        },
    .examples = (const RvExample[]){{"send-key web KEY_LEFTCTRL KEY_LEFTALT KEY_DELETE",
                                     "Asks the guest to reboot, as at a real machine."},
                                    {NULL}},
    .run = run_send_key,
};

static const RvCommand send_process_signal = {
    .name = "send-process-signal",
    .summary = "send a signal to a process of a domain",
    .description = "By its number in the domain, where 1 is a container's first process; and by the "
                   "signal's name (SIGHUP, hup, SIGRTMIN+3) or number.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "pid", .kind = RV_OPTION_INT, .required = true, .text = "the process"},
            {.name = "signame", .kind = RV_OPTION_STRING, .required = true, .text = "the signal"},
            {NULL},
        },
    .examples = (const RvExample[]){{"send-process-signal web 1 hup",
                                     "Has many a first process read its configuration again."},
                                    {NULL}},
    .run = run_send_process_signal,
};

static const RvCommand shutdown_command = {
    .name = "shutdown",
    .summary = "ask a domain to shut down",
    .description = "Returns when it was asked; `reeve event --event lifecycle` tells when it is "
                   "done.",
    .options = mode_options,
    .examples = (const RvExample[]){{"shutdown web", "Asks in the way that suits the guest."},
                                    {"shutdown web --mode acpi", "By the power button."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_shutdown,
};

static const RvCommand start = {
    .name = "start",
    .summary = "start a domain that is defined",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_INACTIVE),
            {.name = "console", .text = "then connect to its console"},
            {.name = "paused", .text = "do not let it run yet"},
            {.name = "autodestroy", .text = "destroy it when this connection ends"},
            {.name = "bypass-cache", .text = "read a saved state past the host's cache"},
            {.name = "force-boot", .text = "forget a saved state"},
            {.name = "reset-nvram", .text = "begin with fresh firmware variables"},
            {NULL},
        },
    .examples = (const RvExample[]){{"start web", "Starts web."},
                                    {"start web --console", "And shows what it prints."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_start,
};

static const RvCommand suspend = {
    .name = "suspend",
    .summary = "halt a running domain where it is",
    .options = active_options,
    .examples = (const RvExample[]){{"suspend web", "It keeps its memory; see resume."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_suspend,
};

const RvFamily rv_family_lifecycle = {
    .name = "lifecycle",
    .title = "Starting and stopping domains",
    .commands = (const RvCommand *const[]){&autostart, &destroy, &dump, &inject_nmi, &reboot, &reset,
                                           &resume, &send_key, &send_process_signal,
                                           &shutdown_command, &start, &suspend, NULL},
};
