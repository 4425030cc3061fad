# SPDX-License-Identifier: LGPL-2.1-or-later
if HAVE_CHECK
DAEMON_CHECKS = \
	tests/daemon/check-dispatch \
	tests/daemon/check-domain \
	tests/daemon/check-job \
	tests/daemon/check-registry \
	tests/daemon/check-run-state \
	tests/daemon/check-save \
	tests/daemon/check-session \
	tests/daemon/check-settings \
	tests/daemon/check-store \
	tests/daemon/check-stream
check_PROGRAMS += $(DAEMON_CHECKS)
TESTS += $(DAEMON_CHECKS)

check_LIBRARIES = tests/daemon/libfixture.a
tests_daemon_libfixture_a_SOURCES = tests/daemon/fixture.c tests/daemon/fixture.h \
	tests/daemon/front.c tests/daemon/front.h
EXTRA_DIST += tests/daemon/read-only.golden
tests_daemon_libfixture_a_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
DAEMON_CHECK_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
DAEMON_CHECK_LIBS = tests/daemon/libfixture.a $(DAEMON_LIBS) $(CHECK_LIBS)

tests_daemon_check_domain_SOURCES = tests/daemon/check-domain.c
tests_daemon_check_domain_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_domain_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_dispatch_SOURCES = tests/daemon/check-dispatch.c
tests_daemon_check_dispatch_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_dispatch_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_job_SOURCES = tests/daemon/check-job.c
tests_daemon_check_job_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_job_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_registry_SOURCES = tests/daemon/check-registry.c
tests_daemon_check_registry_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_registry_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_run_state_SOURCES = tests/daemon/check-run-state.c
tests_daemon_check_run_state_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_run_state_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_save_SOURCES = tests/daemon/check-save.c
tests_daemon_check_save_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_save_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_settings_SOURCES = tests/daemon/check-settings.c
tests_daemon_check_settings_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_settings_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_store_SOURCES = tests/daemon/check-store.c
tests_daemon_check_store_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_store_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_session_SOURCES = tests/daemon/check-session.c
tests_daemon_check_session_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_session_LDADD = $(DAEMON_CHECK_LIBS)

tests_daemon_check_stream_SOURCES = tests/daemon/check-stream.c
tests_daemon_check_stream_CFLAGS = $(DAEMON_CHECK_CFLAGS)
tests_daemon_check_stream_LDADD = $(DAEMON_CHECK_LIBS)
endif
