# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libmodel.a
libmodel_a_SOURCES = \
	model/attachment.c model/attachment.h \
	model/audio.c model/audio.h \
	model/blkiotune.c model/blkiotune.h \
	model/chardev-source.c model/chardev-source.h \
	model/chardev.c model/chardev.h \
	model/clock.c model/clock.h \
	model/container.c model/container.h \
	model/controller.c model/controller.h \
	model/cpu.c \
	model/cpuset.c model/cpuset.h \
	model/cputune.c model/cputune.h \
	model/definition.c model/definition.h \
	model/device.c model/device.h model/device-xml.h \
	model/diagnostics.c model/diagnostics.h \
	model/disk.c model/disk.h \
	model/disk-chain.c \
	model/disk-check.c \
	model/disk-source.c model/disk-source.h \
	model/disk-source-check.c \
	model/domain-check.c \
	model/domain-complete.c \
	model/domain-controllers.c \
	model/domain-def.c model/domain-def.h \
	model/domain-order.c \
	model/domain-settle.c \
	model/domain-state.c model/domain-state.h \
	model/domain-xml.c model/domain-xml.h \
	model/features.c model/features.h \
	model/filesystem.c model/filesystem.h \
	model/format.h \
	model/graphics.c model/graphics.h \
	model/guest-stats.c model/guest-stats.h \
	model/hostdev.c model/hostdev.h \
	model/hub.c model/hub.h \
	model/hyperv.c model/hyperv.h \
	model/input.c model/input.h \
	model/key.c model/key.h \
	model/interface.c model/interface.h \
	model/interface-port.c model/interface-port.h \
	model/iommu.c model/iommu.h \
	model/iothread.c model/iothread.h \
	model/keywrap.c model/keywrap.h \
	model/iotune.c \
	model/launch-security.c model/launch-security.h \
	model/lease.c model/lease.h \
	model/memballoon.c model/memballoon.h \
	model/memory-backing.c model/memory-backing.h \
	model/memory.c model/memory.h \
	model/memtune.c model/memtune.h \
	model/identity.h \
	model/network.c model/network.h \
	model/network-check.c \
	model/network-dns.c model/network-dns.h \
	model/network-ip.c model/network-ip.h \
	model/numa.c model/numa.h \
	model/numatune.c \
	model/nvram.c model/nvram.h \
	model/lxc-namespace.c model/lxc-namespace.h \
	model/oci.c model/oci.h \
	model/os.c \
	model/panic.c model/panic.h \
	model/perf.c model/perf.h \
	model/pool.c model/pool.h \
	model/qemu-namespace.c model/qemu-namespace.h \
	model/redirdev.c model/redirdev.h \
	model/resctrl.c model/resctrl.h \
	model/rng.c model/rng.h \
	model/run.c model/run.h \
	model/seclabel.c model/seclabel.h \
	model/shmem.c model/shmem.h \
	model/smartcard.c model/smartcard.h \
	model/sound.c model/sound.h \
	model/storage-permissions.c model/storage-permissions.h \
	model/storage-secret.c model/storage-secret.h \
	model/support.c model/support.h \
	model/support-plan.c model/support-plan.h \
	model/sysinfo.c model/sysinfo.h \
	model/tpm.c model/tpm.h \
	model/vcpu.c model/vcpu.h \
	model/video.c model/video.h \
	model/volume.c model/volume.h \
	model/vsock.c model/vsock.h \
	model/watchdog.c model/watchdog.h \
	model/xen-namespace.c model/xen-namespace.h \
	model/xml-document.c \
	model/xml-elsewhere.c model/xml-elsewhere.h \
	model/xml-fault.c \
	model/xml-grammar.c \
	model/xml-kind-cpuset.c \
	model/xml-kind-number.c \
	model/xml-kind-size.c \
	model/xml-kind.c \
	model/xml-locate.c model/xml-locate.h \
	model/xml-node.c model/xml-node.h \
	model/xml-object.c \
	model/xml-plan.c model/xml-plan.h \
	model/xml-read.c \
	model/xml-reference.c \
	model/xml-scan.c model/xml-scan.h \
	model/xml-suggest.c model/xml-suggest.h \
	model/xml-table.h \
	model/xml-unknown.c model/xml-unknown.h \
	model/xml-write.c
MODEL_LIBS = libmodel.a $(XML_LIBS)
