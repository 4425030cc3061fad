/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/attachment.h"

#include <string.h>

#include "base/error.h"

/* A domain with nothing but the device, which so is read and checked by the rules that hold for it
 * in a domain. */
static char *wrap(const char *xml, RvVirtType virt)
{
    const char *end = g_str_has_prefix(xml, "<?xml") ? strstr(xml, "?>") : NULL;
    return g_strdup_printf("<domain type='%s'><name>device</name><memory>1</memory>"
                           "<os><type>hvm</type></os><devices>%s</devices></domain>",
                           rv_virt_type_to_string(virt), end ? end + strlen("?>") : xml);
}

RvDomainDef *rv_attachment_parse(const char *xml, RvVirtType virt, RvAttachment *ret,
                                 GError **error)
{
    g_autofree char *text = wrap(xml, virt);
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(text, strlen(text), NULL, error);
    if (!def)
        return NULL;
    if (def->disks->len + def->interfaces->len + def->hostdevs->len != 1) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "only one disk, one interface or one device of the host can be attached, "
                     "detached or updated at a time");
        return NULL;
    }
    *ret = (RvAttachment){0};
    if (def->disks->len)
        ret->disk = def->disks->pdata[0];
    else if (def->interfaces->len)
        ret->interface = def->interfaces->pdata[0];
    else
        ret->hostdev = def->hostdevs->pdata[0];
    return g_steal_pointer(&def);
}

static bool same_mac(const RvMac *one, const RvMac *other)
{
    return memcmp(one, other, sizeof(*one)) == 0;
}

/* A USB device of a running guest has got a place, where a document may say only what it is. */
static bool same_hostdev(const RvHostdev *one, const RvHostdev *other)
{
    if (one->mode != other->mode || one->type != other->type)
        return false;
    if (one->type == RV_HOSTDEV_USB && (!one->address.bus || !other->address.bus))
        return one->vendor == other->vendor && one->product == other->product;
    if (one->type == RV_HOSTDEV_USB)
        return one->address.bus == other->address.bus &&
               one->address.device == other->address.device;
    g_autofree char *key = rv_hostdev_key(one), *other_key = rv_hostdev_key(other);
    return strcmp(key, other_key) == 0;
}

/* Where it is in its list; -1: nowhere. */
static int find_place(const RvDomainDef *def, const RvAttachment *like)
{
    for (guint i = 0; like->disk && i < def->disks->len; i++)
        if (g_strcmp0(((const RvDisk *)def->disks->pdata[i])->target, like->disk->target) == 0)
            return (int)i;
    for (guint i = 0; like->interface && i < def->interfaces->len; i++)
        if (same_mac(&((const RvInterface *)def->interfaces->pdata[i])->mac, &like->interface->mac))
            return (int)i;
    for (guint i = 0; like->hostdev && i < def->hostdevs->len; i++)
        if (same_hostdev(def->hostdevs->pdata[i], like->hostdev))
            return (int)i;
    return -1;
}

/* What a document names it by. */
static char *describe(const RvAttachment *device)
{
    if (device->disk)
        return g_strdup_printf("disk '%s'", device->disk->target ? device->disk->target : "");
    if (device->hostdev)
        return rv_hostdev_key(device->hostdev);
    const unsigned char *b = device->interface->mac.bytes;
    return g_strdup_printf("interface with MAC address %02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1],
                           b[2], b[3], b[4], b[5]);
}

static bool find(const RvDomainDef *def, const RvAttachment *like, int *ret_place, GError **error)
{
    *ret_place = find_place(def, like);
    if (*ret_place >= 0)
        return true;
    g_autofree char *text = describe(like);
    rv_error_set(error, RV_ERR_DEVICE_MISSING, "domain '%s' has no %s", def->name, text);
    return false;
}

bool rv_attachment_find(const RvDomainDef *def, const RvAttachment *like, RvAttachment *ret,
                        GError **error)
{
    int place;
    if (!find(def, like, &place, error))
        return false;
    *ret = (RvAttachment){
        .disk = like->disk ? def->disks->pdata[place] : NULL,
        .interface = like->interface ? def->interfaces->pdata[place] : NULL,
        .hostdev = like->hostdev ? def->hostdevs->pdata[place] : NULL,
    };
    return true;
}

static GPtrArray *list_of(const RvDomainDef *def, const RvAttachment *device)
{
    return device->disk ? def->disks : device->interface ? def->interfaces : def->hostdevs;
}

static const RvXmlType *type_of(const RvAttachment *device)
{
    return device->disk        ? &rv_disk_xml
           : device->interface ? &rv_interface_xml
                               : &rv_hostdev_xml;
}

static void *copy(const RvAttachment *device)
{
    const void *own = device->disk        ? (const void *)device->disk
                      : device->interface ? (const void *)device->interface
                                          : (const void *)device->hostdev;
    return rv_xml_copy(type_of(device), own);
}

static void free_device(const RvAttachment *like, void *device)
{
    rv_xml_free(type_of(like), device);
}

bool rv_attachment_add(RvDomainDef *def, const RvAttachment *device, GError **error)
{
    if (find_place(def, device) >= 0) {
        g_autofree char *text = describe(device);
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "domain '%s' has a %s already", def->name,
                     text);
        return false;
    }
    g_ptr_array_add(list_of(def, device), copy(device));
    return true;
}

bool rv_attachment_replace(RvDomainDef *def, const RvAttachment *device, GError **error)
{
    int place;
    if (!find(def, device, &place, error))
        return false;
    GPtrArray *list = list_of(def, device);
    free_device(device, list->pdata[place]);
    list->pdata[place] = copy(device);
    return true;
}

bool rv_attachment_remove(RvDomainDef *def, const RvAttachment *like, GError **error)
{
    int place;
    if (!find(def, like, &place, error))
        return false;
    free_device(like, g_ptr_array_steal_index(list_of(def, like), (guint)place));
    return true;
}
