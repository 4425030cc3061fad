/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The arguments of devices: the larger part of kvm_command_line(). */

#include <jansson.h>

#include "drivers/kvm/command-line.h"
#include "drivers/kvm/machine.h"

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

/* An object for -device, with its id and its place on the PCI bus or none. */
json_t *kvm_line_device(const KvmLine *line, const char *driver, const RvDevice *device);

void kvm_line_add_controllers(KvmLine *line);
void kvm_line_add_disks(KvmLine *line);
void kvm_line_add_other_devices(KvmLine *line);

/* The place of a disk or interface in the order of booting; 0: none. */
unsigned kvm_line_boot_index(const KvmLine *line, const void *device);
