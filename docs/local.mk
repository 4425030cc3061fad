# SPDX-License-Identifier: LGPL-2.1-or-later
dist_man_MANS += docs/man/reeved.8
EXTRA_DIST += docs/man/settings-page docs/ENVIRONMENT.md docs/HACKING.md docs/containers.md docs/networks.md docs/storage.md docs/xen.md README.md CHANGELOG.md

# The page of the settings, and a sample of the file, come from the daemon's own table.
man5_MANS = docs/man/reeved.conf.5
nodist_doc_DATA = docs/reeved.conf.sample
CLEANFILES += docs/man/reeved.conf.5 docs/reeved.conf.sample
docs/reeved.conf.sample: daemon/reeved$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && daemon/reeved$(EXEEXT) --print-sample-config >$@.tmp && \
	mv $@.tmp $@
docs/man/reeved.conf.5: docs/reeved.conf.sample docs/man/settings-page
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(AWK) -f $(srcdir)/docs/man/settings-page docs/reeved.conf.sample >$@.tmp && mv $@.tmp $@
