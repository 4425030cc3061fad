/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* Takes away what a dump for another host leaves out, so that older versions of libvirt take it:
 * what each version adds by itself (its only USB controller, PCI's root, the default audio backend,
 * panic devices of a machine, sockets of channels in our own folder), as libvirt's QEMU driver does
 * it for VIR_DOMAIN_XML_MIGRATABLE. Of a live definition also what the emulator made of its CPU. */
void kvm_make_migratable(const RvDriverHost *host, RvDomainDef *def, bool live);

/* Takes the paths of sockets away that a daemon, libvirt's or ours, chose for one start: a dump of a
 * running guest can be defined again. */
void kvm_forget_sockets(const RvDriverHost *host, RvDomainDef *def);
