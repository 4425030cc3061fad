# SPDX-License-Identifier: LGPL-2.1-or-later
CONTAINER_SOURCES = \
	drivers/container/accounts.c drivers/container/accounts.h \
	drivers/container/addresses.c drivers/container/addresses.h \
	drivers/container/adopt.c drivers/container/adopt.h \
	drivers/container/binds.c drivers/container/binds.h \
	drivers/container/blockfs.c drivers/container/blockfs.h \
	drivers/container/bundle.c drivers/container/bundle.h \
	drivers/container/cgroup.c drivers/container/cgroup.h \
	drivers/container/console.c drivers/container/console.h \
	drivers/container/container.c drivers/container/container.h \
	drivers/container/definition.c drivers/container/definition.h \
	drivers/container/devices.c drivers/container/devices.h \
	drivers/container/exec.c drivers/container/exec.h drivers/container/exit.c drivers/container/exit.h \
	drivers/container/export.c drivers/container/export.h \
	drivers/container/files.c drivers/container/files.h \
	drivers/container/filesystems.c drivers/container/filesystems.h \
	drivers/container/guest.c drivers/container/guest.h \
	drivers/container/holder.c drivers/container/holder.h \
	drivers/container/health.c drivers/container/health.h \
	drivers/container/host-ops.c drivers/container/host-ops.h \
	drivers/container/host.c drivers/container/host.h \
	drivers/container/ids.c drivers/container/ids.h \
	drivers/container/life.c drivers/container/life.h \
	drivers/container/loan.c drivers/container/loan.h \
	drivers/container/loop.c drivers/container/loop.h \
	drivers/container/namespace.c drivers/container/namespace.h \
	drivers/container/native.c drivers/container/native.h \
	drivers/container/native-text.c drivers/container/native-text.h \
	drivers/container/network.c drivers/container/network.h \
	drivers/container/partition.c drivers/container/partition.h \
	drivers/container/profile.c drivers/container/profile.h \
	drivers/container/resources.c drivers/container/resources.h \
	drivers/container/runtime.c drivers/container/runtime.h \
	drivers/container/secrets.c drivers/container/secrets.h \
	drivers/container/share.c drivers/container/share.h \
	drivers/container/shutdown.c drivers/container/shutdown.h \
	drivers/container/start.c drivers/container/start.h \
	drivers/container/stats.c drivers/container/stats.h \
	drivers/container/support.c drivers/container/support.h \
	drivers/container/tune.c drivers/container/tune.h \
	drivers/container/holder-protocol.h

# No library: there is one for each daemon, beside which nothing should weigh much.
pkglibexec_PROGRAMS += drivers/container/reeve-console-holder
drivers_container_reeve_console_holder_SOURCES = \
	drivers/container/holder-main.c drivers/container/holder-protocol.h
