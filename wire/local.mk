# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libwire.a libwirexdr.a
libwire_a_SOURCES = \
	wire/buffer.c wire/buffer.h \
	wire/client.c wire/client.h wire/exec-frame.h \
	wire/frame.c wire/frame.h wire/owned.h \
	wire/remote-error.c wire/remote-error.h \
	wire/xdr.c wire/xdr.h
WIRE_LIBS = libwire.a libwirexdr.a libwire.a $(TIRPC_LIBS)

# What rpcgen makes is not ours to keep free of warnings.
nodist_libwirexdr_a_SOURCES = $(WIRE_GENERATED)
libwirexdr_a_CFLAGS = $(AM_CFLAGS) -Wno-unused-variable
WIRE_GENERATED = wire/remote.c wire/remote.h wire/reeve.c wire/reeve.h wire/lxc.c wire/lxc.h
EXTRA_DIST += wire/remote.x wire/reeve.x wire/lxc.x
BUILT_SOURCES += $(WIRE_GENERATED)
CLEANFILES += $(WIRE_GENERATED)

SUFFIXES = .x
.x.h:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && (cd $(srcdir) && $(RPCGEN) -h $*.x) >$@.tmp && mv $@.tmp $@
.x.c:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && (cd $(srcdir) && $(RPCGEN) -c $*.x) >$@.tmp && mv $@.tmp $@
