# SPDX-License-Identifier: LGPL-2.1-or-later
# The driver knows libxl by a program only, so that it is built where there is no libxl.
XEN_SOURCES = \
	drivers/xen/capabilities.c drivers/xen/capabilities.h \
	drivers/xen/config-chardev.c drivers/xen/config-chardev.h \
	drivers/xen/config-cpu.c drivers/xen/config-cpu.h \
	drivers/xen/config-device.c drivers/xen/config-device.h \
	drivers/xen/config-hostdev.c drivers/xen/config-hostdev.h \
	drivers/xen/config-read.c \
	drivers/xen/config-screen.c drivers/xen/config-screen.h \
	drivers/xen/config.c drivers/xen/config.h \
	drivers/xen/console.c drivers/xen/console.h \
	drivers/xen/definition.c drivers/xen/definition.h \
	drivers/xen/device.c drivers/xen/device.h \
	drivers/xen/guest.c drivers/xen/guest.h \
	drivers/xen/host-description.c drivers/xen/host-description.h \
	drivers/xen/host.c drivers/xen/host.h \
	drivers/xen/hostdev.c drivers/xen/hostdev.h \
	drivers/xen/life.c drivers/xen/life.h \
	drivers/xen/model-stats.c drivers/xen/model-stats.h \
	drivers/xen/native-boot.c drivers/xen/native-chardev.c drivers/xen/native-disk.c \
	drivers/xen/native-hostdev.c drivers/xen/native-interface.c drivers/xen/native-machine.c \
	drivers/xen/native-screen.c drivers/xen/native-text.c drivers/xen/native-text.h \
	drivers/xen/native.c drivers/xen/native.h \
	drivers/xen/prepare.c drivers/xen/prepare.h \
	drivers/xen/save.c drivers/xen/save.h \
	drivers/xen/start.c drivers/xen/start.h \
	drivers/xen/stats.c drivers/xen/stats.h \
	drivers/xen/support.c drivers/xen/support.h \
	drivers/xen/toolstack.c drivers/xen/toolstack.h \
	drivers/xen/tune.c drivers/xen/tune.h \
	drivers/xen/watcher.c drivers/xen/watcher.h \
	drivers/xen/xen.c drivers/xen/xen.h

if HAVE_XEN
pkglibexec_PROGRAMS += drivers/xen/reeve-libxl
drivers_xen_reeve_libxl_SOURCES = \
	drivers/xen/toolstack/change.c \
	drivers/xen/toolstack/device-model.c drivers/xen/toolstack/device-model.h \
	drivers/xen/toolstack/device.c \
	drivers/xen/toolstack/life.c \
	drivers/xen/toolstack/main.c \
	drivers/xen/toolstack/report.c drivers/xen/toolstack/report.h \
	drivers/xen/toolstack/session.c drivers/xen/toolstack/session.h \
	drivers/xen/toolstack/watch.c drivers/xen/toolstack/watch.h
drivers_xen_reeve_libxl_CPPFLAGS = $(AM_CPPFLAGS) $(XEN_CFLAGS)
drivers_xen_reeve_libxl_LDADD = $(BASE_LIBS) $(XEN_LIBS)
endif
