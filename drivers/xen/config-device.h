/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Parts of devices in the words that libxl and xl's configuration files share. */

#include <jansson.h>

#include "model/domain-def.h"

/* Of libxl's JSON; nothing for NULL. A bool is its defbool: a text, so that there is a third value. */
void xen_config_set_text(json_t *object, const char *name, const char *value);
void xen_config_set_bool(json_t *object, const char *name, bool value);

enum { XEN_VNC_PORT = 5900 }; /* of display 0 */
/* Where screens are that do not say it. */
#define XEN_SCREEN_ADDRESS "127.0.0.1"

/* The back end that libvirt's name of a driver means. NULL: it cannot be; only where it has one. */
G_GNUC_WARN_UNUSED_RESULT const char *xen_config_disk_backend(const RvDisk *disk, GError **error);
/* NULL: Xen knows no images of its format. */
G_GNUC_WARN_UNUSED_RESULT const char *xen_config_disk_format(const RvDisk *disk, GError **error);
/* A path, or QEMU's name of what is on the network; *ret NULL: there is no medium. */
G_GNUC_WARN_UNUSED_RESULT bool xen_config_disk_source(const RvDiskSource *source, char **ret,
                                                      GError **error);

/* A name that Xen gives to an interface, which belongs to one life of a domain. */
bool xen_config_is_given(const char *name);
char *xen_config_mac(const RvInterface *interface);
char *xen_config_bridge(const RvInterface *interface); /* with VLANs; NULL: none */
char *xen_config_ips(const RvInterface *interface);    /* NULL: none */
const char *xen_config_script(const RvInterface *interface); /* NULL: the usual one */

/* Letters of what to boot from, in turn. */
char *xen_config_boot_order(const RvDomainDef *def);
/* The models of an HVM guest's sound devices, with commas; NULL: it has none. */
char *xen_config_sound(const RvDomainDef *def);
