# SPDX-License-Identifier: LGPL-2.1-or-later
if HAVE_CHECK
kvm_tests = tests/drivers/check-kvm-qmp
check_PROGRAMS += $(kvm_tests)
TESTS += $(kvm_tests)
endif
kvm_tests_libs = $(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)

tests_drivers_check_kvm_qmp_SOURCES = \
	tests/drivers/check-kvm-qmp.c tests/drivers/qmp-peer.c tests/drivers/qmp-peer.h
tests_drivers_check_kvm_qmp_LDADD = $(kvm_tests_libs)
