/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rules about more than one part of a domain, which hold for all drivers, with libvirt's codes. */

#include "base/error.h"
#include "model/domain-def.h"
#include "model/domain-xml.h"

#include <string.h>

typedef struct {
    RvXmlReader *reader;
    const RvXmlNode *domain, *devices;
    const RvDomainDef *def;
} Check;

/* The place of a device, while there is still somebody to be told. */
static const RvXmlNode *device(const Check *check, const char *name, unsigned number)
{
    return rv_diagnostics_has_room(check->reader->diagnostics, RV_DIAGNOSTIC_ERROR)
               ? rv_xml_node_child(check->devices, name, number)
               : check->devices;
}

/* libvirt's own rules for names, and one of ours: no control characters. */
static const char *name_fault(const char *name)
{
    if (strchr(name, '/'))
        return "a name cannot contain '/'";
    if (strchr(name, '\n'))
        return "a name cannot contain a line end";
    if (!name[strspn(name, " \t\r\n")])
        return "a name cannot consist of white space only";
    for (const char *at = name; *at; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return "a name cannot contain control characters";
    }
    return NULL;
}

static void check_head(const Check *check)
{
    const RvDomainDef *def = check->def;
    const char *fault = name_fault(def->name);
    if (fault)
        rv_xml_error(check->reader, RV_ERR_XML, rv_xml_node_child(check->domain, "name", 0), NULL,
                     "%s", fault);
    if (def->title && strchr(def->title, '\n'))
        rv_xml_error(check->reader, RV_ERR_XML, rv_xml_node_child(check->domain, "title", 0), NULL,
                     "a title cannot contain line ends");
    if (def->os.type == RV_OS_EXE && !def->os.init && !def->oci)
        rv_xml_error(check->reader, RV_ERR_XML, rv_xml_node_child(check->domain, "os", 0), NULL,
                     "a container must have an <init>");
    if (def->vcpus > MAX(def->max_vcpus, 1))
        rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED,
                     rv_xml_node_child(check->domain, "vcpu", 0), "current",
                     "there are not so many virtual CPUs, but %u",
                     MAX(def->max_vcpus, 1));
}

/* ---- Disks and what boots ------------------------------------------------------------------- */

static void check_targets(const Check *check)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < check->def->disks->len; i++) {
        const RvDisk *disk = check->def->disks->pdata[i];
        if (!g_hash_table_add(names, disk->target)) {
            const RvXmlNode *node = device(check, "disk", i);
            rv_xml_error(check->reader, RV_ERR_XML, rv_xml_node_child(node, "target", 0), "dev",
                         "another disk is '%s', too", disk->target);
        }
    }
}

/* `orders` holds those that were seen. */
static void check_order(const Check *check, GHashTable *orders, const char *name, unsigned number,
                        unsigned order)
{
    bool both = g_hash_table_size(orders) == 0 && check->def->os.boot->len;
    if (!order || (g_hash_table_add(orders, GUINT_TO_POINTER(order)) && !both))
        return;
    const RvXmlNode *boot = rv_xml_node_child(device(check, name, number), "boot", 0);
    if (both)
        rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, boot, NULL,
                     "either devices have a <boot order=>, or <os> has a <boot dev=>");
    else
        rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, boot, "order",
                     "another device has boot order %u, too", order);
}

static void check_boot(const Check *check)
{
    g_autoptr(GHashTable) orders = g_hash_table_new(NULL, NULL);
    const RvDomainDef *def = check->def;
    if (def->os.type != RV_OS_HVM)
        return;
    for (unsigned i = 0; i < def->disks->len; i++)
        check_order(check, orders, "disk", i, ((RvDisk *)def->disks->pdata[i])->device.boot_order);
    for (unsigned i = 0; i < def->interfaces->len; i++)
        check_order(check, orders, "interface", i,
                    ((RvInterface *)def->interfaces->pdata[i])->device.boot_order);
}

/* ---- Controllers ---------------------------------------------------------------------------- */

static void check_indexes(const Check *check)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (unsigned i = 0; i < check->def->controllers->len; i++) {
        const RvController *controller = check->def->controllers->pdata[i];
        gsize key = (gsize)controller->index * RV_CONTROLLER_LAST + controller->type;
        if (controller->index < 0 || controller->type == RV_CONTROLLER_USB)
            continue;
        if (!g_hash_table_add(seen, GSIZE_TO_POINTER(key)))
            rv_xml_error(check->reader, RV_ERR_XML, device(check, "controller", i), "index",
                         "another %s controller has index %d, too",
                         rv_controller_type_to_string(controller->type), controller->index);
    }
}

/* Either USB is said to be off, or there are controllers of which one at least is no companion. */
static void check_usb(const Check *check)
{
    const RvDomainDef *def = check->def;
    unsigned n_off = 0, n_on = 0, n_masters = 0, last = 0;
    for (unsigned i = 0; i < def->controllers->len; i++) {
        const RvController *controller = def->controllers->pdata[i];
        if (controller->type != RV_CONTROLLER_USB)
            continue;
        bool off = !g_strcmp0(controller->model, "none");
        last = i;
        n_off += off;
        n_on += !off;
        n_masters += !off && controller->master_start_port < 0;
    }
    if (n_off && n_off + n_on > 1)
        rv_xml_error(check->reader, RV_ERR_XML_DETAIL, device(check, "controller", last), NULL,
                     "a USB controller of model none turns USB off: there can be no other");
    else if (n_on && !n_masters)
        rv_xml_error(check->reader, RV_ERR_XML_DETAIL, device(check, "controller", last), NULL,
                     "the USB controllers are all companions: the master is missing");
    for (unsigned i = 0; n_off && i < def->inputs->len; i++) {
        if (!g_strcmp0(((RvInput *)def->inputs->pdata[i])->bus, "usb"))
            rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, device(check, "input", i), "bus",
                         "a USB controller of model none turns USB off");
    }
}

/* ---- Devices of the host --------------------------------------------------------------------- */

static void check_hostdevs(const Check *check)
{
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < check->def->hostdevs->len; i++) {
        char *key = rv_hostdev_key(check->def->hostdevs->pdata[i]);
        bool is_new = !g_hash_table_contains(keys, key);
        if (!is_new)
            rv_xml_error(check->reader, RV_ERR_XML,
                         rv_xml_node_child(device(check, "hostdev", i), "source", 0), NULL,
                         "the guest has %s already", key);
        g_hash_table_add(keys, key);
    }
}

/* ---- Videos --------------------------------------------------------------------------------- */

static void check_videos(const Check *check)
{
    const GPtrArray *videos = check->def->videos;
    unsigned primaries = 0;
    for (unsigned i = 0; i < videos->len; i++) {
        const RvVideo *video = videos->pdata[i];
        if (!g_strcmp0(video->model, "none") && videos->len > 1)
            rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, device(check, "video", i), NULL,
                         "a video of type none must be the only one");
        if (video->primary == RV_TRISTATE_ON && ++primaries > 1)
            rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, device(check, "video", i), NULL,
                         "another video is primary, too");
    }
}

/* ---- Memory --------------------------------------------------------------------------------- */

static void check_memory_nodes(const Check *check)
{
    const RvDomainDef *def = check->def;
    for (unsigned i = 0; i < def->memories->len; i++) {
        int node = ((const RvMemory *)def->memories->pdata[i])->node;
        if (node < 0 || (unsigned)node < def->numa.cells->len)
            continue;
        const RvXmlNode *target = rv_xml_node_child(device(check, "memory", i), "target", 0);
        rv_xml_error(check->reader, RV_ERR_XML_DETAIL, rv_xml_node_child(target, "node", 0), NULL,
                     "the guest has no NUMA node %d: <cpu><numa> says %u", node,
                     def->numa.cells->len);
    }
}

/* ---- Sound ---------------------------------------------------------------------------------- */

/* `id` 0: none is said. */
static void check_audio_id(const Check *check, const GHashTable *ids, const char *name,
                           unsigned number, unsigned id)
{
    if (id && !g_hash_table_contains((GHashTable *)ids, GUINT_TO_POINTER(id)))
        rv_xml_error(check->reader, RV_ERR_XML,
                     rv_xml_node_child(device(check, name, number), "audio", 0), "id",
                     "there is no <audio> with this id");
}

static void check_audios(const Check *check)
{
    const RvDomainDef *def = check->def;
    g_autoptr(GHashTable) ids = g_hash_table_new(NULL, NULL);
    for (unsigned i = 0; i < def->audios->len; i++) {
        unsigned id = ((RvAudio *)def->audios->pdata[i])->id;
        if (!g_hash_table_add(ids, GUINT_TO_POINTER(id)))
            rv_xml_error(check->reader, RV_ERR_XML, device(check, "audio", i), "id",
                         "another <audio> has id %u, too", id);
    }
    for (unsigned i = 0; i < def->sounds->len; i++)
        check_audio_id(check, ids, "sound", i, ((RvSound *)def->sounds->pdata[i])->audio);
    for (unsigned i = 0; i < def->graphics->len; i++) {
        const RvGraphics *graphics = def->graphics->pdata[i];
        if (graphics->type == RV_GRAPHICS_VNC)
            check_audio_id(check, ids, "graphics", i, graphics->audio);
    }
}

/* ---- Aliases -------------------------------------------------------------------------------- */

/* The user's own names, over all kinds of devices. libvirt leaves out the first serial port, which
 * the first console repeats, and knows none of a screen's. */
static void check_aliases(const Check *check)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    bool serial = false;
    for (const RvXmlNode *node = check->devices->children; node; node = node->next) {
        const RvXmlNode *alias = rv_xml_node_child(node, "alias", 0);
        const RvXmlAttribute *name =
            alias == node ? NULL : rv_xml_node_attribute(alias, "name");
        bool first = !serial && !strcmp(node->name, "serial");
        serial |= first;
        if (!name || first || !g_str_has_prefix(name->value, "ua-") ||
            !strcmp(node->name, "graphics"))
            continue;
        if (!g_hash_table_add(names, (char *)name->value))
            rv_xml_error(check->reader, RV_ERR_CONFIG_UNSUPPORTED, alias, "name",
                         "another device has the alias '%s', too", name->value);
    }
}

/* ---- Labels --------------------------------------------------------------------------------- */

static void check_chardev_labels(const Check *check, const char *name, const GPtrArray *chardevs)
{
    for (unsigned i = 0; i < chardevs->len; i++) {
        const RvChardev *chardev = chardevs->pdata[i];
        if (chardev->source.labels->len)
            rv_device_labels_check_domain(check->reader,
                                          rv_xml_node_child(device(check, name, i), "source", 0),
                                          chardev->source.labels, check->def->seclabels);
    }
}

static void check_labels(const Check *check)
{
    const RvDomainDef *def = check->def;
    rv_seclabels_check(check->reader, check->domain, def->seclabels);
    check_chardev_labels(check, "serial", def->serials);
    check_chardev_labels(check, "parallel", def->parallels);
    check_chardev_labels(check, "console", def->consoles);
    check_chardev_labels(check, "channel", def->channels);
}

void rv_domain_def_check(RvXmlReader *reader, const RvXmlNode *node, const RvDomainDef *def)
{
    const Check check = {
        .reader = reader,
        .domain = node,
        .devices = rv_xml_node_child(node, "devices", 0),
        .def = def,
    };
    check_head(&check);
    check_targets(&check);
    check_boot(&check);
    check_indexes(&check);
    check_usb(&check);
    check_hostdevs(&check);
    check_videos(&check);
    check_memory_nodes(&check);
    check_audios(&check);
    check_aliases(&check);
    check_labels(&check);
}
