# SPDX-License-Identifier: LGPL-2.1-or-later
if HAVE_CHECK
base_tests = tests/base/check-cgroup tests/base/check-enum tests/base/check-error \
	tests/base/check-file tests/base/check-ip-address tests/base/check-loop tests/base/check-workers \
	tests/base/check-process tests/base/check-signal-name tests/base/check-spawn \
	tests/base/check-uuid
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
endif
EXTRA_DIST += tests/check-main.h
base_tests_libs = $(BASE_LIBS) $(CHECK_LIBS)

tests_base_check_cgroup_LDADD = $(base_tests_libs)
tests_base_check_enum_LDADD = $(base_tests_libs)
tests_base_check_error_LDADD = $(base_tests_libs)
tests_base_check_file_LDADD = $(base_tests_libs)
tests_base_check_ip_address_LDADD = $(base_tests_libs)
tests_base_check_loop_LDADD = $(base_tests_libs)
tests_base_check_workers_LDADD = $(base_tests_libs)
tests_base_check_process_LDADD = $(base_tests_libs)
tests_base_check_signal_name_LDADD = $(base_tests_libs)
tests_base_check_spawn_LDADD = $(base_tests_libs)
tests_base_check_uuid_LDADD = $(base_tests_libs)
