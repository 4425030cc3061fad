# SPDX-License-Identifier: LGPL-2.1-or-later
if HAVE_CHECK
DAEMON_CHECKS = \
	tests/daemon/check-job \
	tests/daemon/check-registry
check_PROGRAMS += $(DAEMON_CHECKS)
TESTS += $(DAEMON_CHECKS)

check_LIBRARIES = tests/daemon/libfixture.a
tests_daemon_libfixture_a_SOURCES = tests/daemon/fixture.c tests/daemon/fixture.h
tests_daemon_libfixture_a_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
DAEMON_CHECK_LIBS = tests/daemon/libfixture.a $(DAEMON_LIBS) $(CHECK_LIBS)

tests_daemon_check_job_SOURCES = tests/daemon/check-job.c
tests_daemon_check_job_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_daemon_check_job_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_registry_SOURCES = tests/daemon/check-registry.c
tests_daemon_check_registry_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_daemon_check_registry_LDADD = $(DAEMON_CHECK_LIBS)
endif
