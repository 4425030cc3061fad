# SPDX-License-Identifier: LGPL-2.1-or-later
KVM_SOURCES = \
	drivers/kvm/accelerator.c drivers/kvm/accelerator.h \
	drivers/kvm/alias.c drivers/kvm/alias.h \
	drivers/kvm/bus.c drivers/kvm/bus.h \
	drivers/kvm/capabilities.c drivers/kvm/capabilities.h \
	drivers/kvm/check-devices.c drivers/kvm/check-devices.h \
	drivers/kvm/check.c drivers/kvm/check.h \
	drivers/kvm/command-line-device.c drivers/kvm/command-line-device.h \
	drivers/kvm/command-line-disk.c \
	drivers/kvm/command-line.c drivers/kvm/command-line.h \
	drivers/kvm/defaults.c drivers/kvm/defaults.h \
	drivers/kvm/definition.c drivers/kvm/definition.h \
	drivers/kvm/device-models.c drivers/kvm/device-models.h \
	drivers/kvm/emulator.c drivers/kvm/emulator.h \
	drivers/kvm/emulators.c drivers/kvm/emulators.h \
	drivers/kvm/host.c drivers/kvm/host.h \
	drivers/kvm/image.c drivers/kvm/image.h \
	drivers/kvm/kvm.h \
	drivers/kvm/machine.c drivers/kvm/machine.h \
	drivers/kvm/pci.c drivers/kvm/pci.h \
	drivers/kvm/probe.c drivers/kvm/probe.h \
	drivers/kvm/qmp-line.c drivers/kvm/qmp-line.h \
	drivers/kvm/qmp.c drivers/kvm/qmp.h \
	drivers/kvm/uids.c drivers/kvm/uids.h
