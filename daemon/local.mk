# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libdaemon.a
libdaemon_a_SOURCES = \
	daemon/change.c daemon/change.h \
	daemon/console.c daemon/console.h \
	daemon/core.h \
	daemon/dispatch.c daemon/dispatch.h \
	daemon/draft.c daemon/draft.h \
	daemon/database.c daemon/database.h \
	daemon/domain.c daemon/domain.h \
	daemon/driver-set.c daemon/driver-set.h \
	daemon/dump.c daemon/dump.h \
	daemon/event.c daemon/event.h \
	daemon/exec.c daemon/exec.h \
	daemon/fd-queue.c daemon/fd-queue.h \
	daemon/host.c daemon/host.h \
	daemon/import.c daemon/import.h \
	daemon/instance.c daemon/instance.h \
	daemon/job.c daemon/job.h \
	daemon/network.c daemon/network.h \
	daemon/network-update.c daemon/network-update.h \
	daemon/network-use.c daemon/network-use.h \
	daemon/object.c daemon/object.h \
	daemon/object-kinds.c \
	daemon/object-life.c daemon/object-life.h \
	daemon/guest-report.c daemon/guest-report.h \
	daemon/lifecycle.c daemon/lifecycle.h \
	daemon/paths.c daemon/paths.h \
	daemon/poller.c daemon/poller.h \
	daemon/pool.c daemon/pool.h \
	daemon/pool-use.c daemon/pool-use.h \
	daemon/recover.c \
	daemon/procedures.h \
	daemon/procedures-address.c \
	daemon/procedures-connect.c \
	daemon/procedures-console.c \
	daemon/procedures-definition.c \
	daemon/procedures-device.c \
	daemon/procedures-domain.c \
	daemon/procedures-domain-stats.c \
	daemon/procedures-dump.c \
	daemon/procedures-event.c \
	daemon/procedures-exec.c \
	daemon/procedures-file.c \
	daemon/procedures-image.c \
	daemon/procedures-life.c \
	daemon/procedures-list.c \
	daemon/procedures-log.c \
	daemon/procedures-metadata.c \
	daemon/procedures-lxc.c \
	daemon/procedures-native.c \
	daemon/procedures-network.c \
	daemon/procedures-node.c \
	daemon/procedures-object.c daemon/procedures-object.h \
	daemon/procedures-pool.c \
	daemon/procedures-reeve.c \
	daemon/procedures-save.c \
	daemon/procedures-stats.c \
	daemon/procedures-limits.c \
	daemon/procedures-schedule.c \
	daemon/procedures-screenshot.c \
	daemon/procedures-tune.c \
	daemon/procedures-volume.c \
	daemon/tune.c daemon/tune.h \
	daemon/transfer.c daemon/transfer.h \
	daemon/volume-call.c daemon/volume-call.h \
	daemon/warning.c daemon/warning.h \
	daemon/warning.c daemon/warning.h \
	daemon/programs.c \
	daemon/save.c daemon/save.h \
	daemon/save-image.c daemon/save-image.h \
	daemon/registry.c daemon/registry.h \
	daemon/run-state.c daemon/run-state.h \
	daemon/server.c daemon/server.h \
	daemon/session.c daemon/session.h \
	daemon/settings.c daemon/settings.h \
	daemon/store.c daemon/store.h \
	daemon/store-change.c daemon/store-change.h \
	daemon/store-read.c \
	daemon/stream.c daemon/stream.h
sbin_PROGRAMS += daemon/reeved
daemon_reeved_SOURCES = daemon/main.c
daemon_reeved_LDADD = $(DAEMON_LIBS)
DAEMON_LIBS = libdaemon.a $(DRIVERS_LIBS) $(MODEL_LIBS) $(WIRE_LIBS) $(BASE_LIBS) $(SQLITE_LIBS)
