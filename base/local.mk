# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	base/banned.h base/cgroup.h base/process.h \
	base/enum.c base/enum.h base/error.c base/error.h base/fd.c base/fd.h base/file.c base/file.h \
	base/log.c base/log.h base/loop.c base/loop.h base/pool.c base/pool.h base/uuid.c base/uuid.h
BASE_LIBS = libbase.a $(CAPNG_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)
