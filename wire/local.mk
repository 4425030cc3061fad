# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libwire.a
libwire_a_SOURCES =
WIRE_LIBS = libwire.a $(TIRPC_LIBS)
