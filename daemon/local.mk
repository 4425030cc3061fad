# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libdaemon.a
libdaemon_a_SOURCES = \
	daemon/core.h \
	daemon/dispatch.h \
	daemon/database.c daemon/database.h \
	daemon/domain.c daemon/domain.h \
	daemon/driver-set.c daemon/driver-set.h \
	daemon/event.c daemon/event.h \
	daemon/instance.c daemon/instance.h \
	daemon/job.c daemon/job.h \
	daemon/guest-report.c daemon/guest-report.h \
	daemon/lifecycle.c daemon/lifecycle.h \
	daemon/paths.c daemon/paths.h \
	daemon/recover.c \
	daemon/registry.c daemon/registry.h \
	daemon/run-state.c daemon/run-state.h \
	daemon/settings.c daemon/settings.h \
	daemon/store.c daemon/store.h \
	daemon/store-change.c daemon/store-change.h \
	daemon/store-read.c
DAEMON_LIBS = libdaemon.a $(DRIVERS_LIBS) $(MODEL_LIBS) $(WIRE_LIBS) $(BASE_LIBS) $(SQLITE_LIBS)
