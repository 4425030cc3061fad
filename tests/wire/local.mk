# SPDX-License-Identifier: LGPL-2.1-or-later
if HAVE_CHECK
WIRE_CHECKS = tests/wire/check-client tests/wire/check-frame tests/wire/check-xdr
check_PROGRAMS += $(WIRE_CHECKS)
TESTS += $(WIRE_CHECKS)

tests_wire_check_client_SOURCES = tests/wire/check-client.c tests/check-main.h
tests_wire_check_client_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_wire_check_client_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CHECK_LIBS)

tests_wire_check_frame_SOURCES = tests/wire/check-frame.c
tests_wire_check_frame_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_wire_check_frame_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CHECK_LIBS)

tests_wire_check_xdr_SOURCES = tests/wire/check-xdr.c
tests_wire_check_xdr_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_wire_check_xdr_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
endif
