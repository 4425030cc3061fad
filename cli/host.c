/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The host, and who answers for it. */
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "model/xml-node.h"

#define LABEL_WIDTH 20

/* virsh prints the version of the library it was built with; ours is that of the protocol. */
#define PROTOCOL_VERSION "9.0.0"

/* Procedures without arguments that return one text. */
static bool ask_text(RvCli *cli, unsigned procedure, const char *attempt, wire_text_ret *ret,
                     GError **error)
{
    if (rv_client_call(cli->client, procedure, void, NULL, wire_text_ret, ret, error))
        return true;
    g_prefix_error(error, "could not %s: ", attempt);
    return false;
}

static bool run_text(RvCli *cli, unsigned procedure, const char *attempt, const char *key,
                     GError **error)
{
    g_auto(wire_text_ret) ret = {0};
    if (!ask_text(cli, procedure, attempt, &ret, error))
        return false;
    rv_output_text(&cli->output, "%s\n", ret.text);
    rv_output_json(&cli->output, cli->command, json_pack("{s:s}", key, ret.text));
    return true;
}

static bool run_capabilities(RvCli *cli, const RvArgs *args, GError **error)
{
    return run_text(cli, WIRE_CONNECT_GET_CAPABILITIES, "get the capabilities of the host", "xml",
                    error);
}

static bool run_hostname(RvCli *cli, const RvArgs *args, GError **error)
{
    return run_text(cli, WIRE_CONNECT_GET_HOSTNAME, "get the host's name", "hostname", error);
}

/* A URI with a transport is the client's affair: only the client can print it, and virsh does. */
static bool run_uri(RvCli *cli, const RvArgs *args, GError **error)
{
    if (!cli->uri || !strchr(cli->uri, '+'))
        return run_text(cli, WIRE_CONNECT_GET_URI, "get the URI", "uri", error);
    rv_output_text(&cli->output, "%s\n", cli->uri);
    rv_output_json(&cli->output, cli->command, json_pack("{s:s}", "uri", cli->uri));
    return true;
}

static bool run_domcapabilities(RvCli *cli, const RvArgs *args, GError **error)
{
    wire_connect_domain_capabilities_args call = {
        .emulator = (char *)rv_args_string(args, "emulatorbin"),
        .arch = (char *)rv_args_string(args, "arch"),
        .machine = (char *)rv_args_string(args, "machine"),
        .virt_type = (char *)rv_args_string(args, "virttype"),
    };
    g_auto(wire_text_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_CONNECT_GET_DOMAIN_CAPABILITIES,
                        wire_connect_domain_capabilities_args, &call, wire_text_ret, &ret,
                        error)) {
        g_prefix_error(error, "could not get the capabilities of domains: ");
        return false;
    }
    rv_output_text(&cli->output, "%s\n", ret.text);
    rv_output_json(&cli->output, cli->command, json_pack("{s:s}", "xml", ret.text));
    return true;
}

/* What the capabilities of domains say of the type; 0: they do not say it. */
static int max_vcpus_of_domains(RvCli *cli, const char *type)
{
    wire_connect_domain_capabilities_args call = {.virt_type = (char *)type};
    g_auto(wire_text_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_CONNECT_GET_DOMAIN_CAPABILITIES,
                        wire_connect_domain_capabilities_args, &call, wire_text_ret, &ret, NULL))
        return 0;
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(ret.text, strlen(ret.text), NULL);
    const RvXmlNode *node = document ? rv_xml_document_root(document)->children : NULL;
    while (node && strcmp(node->name, "vcpu") != 0)
        node = node->next;
    const RvXmlAttribute *max = node ? rv_xml_node_attribute(node, "max") : NULL;
    return max ? (int)g_ascii_strtoll(max->value, NULL, 10) : 0;
}

static bool run_maxvcpus(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *type = rv_args_string(args, "type");
    wire_connect_get_max_vcpus_args call = {.virt_type = (char *)type};
    wire_int_ret ret = {.value = max_vcpus_of_domains(cli, type)};
    if (ret.value <= 0 &&
        !rv_client_call(cli->client, WIRE_CONNECT_GET_MAX_VCPUS, wire_connect_get_max_vcpus_args,
                        &call, wire_int_ret, &ret, error)) {
        g_prefix_error(error, "could not get the most vCPUs of a domain: ");
        return false;
    }
    rv_output_text(&cli->output, "%d\n", ret.value);
    rv_output_json(&cli->output, cli->command, json_pack("{s:i}", "vcpus", ret.value));
    return true;
}

static bool run_nodeinfo(RvCli *cli, const RvArgs *args, GError **error)
{
    wire_node_get_info_ret info = {0};
    if (!rv_client_call(cli->client, WIRE_NODE_GET_INFO, void, NULL, wire_node_get_info_ret,
                        &info, error)) {
        g_prefix_error(error, "could not get information about the host: ");
        return false;
    }
    g_autofree char *model = g_strndup(info.model, sizeof(info.model));
    json_t *json = json_pack("{s:s}", "cpu_model", model);
    rv_output_field(&cli->output, LABEL_WIDTH, "CPU model:", "%s", model);

    const struct {
        const char *label, *key, *unit;
        int value;
        bool optional;
    } rows[] = {
        {"CPU(s):", "cpus", "", info.cpus, false},
        {"CPU frequency:", "mhz", " MHz", info.mhz, true},
        {"CPU socket(s):", "sockets", "", info.sockets, false},
        {"Core(s) per socket:", "cores", "", info.cores, false},
        {"Thread(s) per core:", "threads", "", info.threads, false},
        {"NUMA cell(s):", "cells", "", info.nodes, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].value || !rows[i].optional)
            rv_output_field(&cli->output, LABEL_WIDTH, rows[i].label, "%d%s", rows[i].value,
                            rows[i].unit);
        json_object_set_new(json, rows[i].key, json_integer(rows[i].value));
    }
    rv_output_field(&cli->output, LABEL_WIDTH, "Memory size:", "%" G_GUINT64_FORMAT " KiB",
                    (guint64)info.memory);
    json_object_set_new(json, "memory_kib", json_integer((json_int_t)info.memory));
    rv_output_json(&cli->output, cli->command, json);
    return true;
}

/* ---- version ---- */

static char *version_text(uint64_t version)
{
    return g_strdup_printf("%u.%u.%u", (unsigned)(version / 1000000),
                           (unsigned)(version / 1000 % 1000), (unsigned)(version % 1000));
}

static bool ask_version(RvCli *cli, unsigned procedure, const char *attempt, uint64_t *ret_version,
                        GError **error)
{
    wire_u64_ret ret = {0};
    if (!rv_client_call(cli->client, procedure, void, NULL, wire_u64_ret, &ret, error)) {
        g_prefix_error(error, "could not %s: ", attempt);
        return false;
    }
    *ret_version = ret.value;
    return true;
}

static bool run_version(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_text_ret) type = {0};
    uint64_t hypervisor = 0, daemon_version = 0;
    bool with_daemon = rv_args_has(args, "daemon");
    if (!ask_text(cli, WIRE_CONNECT_GET_TYPE, "get the type of the hypervisor", &type, error) ||
        !ask_version(cli, WIRE_CONNECT_GET_VERSION, "get the version of the hypervisor",
                     &hypervisor, error) ||
        (with_daemon && !ask_version(cli, WIRE_CONNECT_GET_LIB_VERSION,
                                     "get the version of the daemon", &daemon_version, error)))
        return false;
    g_autofree char *hypervisor_text = version_text(hypervisor);
    g_autofree char *daemon_text = version_text(daemon_version);
    const RvOutput *out = &cli->output;
    rv_output_text(out, "Compiled against library: libvirt %s\n", PROTOCOL_VERSION);
    rv_output_text(out, "Using library: libvirt %s\n", PROTOCOL_VERSION);
    rv_output_text(out, "Using API: %s %s\n", type.text, PROTOCOL_VERSION);
    if (hypervisor)
        rv_output_text(out, "Running hypervisor: %s %s\n", type.text, hypervisor_text);
    else
        rv_output_text(out, "Cannot extract running %s hypervisor version\n", type.text);
    if (with_daemon)
        rv_output_text(out, "Running against daemon: %s\n", daemon_text);
    json_t *json = json_pack("{s:s, s:s, s:s, s:s?}", "reeve", PACKAGE_VERSION, "protocol",
                             PROTOCOL_VERSION, "type", type.text, "hypervisor",
                             hypervisor ? hypervisor_text : NULL);
    if (with_daemon)
        json_object_set_new(json, "daemon", json_string(daemon_text));
    rv_output_json(out, cli->command, json);
    return true;
}

/* ---- Tables ---- */

static const RvCommand capabilities = {
    .name = "capabilities",
    .summary = "print what the host and its hypervisors can do",
    .examples = (const RvExample[]){{"capabilities", "An XML document."}, {NULL}},
    .keys = (const RvKey[]){{"xml", "the document"}, {NULL}},
    .run = run_capabilities,
};

static const RvCommand domcapabilities = {
    .name = "domcapabilities",
    .summary = "print what domains of a kind can have",
    .options =
        (const RvOption[]){
            {.name = "virttype", .kind = RV_OPTION_STRING, .value = "TYPE",
             .text = "the type of the domain: kvm, qemu, ..."},
            {.name = "emulatorbin", .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_FILE,
             .value = "PATH", .text = "the emulator"},
            {.name = "arch", .kind = RV_OPTION_STRING, .value = "ARCH",
             .text = "the processor: x86_64, aarch64, ..."},
            {.name = "machine", .kind = RV_OPTION_STRING, .value = "MACHINE",
             .text = "the machine: pc, q35, ..."},
            {NULL},
        },
    .examples = (const RvExample[]){{"domcapabilities --arch aarch64", "An XML document."},
                                    {NULL}},
    .keys = (const RvKey[]){{"xml", "the document"}, {NULL}},
    .run = run_domcapabilities,
};

static const RvCommand hostname = {
    .name = "hostname",
    .summary = "print the name of the host",
    .examples = (const RvExample[]){{"hostname", "As the daemon sees it."}, {NULL}},
    .keys = (const RvKey[]){{"hostname", "the name"}, {NULL}},
    .run = run_hostname,
};

static const RvCommand maxvcpus = {
    .name = "maxvcpus",
    .summary = "print the most vCPUs that a domain can have",
    .options = (const RvOption[]){{.name = "type", .kind = RV_OPTION_STRING, .value = "TYPE",
                                   .text = "the type of the domain: kvm, qemu, ..."},
                                  {NULL}},
    .examples = (const RvExample[]){{"maxvcpus --type kvm", "For KVM."}, {NULL}},
    .keys = (const RvKey[]){{"vcpus", "the number"}, {NULL}},
    .run = run_maxvcpus,
};

static const RvCommand nodeinfo = {
    .name = "nodeinfo",
    .summary = "print the processors and the memory of the host",
    .examples = (const RvExample[]){{"nodeinfo", "A line for each number."}, {NULL}},
    .keys = (const RvKey[]){{"cpu_model", "x86_64, ..."},
                            {"cpus", "processors in all"},
                            {"mhz", "their frequency; 0: not known"},
                            {"sockets", "sockets of each cell"},
                            {"cores", "cores of each socket"},
                            {"threads", "threads of each core"},
                            {"cells", "NUMA cells"},
                            {"memory_kib", "memory, in KiB"},
                            {NULL}},
    .run = run_nodeinfo,
};

static const RvCommand uri = {
    .name = "uri",
    .summary = "print the URI that is connected to",
    .examples = (const RvExample[]){{"uri", "For example reeve:///system."}, {NULL}},
    .keys = (const RvKey[]){{"uri", "the URI"}, {NULL}},
    .run = run_uri,
};

static const RvCommand version = {
    .name = "version",
    .summary = "print the versions of all that takes part",
    .options = (const RvOption[]){{.name = "daemon", .text = "the daemon's, too"}, {NULL}},
    .examples = (const RvExample[]){{"version --daemon", "Protocol, hypervisor, daemon."}, {NULL}},
    .keys = (const RvKey[]){{"reeve", "this program"},
                            {"protocol", "the version of libvirt whose protocol this is"},
                            {"type", "the type of the hypervisor"},
                            {"hypervisor", "its version, or null"},
                            {"daemon", "with --daemon: the version that the daemon gives itself"},
                            {NULL}},
    .run = run_version,
};

const RvFamily rv_family_host = {
    .name = "host",
    .title = "The host",
    .commands = (const RvCommand *const[]){&capabilities, &domcapabilities,
                                           &rv_command_freecell, &hostname, &maxvcpus,
                                           &rv_command_nodecpustats, &nodeinfo,
                                           &rv_command_nodememstats, &uri, &version, NULL},
};
