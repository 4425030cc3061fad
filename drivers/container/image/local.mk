# SPDX-License-Identifier: LGPL-2.1-or-later
# Images: what they consist of, how they come in, where they are kept, how they are mounted.
CONTAINER_IMAGE_SOURCES = \
	drivers/container/image/catalog.c drivers/container/image/catalog.h \
	drivers/container/image/digest.c drivers/container/image/digest.h \
	drivers/container/image/import.c drivers/container/image/import.h \
	drivers/container/image/inflate.c drivers/container/image/inflate.h \
	drivers/container/image/json-reader.c drivers/container/image/json-reader.h \
	drivers/container/image/layout.c drivers/container/image/layout.h \
	drivers/container/image/oci.c drivers/container/image/oci.h \
	drivers/container/image/ops.c drivers/container/image/ops.h \
	drivers/container/image/root.c drivers/container/image/root.h \
	drivers/container/image/stage.c drivers/container/image/stage.h \
	drivers/container/image/store.c drivers/container/image/store.h \
	drivers/container/image/tree.c drivers/container/image/tree.h \
	drivers/container/image/unpack.c drivers/container/image/unpack.h \
	drivers/container/image/use.c drivers/container/image/use.h \
	drivers/container/image/volumes.c drivers/container/image/volumes.h
