# SPDX-License-Identifier: LGPL-2.1-or-later
if HAVE_CHECK
test_driver_tests = tests/drivers/check-test-driver
kvm_tests = tests/drivers/check-kvm-definition tests/drivers/check-kvm-host-model \
	tests/drivers/check-kvm-refusals \
	tests/drivers/check-kvm-qmp
container_tests = tests/drivers/check-container-image \
	tests/drivers/check-container-partition
xen_tests = tests/drivers/check-xen-config tests/drivers/check-xen-host \
	tests/drivers/check-xen-model-stats \
	tests/drivers/check-xen-native \
	tests/drivers/check-xen-support
storage_tests = tests/drivers/check-storage
check_PROGRAMS += $(storage_tests) $(kvm_tests) $(test_driver_tests) $(container_tests) $(xen_tests)
TESTS += $(storage_tests) $(kvm_tests) $(test_driver_tests) $(container_tests) $(xen_tests)
endif
kvm_tests_libs = $(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)

tests_drivers_check_kvm_qmp_SOURCES = \
	tests/drivers/check-kvm-qmp.c tests/drivers/qmp-peer.c tests/drivers/qmp-peer.h
tests_drivers_check_kvm_qmp_LDADD = $(kvm_tests_libs)

tests_drivers_check_test_driver_SOURCES = tests/drivers/check-test-driver.c
tests_drivers_check_test_driver_LDADD = \
	$(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)

tests_drivers_check_kvm_definition_SOURCES = tests/drivers/check-kvm-definition.c
tests_drivers_check_kvm_definition_LDADD = $(kvm_tests_libs)

tests_drivers_check_kvm_host_model_SOURCES = tests/drivers/check-kvm-host-model.c
tests_drivers_check_kvm_host_model_LDADD = $(kvm_tests_libs)

tests_drivers_check_kvm_refusals_SOURCES = tests/drivers/check-kvm-refusals.c
tests_drivers_check_kvm_refusals_LDADD = $(kvm_tests_libs)

tests_drivers_check_container_image_SOURCES = \
	tests/drivers/check-container-image.c tests/drivers/image-builder.c \
	tests/drivers/image-builder.h
tests_drivers_check_container_image_LDADD = \
	$(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)

tests_drivers_check_container_partition_SOURCES = tests/drivers/check-container-partition.c
tests_drivers_check_container_partition_LDADD = \
	$(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)

tests_drivers_check_xen_config_SOURCES = tests/drivers/check-xen-config.c
tests_drivers_check_xen_config_LDADD = \
	$(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
tests_drivers_check_xen_host_SOURCES = tests/drivers/check-xen-host.c
tests_drivers_check_xen_host_LDADD = \
	$(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
tests_drivers_check_xen_model_stats_SOURCES = tests/drivers/check-xen-model-stats.c
tests_drivers_check_xen_model_stats_LDADD = \
	$(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
tests_drivers_check_xen_native_SOURCES = tests/drivers/check-xen-native.c
tests_drivers_check_xen_native_LDADD = \
	$(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
tests_drivers_check_xen_support_SOURCES = tests/drivers/check-xen-support.c
tests_drivers_check_xen_support_LDADD = \
	$(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
EXTRA_DIST += $(wildcard $(srcdir)/tests/drivers/data/*)

tests_drivers_check_storage_SOURCES = tests/drivers/check-storage.c
tests_drivers_check_storage_LDADD = \
	$(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
