/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Definitions as configuration files of xl (xen-xl) and of its forerunner xm (xen-xm), and back, in
 * the way of libvirt's libxl driver: the same settings for the same document, and the same document
 * for the same settings. What is read becomes a document, so that the model's rules hold for it.
 *
 * A part of a configuration is a pair of functions, one for each direction; they are in the files
 * native-*.c and in the table of native.c.
 */

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"

extern const RvNativeFormat xen_native_formats[];
char *xen_to_native(const RvDriverHost *host, const RvNativeFormat *format, const RvDomainDef *def,
                    GError **error);
char *xen_from_native(const RvDriverHost *host, const RvNativeFormat *format, const char *text,
                      char **ret_ignored, GError **error);

/* The document of what xl's settings say, of which those that it understands are taken away. */
G_GNUC_WARN_UNUSED_RESULT char *xen_native_document(json_t *settings, GError **error);

/* ---- For native-*.c ------------------------------------------------------------------------- */

typedef struct {
    bool xm;          /* else xl */
    json_t *settings; /* written so far; when reading: what no part has taken */
    /* When reading: */
    RvOsType type;
    GString *domain, *features, *clock, *cpu, *devices; /* what goes into these elements */
    const char *cpu_mode; /* NULL: not said */
} XenNative;

typedef struct {
    bool (*read)(XenNative *native, GError **error);
    bool (*write)(XenNative *native, const RvDomainDef *def, GError **error);
} XenNativePart;

extern const XenNativePart xen_native_identity, xen_native_memory, xen_native_vcpus,
    xen_native_actions, xen_native_features, xen_native_timers, xen_native_clock,
    xen_native_emulator, xen_native_boot, xen_native_cpuid, xen_native_numa, xen_native_xenbus,
    xen_native_arguments;
extern const XenNativePart xen_native_disks, xen_native_interfaces, xen_native_pci,
    xen_native_usb_devices, xen_native_usb_controllers, xen_native_screen, xen_native_spice,
    xen_native_ports, xen_native_channels, xen_native_sound, xen_native_inputs;

/* Takes a setting away and gives its value, or what stands for it where it is absent. A value of
 * another kind is an error; a number may be written as a text and a text as a number. */
G_GNUC_WARN_UNUSED_RESULT bool xen_native_text(XenNative *native, const char *name, char **ret,
                                               GError **error); /* NULL: absent */
G_GNUC_WARN_UNUSED_RESULT bool xen_native_number(XenNative *native, const char *name,
                                                 int64_t fallback, int64_t *ret, GError **error);
/* Of texts, NULL-terminated; a single text is a list of one. */
G_GNUC_WARN_UNUSED_RESULT bool xen_native_list(XenNative *native, const char *name, char ***ret,
                                               GError **error);

/* NAME=VALUE of "NAME=VALUE,NAME=VALUE": the value, NULL where there is none. */
const char *xen_native_find(char *const *parts, const char *name);

void xen_native_put_text(XenNative *native, const char *name, const char *value); /* NULL: nothing */
void xen_native_put_number(XenNative *native, const char *name, int64_t value);
void xen_native_add(XenNative *native, const char *name, const char *value); /* to a list */

/* <name>value</name>, escaped; nothing for NULL. Then the same with all of printf(). */
void xen_native_element(GString *xml, const char *name, const char *value);
#define xen_native_xml(xml, ...)                                                                   \
    do {                                                                                           \
        char *text_ = g_markup_printf_escaped(__VA_ARGS__);                                        \
        g_string_append(xml, text_);                                                               \
        g_free(text_);                                                                             \
    } while (0)
