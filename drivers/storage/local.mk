# SPDX-License-Identifier: LGPL-2.1-or-later
STORAGE_SOURCES = \
	drivers/storage/change.c \
	drivers/storage/copy.c drivers/storage/copy.h \
	drivers/storage/create.c \
	drivers/storage/folder.c drivers/storage/folder.h \
	drivers/storage/header.c drivers/storage/header.h \
	drivers/storage/image.c drivers/storage/image.h \
	drivers/storage/mount.c drivers/storage/mount.h \
	drivers/storage/pool.c \
	drivers/storage/volume.c
