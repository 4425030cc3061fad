# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	base/banned.h base/cgroup.h base/enum.h base/error.h base/fd.h base/file.h base/log.h \
	base/loop.h base/pool.h base/process.h base/uuid.h
BASE_LIBS = libbase.a $(CAPNG_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)
