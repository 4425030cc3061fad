/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/interface.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <string.h>

RV_ENUM(rv_interface_type, RvInterfaceType, RV_INTERFACE_TYPE_LAST, "user", "ethernet", "network",
        "bridge", "vhostuser", "server", "client", "mcast", "udp", "internal", "direct", "hostdev",
        "vdpa", "null");

static const char *const link_names[] = {"up", "down", NULL};
static const char *const mac_type_names[] = {"generated", "static", NULL};
static const char *const direct_mode_names[] = {"vepa", "private", "bridge", "passthrough", NULL};
static const char *const vhost_user_mode_names[] = {"client", "server", NULL};
static const char *const unix_names[] = {"unix", NULL};
static const char *const driver_names[] = {"qemu", "vhost", NULL};
static const char *const host_driver_names[] = {"kvm", "vfio", NULL};
static const char *const tx_mode_names[] = {"iothread", "timer", NULL};
static const char *const teaming_names[] = {"persistent", "transient", NULL};

#define BIT(type) RV_XML_BIT(RV_INTERFACE_##type)
#define TYPE(mask) RV_XML_WHEN(RvInterface, type, mask)
#define SOCKETS (BIT(SERVER) | BIT(CLIENT) | BIT(MCAST) | BIT(UDP))
#define FILTERED (BIT(NETWORK) | BIT(BRIDGE) | BIT(ETHERNET))
#define PORTS (BIT(NETWORK) | BIT(BRIDGE) | BIT(DIRECT) | BIT(HOSTDEV))
#define SWITCH(field, name, ...)                                                                   \
    RV_XML_ATTRIBUTE(RvInterface, field, name, enum, .names = rv_tristate_switch_names, .min = 1,  \
                     __VA_ARGS__)

/* ---- What it is connected to ----------------------------------------------------------------- */

/* Names that are made up for a running guest. */
static bool target_stays(const void *object)
{
    static const char *const generated[] = {"vnet", "macvtap", "macvlan", NULL};
    const RvInterface *interface = object;
    const char *name = interface->target;
    bool is_ours = interface->target_managed != RV_TRISTATE_OFF;
    for (unsigned i = 0; name && is_ours && generated[i]; i++) {
        if (g_str_has_prefix(name, generated[i]))
            return false;
    }
    return name != NULL;
}

static bool does_not_reconnect(const void *object)
{
    return ((const RvInterface *)object)->reconnect != RV_TRISTATE_ON;
}

static const RvXmlRow reconnect_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, reconnect, "enabled", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether to connect again when the connection is lost."),
    RV_XML_ATTRIBUTE(RvInterface, reconnect_timeout, "timeout", uint, .flags = RV_XML_ALWAYS,
                     .omit = does_not_reconnect, .doc = "Seconds between two attempts."),
};
static const RvXmlType reconnect = {RV_XML_ROWS(reconnect_rows)};

static const RvXmlRow local_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, local_address, "address", string, .flags = RV_XML_REQUIRED,
                     .doc = "The address of this end."),
    RV_XML_ATTRIBUTE(RvInterface, local_port, "port", int, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .absent = -1, .doc = "The port of this end."),
};
static const RvXmlType local = {RV_XML_ROWS(local_rows)};

#define SOURCE(name, mask, ...)                                                                    \
    RV_XML_ATTRIBUTE(RvInterface, source, name, string, .flags = RV_XML_REQUIRED, TYPE(mask),      \
                     .doc = __VA_ARGS__)

static const RvXmlRow source_rows[] = {
    SOURCE("network", BIT(NETWORK), "The name of a network."),
    SOURCE("bridge", BIT(BRIDGE), "The name of a bridge."),
    SOURCE("name", BIT(INTERNAL), "The name of an internal network."),
    SOURCE("dev", BIT(DIRECT), "The host's device it is connected to."),
    SOURCE("dev", BIT(VDPA), "Absolute path of a vDPA device."),
    RV_XML_ATTRIBUTE(RvInterface, connection, "type", string, .names = unix_names,
                     TYPE(BIT(VHOST_USER)), .flags = RV_XML_REQUIRED,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "How to reach the other program."),
    SOURCE("path", BIT(VHOST_USER), "Absolute path of its socket."),
    SOURCE("address", BIT(CLIENT) | BIT(MCAST) | BIT(UDP), "The address of the other end."),
    RV_XML_ATTRIBUTE(RvInterface, source, "address", string, TYPE(BIT(SERVER)),
                     .doc = "The address to listen on."),
    RV_XML_ATTRIBUTE(RvInterface, port, "port", int, TYPE(SOCKETS), .absent = -1,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "The port."),
    RV_XML_ATTRIBUTE(RvInterface, port_group, "portgroup", string, TYPE(BIT(NETWORK)),
                     .doc = "A group of ports of that network."),
    RV_XML_ATTRIBUTE(RvInterface, port_id, "portid", string, TYPE(BIT(NETWORK)),
                     .flags = RV_XML_LIVE, .doc = "The port of the running guest."),
    RV_XML_ATTRIBUTE(RvInterface, bridge, "bridge", string, TYPE(BIT(NETWORK)),
                     .flags = RV_XML_LIVE, .doc = "The network's bridge, for the running guest."),
    RV_XML_ATTRIBUTE(RvInterface, mode, "mode", string, .names = direct_mode_names,
                     TYPE(BIT(DIRECT)), .fallback = "vepa", .doc = "Who sees its packets."),
    RV_XML_ATTRIBUTE(RvInterface, mode, "mode", string, .names = vhost_user_mode_names,
                     TYPE(BIT(VHOST_USER)), .flags = RV_XML_REQUIRED,
                     .doc = "Who connects to whom."),
    RV_XML_GROUP("reconnect", &reconnect, TYPE(BIT(VHOST_USER))),
    RV_XML_GROUP("local", &local, TYPE(BIT(UDP)), .flags = RV_XML_REQUIRED),
    RV_XML_CHILD(RvInterface, host_address, "address", &rv_host_address_xml, TYPE(BIT(HOSTDEV)),
                 .flags = RV_XML_REQUIRED),
    RV_XML_LIST(RvInterface, host_ips, "ip", &rv_ip_xml, .max = 256),
    RV_XML_LIST(RvInterface, host_routes, "route", &rv_route_xml, .max = 256),
};
static const RvXmlType source = {RV_XML_ROWS(source_rows)};

static const RvXmlRow bandwidth_rows[] = {
    RV_XML_EMBED(RvInterface, inbound, "inbound", &rv_bandwidth_xml, .doc = "To the guest."),
    RV_XML_EMBED(RvInterface, outbound, "outbound", &rv_bandwidth_xml, .doc = "From the guest."),
};
static const RvXmlType bandwidth = {RV_XML_ROWS(bandwidth_rows)};

static const RvXmlRow filter_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, filter, "filter", string, .flags = RV_XML_REQUIRED,
                     .doc = "The name of a filter."),
    RV_XML_LIST(RvInterface, filter_parameters, "parameter", &rv_filter_parameter_xml, .max = 4096),
};
static const RvXmlType filter = {RV_XML_ROWS(filter_rows)};

static const RvXmlRow target_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, target, "dev", string, .max = 15, .flags = RV_XML_LIVE,
                     .stays = target_stays,
                     .doc = "The device on the host. Names that begin with vnet, macvtap or macvlan "
                            "are given to a running guest, and are not kept in a definition."),
    RV_XML_ATTRIBUTE(RvInterface, target_managed, "managed", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "no: the device is there already, and is left as it is (ethernet)."),
};
static const RvXmlType target = {RV_XML_ROWS(target_rows)};

/* ---- What the guest sees --------------------------------------------------------------------- */

static bool is_not_virtio(const void *object)
{
    const char *model = ((const RvInterface *)object)->model;
    return !model || !g_str_has_prefix(model, "virtio");
}

static const RvXmlRow mac_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, mac, "address", mac, .flags = RV_XML_ABI,
                     .fallback = "52:54:00 and three random bytes",
                     .doc = "Its address. It cannot be that of a group."),
    RV_XML_ATTRIBUTE(RvInterface, mac_type, "type", string, .names = mac_type_names,
                     .doc = "Where the address comes from (ESX)."),
    RV_XML_ATTRIBUTE(RvInterface, mac_check, "check", enum, .names = rv_tristate_bool_names,
                     .min = 1, .doc = "Whether the address must be unique (ESX)."),
};
static const RvXmlType mac = {RV_XML_ROWS(mac_rows)};

static const RvXmlRow guest_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, guest_name, "dev", string,
                     .doc = "The name of the device in a container."),
    RV_XML_ATTRIBUTE(RvInterface, guest_name_actual, "actual", string, .flags = RV_XML_LIVE,
                     .doc = "The name it got."),
};
static const RvXmlType guest = {RV_XML_ROWS(guest_rows)};

static const RvXmlRow host_offload_rows[] = {
    SWITCH(host_offloads.csum, "csum", .doc = "Checksums."),
    SWITCH(host_offloads.gso, "gso", .doc = "Segmentation of any kind."),
    SWITCH(host_offloads.tso4, "tso4", .doc = "Segmentation of TCP over IPv4."),
    SWITCH(host_offloads.tso6, "tso6", .doc = "Segmentation of TCP over IPv6."),
    SWITCH(host_offloads.ecn, "ecn", .doc = "Notification of congestion."),
    SWITCH(host_offloads.ufo, "ufo", .doc = "Fragmentation of UDP."),
    SWITCH(host_offloads.mrg_rxbuf, "mrg_rxbuf", .doc = "Receive buffers that are merged."),
};
static const RvXmlType host_offloads = {RV_XML_ROWS(host_offload_rows)};

static const RvXmlRow guest_offload_rows[] = {
    SWITCH(guest_offloads.csum, "csum", .doc = "Checksums."),
    SWITCH(guest_offloads.tso4, "tso4", .doc = "Segmentation of TCP over IPv4."),
    SWITCH(guest_offloads.tso6, "tso6", .doc = "Segmentation of TCP over IPv6."),
    SWITCH(guest_offloads.ecn, "ecn", .doc = "Notification of congestion."),
    SWITCH(guest_offloads.ufo, "ufo", .doc = "Fragmentation of UDP."),
};
static const RvXmlType guest_offloads = {RV_XML_ROWS(guest_offload_rows)};

static const RvXmlRow driver_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, driver_name, "name", string, .names = driver_names,
                     .doc = "The back end: in the kernel (vhost) or in the emulator (qemu)."),
    RV_XML_ATTRIBUTE(RvInterface, tx_mode, "txmode", string, .names = tx_mode_names,
                     .doc = "How packets are sent."),
    SWITCH(io_event_fd, "ioeventfd", .doc = "Whether a thread of its own serves it."),
    SWITCH(event_idx, "event_idx", .doc = "Whether there are fewer interrupts."),
    RV_XML_ATTRIBUTE(RvInterface, queues, "queues", uint, .flags = RV_XML_ABI,
                     .doc = "How many pairs of queues the guest can use at once."),
    RV_XML_ATTRIBUTE(RvInterface, rx_queue_size, "rx_queue_size", uint, .flags = RV_XML_ABI,
                     .doc = "How many packets each receive queue holds."),
    RV_XML_ATTRIBUTE(RvInterface, tx_queue_size, "tx_queue_size", uint, .flags = RV_XML_ABI,
                     .doc = "How many packets each transmit queue holds."),
    SWITCH(rss, "rss", .flags = RV_XML_ABI, .doc = "Whether the device spreads packets by hash."),
    SWITCH(rss_hash_report, "rss_hash_report", .flags = RV_XML_ABI,
           .doc = "Whether the guest is told the hash."),
    RV_VIRTIO_ROWS(RvInterface, virtio, ),
    RV_XML_GROUP("host", &host_offloads, .doc = "What the host does for the guest."),
    RV_XML_GROUP("guest", &guest_offloads, .doc = "What the guest may do."),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow host_driver_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, driver_name, "name", string, .names = host_driver_names,
                     .doc = "What hands a device of the host over."),
};
static const RvXmlType host_driver = {RV_XML_ROWS(host_driver_rows)};

static const RvXmlRow backend_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, backend_tap, "tap", string,
                     .doc = "Absolute path of the tun device, instead of /dev/net/tun."),
    RV_XML_ATTRIBUTE(RvInterface, backend_vhost, "vhost", string, .omit = is_not_virtio,
                     .doc = "Absolute path of the vhost device, instead of /dev/vhost-net."),
};
static const RvXmlType backend = {RV_XML_ROWS(backend_rows)};

static const RvXmlRow tune_rows[] = {
    RV_XML_LEAF(RvInterface, send_buffer, "sndbuf", int64, .min = 0, .max = INT64_MAX, .absent = -1,
                .doc = "Bytes of the host's send buffer."),
};
static const RvXmlType tune = {RV_XML_ROWS(tune_rows)};

static const RvXmlRow teaming_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, teaming, "type", string, .names = teaming_names,
                     .flags = RV_XML_REQUIRED, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .missing_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "Whether it stays, or goes while the guest moves."),
    RV_XML_ATTRIBUTE(RvInterface, teaming_with, "persistent", string,
                     .doc = "The alias of the one that stays, for the one that goes."),
};
static const RvXmlType teaming = {RV_XML_ROWS(teaming_rows)};

static const RvXmlRow rx_rows[] = {
    RV_XML_LEAF(RvInterface, max_rx_frames, "frames", uint, .attribute = "max",
                .bad_code = RV_ERR_XML_DETAIL,
                .doc = "How many packets can wait before the guest is interrupted."),
};
static const RvXmlType rx = {RV_XML_ROWS(rx_rows)};
static const RvXmlRow coalesce_rows[] = {RV_XML_GROUP("rx", &rx)};
static const RvXmlType coalesce = {RV_XML_ROWS(coalesce_rows)};

static const RvXmlRow interface_rows[] = {
    RV_XML_ATTRIBUTE(RvInterface, type, "type", enum, .names = rv_interface_type_names,
                     .flags = RV_XML_ALWAYS, .fallback = "user",
                     .doc = "How it is connected to the world."),
    RV_XML_ATTRIBUTE(RvInterface, managed, "managed", yes_no, TYPE(BIT(HOSTDEV)), .fallback = "no",
                     .doc = "Whether the host lets go of the device by itself."),
    RV_XML_ATTRIBUTE(RvInterface, trust_rx_filters, "trustGuestRxFilters", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether the guest may change the addresses it receives."),
    RV_XML_GROUP("mac", &mac),
    RV_XML_GROUP("source", &source, .flags = RV_XML_REQUIRED,
                 TYPE(PORTS | SOCKETS | BIT(INTERNAL) | BIT(VDPA) | BIT(VHOST_USER))),
    RV_XML_GROUP("source", &source, TYPE(BIT(USER) | BIT(ETHERNET) | BIT(NULL))),
    RV_XML_CHILD(RvInterface, vlan, "vlan", &rv_vlan_xml),
    RV_XML_CHILD(RvInterface, virtual_port, "virtualport", &rv_virtual_port_xml, TYPE(PORTS)),
    RV_XML_GROUP("bandwidth", &bandwidth, .doc = "Limits of its speed."),
    RV_XML_LEAF(RvInterface, isolated, "port", enum, .attribute = "isolated", .min = 1,
                .names = rv_tristate_bool_names,
                .doc = "Whether it sees no other isolated port of its bridge."),
    RV_XML_LIST(RvInterface, ips, "ip", &rv_ip_xml, .max = 256),
    RV_XML_LIST(RvInterface, routes, "route", &rv_route_xml, .max = 256),
    RV_XML_LEAF(RvInterface, script, "script", string, .attribute = "path",
                .doc = "A program that connects it to the host's network: Xen's vif-bridge, or the "
                       "path of another."),
    RV_XML_LEAF(RvInterface, down_script, "downscript", string, .attribute = "path",
                .doc = "A program that takes it away."),
    RV_XML_LEAF(RvInterface, backend_domain, "backenddomain", string, .attribute = "name",
                .doc = "The domain that serves it (xen)."),
    RV_XML_GROUP("target", &target),
    RV_XML_GROUP("guest", &guest),
    RV_XML_LEAF(RvInterface, model, "model", string, .attribute = "type", .flags = RV_XML_ABI,
                .doc = "The hardware that the guest sees."),
    RV_XML_GROUP("driver", &host_driver, TYPE(BIT(HOSTDEV))),
    RV_XML_GROUP("driver", &driver, .omit = is_not_virtio, TYPE((BIT(TYPE_LAST) - 1) & ~BIT(HOSTDEV)),
                 .doc = "Of a virtio interface; nothing to others."),
    RV_XML_GROUP("backend", &backend),
    RV_XML_GROUP("filterref", &filter, TYPE(FILTERED), .doc = "A filter for its packets."),
    RV_XML_GROUP("tune", &tune),
    RV_XML_GROUP("teaming", &teaming, .doc = "Two interfaces that are one to the guest."),
    RV_XML_LEAF(RvInterface, link_state, "link", string, .attribute = "state",
                .names = link_names, .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .fallback = "up",
                .doc = "Whether the cable is plugged in."),
    RV_XML_LEAF(RvInterface, mtu, "mtu", uint, .attribute = "size", .flags = RV_XML_ABI,
                .doc = "The largest packet, in bytes."),
    RV_XML_GROUP("coalesce", &coalesce),
    RV_DEVICE_BOOT_ROW(RvInterface),
    RV_DEVICE_ROM_ROWS(RvInterface),
};

/* Names of well-known models are written in one way, whatever their case in the document. */
static void normalize_model(char **model)
{
    static const char *const known[] = {
        "netfront",            "rtl8139",  "virtio",    "e1000",    "e1000e",
        "virtio-transitional", "usb-net",  "spapr-vlan", "lan9118", "virtio-non-transitional",
        "scm91c111",           "vlance",   "vmxnet",    "vmxnet2",  "vmxnet3",
        "Am79C970A",           "Am79C973", "82540EM",   "82545EM",  "82543GC",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(known); i++) {
        if (!g_ascii_strcasecmp(*model, known[i])) {
            g_free(*model);
            *model = g_strdup(known[i]);
            return;
        }
    }
}

static void check_ports(RvXmlReader *reader, const RvXmlNode *node, const RvInterface *interface)
{
    const RvXmlNode *port = rv_xml_node_child(node, "virtualport", 0);
    bool of_network = interface->type == RV_INTERFACE_NETWORK;
    if (port != node && !(RV_XML_BIT(interface->type) & PORTS))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, port, NULL,
                     "an interface of type %s has no virtual port",
                     rv_interface_type_to_string(interface->type));
    if (interface->virtual_port && !of_network)
        rv_virtual_port_check(reader, port, interface->virtual_port);
    rv_bandwidth_check(reader, rv_xml_node_child(node, "bandwidth", 0), &interface->inbound,
                       &interface->outbound, of_network);
}

static void check_team(RvXmlReader *reader, const RvXmlNode *node, const RvInterface *interface)
{
    bool transient = !g_strcmp0(interface->teaming, "transient");
    if (interface->teaming && transient != (interface->teaming_with != NULL))
        rv_xml_error(reader, 0, rv_xml_node_child(node, "teaming", 0),
                     transient ? NULL : "persistent",
                     transient ? "the one that goes names the one that stays by persistent="
                               : "the one that stays names no other");
}

/* One queue is what every interface has; what is said of virtio says nothing about others. */
static void complete_interface(RvInterface *interface)
{
    if (interface->queues == 1)
        interface->queues = 0;
    if (is_not_virtio(interface)) {
        if (interface->type != RV_INTERFACE_HOSTDEV)
            g_clear_pointer(&interface->driver_name, g_free);
        g_clear_pointer(&interface->tx_mode, g_free);
        g_clear_pointer(&interface->backend_vhost, g_free);
    }
    if (interface->type == RV_INTERFACE_DIRECT && !interface->mode)
        interface->mode = g_strdup("vepa");
}

static void check_interface(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    static const char model_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_";
    RvInterface *interface = object;
    if (interface->mac.bytes[0] & 1)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "mac", 0), "address",
                     "this is the address of a group, not of one interface");
    if (interface->model && interface->model[strspn(interface->model, model_bytes)])
        rv_xml_error(reader, RV_ERR_INVALID_ARG, rv_xml_node_child(node, "model", 0), "type",
                     "a model has letters, digits, - and _ only");
    else if (interface->model)
        normalize_model(&interface->model);
    check_ports(reader, node, interface);
    check_team(reader, node, interface);
    complete_interface(interface);
}

const RvXmlType rv_interface_xml = {
    .doc = "A network interface.",
    .size = sizeof(RvInterface),
    RV_XML_ROWS(interface_rows),
    .check = check_interface,
};

bool rv_interface_has_host_end(const RvInterface *interface)
{
    return interface->type == RV_INTERFACE_BRIDGE || interface->type == RV_INTERFACE_NETWORK ||
           interface->type == RV_INTERFACE_ETHERNET;
}

const char *rv_interface_bridge(const RvInterface *interface)
{
    return interface->type == RV_INTERFACE_NETWORK  ? interface->bridge
           : interface->type == RV_INTERFACE_BRIDGE ? interface->source
                                                    : NULL;
}
