# SPDX-License-Identifier: LGPL-2.1-or-later
base_tests_libs = $(BASE_LIBS) $(CHECK_LIBS)
if HAVE_CHECK
base_tests = tests/base/check-cgroup tests/base/check-process tests/base/check-spawn
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
endif

tests_base_check_cgroup_SOURCES = tests/base/check-cgroup.c tests/check-main.h
tests_base_check_cgroup_LDADD = $(base_tests_libs)
tests_base_check_process_SOURCES = tests/base/check-process.c tests/check-main.h
tests_base_check_process_LDADD = $(base_tests_libs)
tests_base_check_spawn_SOURCES = tests/base/check-spawn.c tests/check-main.h
tests_base_check_spawn_LDADD = $(base_tests_libs)
