# SPDX-License-Identifier: LGPL-2.1-or-later
TEST_SOURCES = \
	drivers/test/console.c drivers/test/console.h drivers/test/definition.c \
	drivers/test/definition.h drivers/test/device.c drivers/test/device.h drivers/test/faults.c drivers/test/faults.h drivers/test/host.c \
	drivers/test/host.h drivers/test/instance.c drivers/test/instance.h drivers/test/life.c \
	drivers/test/life.h drivers/test/save.c drivers/test/save.h drivers/test/shell.c drivers/test/shell.h drivers/test/stats.c \
	drivers/test/stats.h drivers/test/test.c drivers/test/test.h
