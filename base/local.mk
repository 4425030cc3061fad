# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	base/ip-address.c base/ip-address.h base/banned.h base/cgroup.c base/cgroup.h base/cgroup-dir.c base/cgroup-dir.h \
	base/cgroup-mounts.c base/cgroup-mounts.h base/process.c base/process.h base/spawn.c \
	base/spawn-child.c base/spawn-child.h base/spawn-dev.c base/spawn-dev.h base/spawn-run.c \
	base/claims.c base/claims.h base/enum.c base/enum.h base/error.c base/error.h base/fd.c base/fd.h base/file.c base/file.h \
	base/log.c base/log.h base/loop.c base/loop.h base/netlink.c base/netlink.h \
	base/workers.c base/workers.h base/signal-name.c base/signal-name.h base/uuid.c base/uuid.h
BASE_LIBS = libbase.a $(CAPNG_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)
