# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libdrivers.a
libdrivers_a_SOURCES = drivers/driver.h drivers/drivers.c drivers/trace.c \
	drivers/guest-log.c drivers/guest-log.h drivers/image.c drivers/image.h \
	drivers/interface-stats.c drivers/interface-stats.h \
	drivers/limits.c drivers/limits.h \
	drivers/network.h \
	drivers/pool.h drivers/volume.h \
	drivers/reference.c drivers/reference.h \
	drivers/x86-feature.c drivers/x86-feature.h \
	drivers/x86-model.c drivers/x86-model.h
libdrivers_a_SOURCES += $(CONTAINER_SOURCES) $(KVM_SOURCES) $(TEST_SOURCES) $(CONTAINER_IMAGE_SOURCES) \
	$(STORAGE_SOURCES) $(XEN_SOURCES) $(NETWORK_SOURCES)
DRIVERS_LIBS = libdrivers.a $(ARCHIVE_LIBS) $(BLKID_LIBS) $(CRYPTO_LIBS)
include drivers/container/local.mk
include drivers/container/image/local.mk
include drivers/kvm/local.mk
include drivers/network/local.mk
include drivers/storage/local.mk
include drivers/test/local.mk
include drivers/xen/local.mk
