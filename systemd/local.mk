# SPDX-License-Identifier: LGPL-2.1-or-later
# The daemon makes its own sockets, with the modes of its settings: there is no socket unit.
systemdunitdir = $(systemd_unitdir)
nodist_systemdunit_DATA = systemd/reeved.service
EXTRA_DIST += systemd/reeved.service.in
CLEANFILES += systemd/reeved.service
systemd/reeved.service: systemd/reeved.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/systemd/reeved.service.in >$@.tmp && mv $@.tmp $@
