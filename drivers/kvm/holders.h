/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which guest uses which image, so that an error about one that is in use can say by whom. What
 * keeps two guests from one image are the locks that emulators take on it, not this. [any]
 */

#include <sys/stat.h>

#include "drivers/driver.h"

void kvm_holders_add(const RvDriverHost *host, const struct stat *image, const char *guest);
void kvm_holders_remove(const RvDriverHost *host, const char *guest);
/* The name of another guest than `guest` that has one of the disks of `def`, to be freed; NULL:
 * none of ours. `ret_disk` (borrowed from def) is the disk. [job] */
char *kvm_holders_find(const RvDriverHost *host, const RvDomainDef *def, const RvDisk **ret_disk);
