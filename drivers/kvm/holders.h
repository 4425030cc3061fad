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
/* The name of the guest that has this disk's image, to be freed; NULL: none of ours. [job] */
char *kvm_holders_find(const RvDriverHost *host, const RvDisk *disk);
