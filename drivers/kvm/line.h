/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An emulator's command line in the making, and what its parts have in common. */

#include <glib.h>
#include <jansson.h>

#include "drivers/kvm/emulator.h"
#include "drivers/kvm/machine.h"
#include "model/domain-def.h"

/* What a start has got ready. Numbers of descriptors are those in the emulator. */
typedef struct {
    const KvmEmulator *emulator;
    int monitor_fd; /* a listening socket; -1: none, for a command line to be read by people */
    GHashTable *fds; /* RvDisk, RvChardev or RvInterface to its descriptor; NULL: name paths */
    const char *kernel, *initrd; /* paths that the emulator can open; NULL: the definition's */
} KvmLaunch;

typedef struct {
    const RvDomainDef *def;
    const KvmLaunch *launch;
    const KvmMachineFamily *family;
    GPtrArray *args;
} KvmLine;

void kvm_line_add(KvmLine *line, const char *option, const char *format, ...) G_GNUC_PRINTF(3, 4);
void kvm_line_add_json(KvmLine *line, const char *option, json_t *json); /* taken over */

/* A text as a value among the commas of an option: commas doubled. To be freed. */
char *kvm_line_escape(const char *text);

/* The descriptor of a device, or -1. */
int kvm_line_fd(const KvmLine *line, const void *device);

/* `value` NULL: not at all. */
void kvm_line_set(json_t *object, const char *name, const char *value);

/* An object for -device, with its id and its place on the PCI bus or none. */
json_t *kvm_line_device(const KvmLine *line, const char *driver, const RvDevice *device);

/* The place of a disk or interface in the order of booting; 0: none. */
unsigned kvm_line_boot_index(const KvmLine *line, const void *device);

/* Devices: in command-line-device.c and command-line-disk.c. */
void kvm_line_add_controllers(KvmLine *line);
void kvm_line_add_disks(KvmLine *line);
void kvm_line_add_other_devices(KvmLine *line);
