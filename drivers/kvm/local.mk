# SPDX-License-Identifier: LGPL-2.1-or-later
KVM_SOURCES = \
	drivers/kvm/accelerator.c drivers/kvm/accelerator.h \
	drivers/kvm/address.c drivers/kvm/address.h \
	drivers/kvm/adopt.c drivers/kvm/adopt.h \
	drivers/kvm/alias.c drivers/kvm/alias.h \
	drivers/kvm/capabilities.c drivers/kvm/capabilities.h \
	drivers/kvm/check-addresses.c \
	drivers/kvm/check-chardevs.c \
	drivers/kvm/check-controllers.c \
	drivers/kvm/check-devices.c drivers/kvm/check-devices.h \
	drivers/kvm/check-disks.c \
	drivers/kvm/check-filesystems.c \
	drivers/kvm/check-hostdevs.c \
	drivers/kvm/check-interfaces.c \
	drivers/kvm/check-machine.c drivers/kvm/check-machine.h \
	drivers/kvm/check-peripherals.c \
	drivers/kvm/check-screens.c \
	drivers/kvm/check.c drivers/kvm/check.h \
	drivers/kvm/command-line-device.c \
	drivers/kvm/command-line-disk.c \
	drivers/kvm/command-line.c drivers/kvm/command-line.h \
	drivers/kvm/console.c drivers/kvm/console.h \
	drivers/kvm/cpu.c drivers/kvm/cpu.h \
	drivers/kvm/default-devices.c drivers/kvm/default-devices.h \
	drivers/kvm/defaults.c drivers/kvm/defaults.h \
	drivers/kvm/definition.c drivers/kvm/definition.h \
	drivers/kvm/migratable.c drivers/kvm/migratable.h \
	drivers/kvm/device-list.c drivers/kvm/device-list.h \
	drivers/kvm/device-models.c drivers/kvm/device-models.h \
	drivers/kvm/emulator.c drivers/kvm/emulator.h \
	drivers/kvm/emulators.c drivers/kvm/emulators.h \
	drivers/kvm/events.c drivers/kvm/events.h \
	drivers/kvm/guest.c drivers/kvm/guest.h \
	drivers/kvm/holders.c drivers/kvm/holders.h \
	drivers/kvm/host-model.c drivers/kvm/host-model.h \
	drivers/kvm/host-ops.c drivers/kvm/host-ops.h \
	drivers/kvm/host.h \
	drivers/kvm/image.c drivers/kvm/image.h \
	drivers/kvm/kvm.c drivers/kvm/kvm.h \
	drivers/kvm/life.c drivers/kvm/life.h \
	drivers/kvm/line.c drivers/kvm/line.h \
	drivers/kvm/machine.c drivers/kvm/machine.h \
	drivers/kvm/network.c drivers/kvm/network.h \
	drivers/kvm/output.c drivers/kvm/output.h \
	drivers/kvm/pci.c drivers/kvm/pci.h \
	drivers/kvm/pci-bus.c drivers/kvm/pci-bus.h \
	drivers/kvm/pci-chipset.c drivers/kvm/pci-chipset.h \
	drivers/kvm/pci-plug.c drivers/kvm/pci-plug.h \
	drivers/kvm/ports.c drivers/kvm/ports.h \
	drivers/kvm/probe.c drivers/kvm/probe.h \
	drivers/kvm/qmp-line.c drivers/kvm/qmp-line.h \
	drivers/kvm/qmp.c drivers/kvm/qmp.h \
	drivers/kvm/refusal.h \
	drivers/kvm/setup.c drivers/kvm/setup.h \
	drivers/kvm/socket.c drivers/kvm/socket.h \
	drivers/kvm/start-error.c drivers/kvm/start-error.h \
	drivers/kvm/start.c drivers/kvm/start.h \
	drivers/kvm/support.c drivers/kvm/support.h \
	drivers/kvm/stats.c drivers/kvm/stats.h \
	drivers/kvm/usb.c drivers/kvm/usb.h \
	drivers/kvm/virtio-serial.c drivers/kvm/virtio-serial.h \
	drivers/kvm/tune.c drivers/kvm/tune.h \
	drivers/kvm/uids.c drivers/kvm/uids.h \
	drivers/kvm/vcpu-stats.c drivers/kvm/vcpu-stats.h
