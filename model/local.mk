# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libmodel.a
libmodel_a_SOURCES = \
	model/chardev.c model/chardev.h \
	model/controller.c model/controller.h \
	model/definition.c model/definition.h \
	model/device.c model/device.h \
	model/diagnostics.c model/diagnostics.h \
	model/disk.c model/disk.h \
	model/domain-def.c model/domain-def.h \
	model/domain-state.c model/domain-state.h \
	model/graphics.c model/graphics.h \
	model/guest-stats.c model/guest-stats.h \
	model/input.h \
	model/interface.c model/interface.h \
	model/memballoon.h \
	model/rng.h \
	model/video.h \
	model/xml-node.h \
	model/xml-table.h
MODEL_LIBS = libmodel.a $(XML_LIBS)
