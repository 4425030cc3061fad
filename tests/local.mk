# SPDX-License-Identifier: LGPL-2.1-or-later
# Each folder's tests are in its own fragment: tests/<folder>/local.mk.
include tests/base/local.mk
include tests/model/local.mk
include tests/wire/local.mk
include tests/daemon/local.mk
include tests/drivers/local.mk
include tests/cli/local.mk
include tests/live/local.mk
include tests/lab/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk

# Check's programs speak TAP, so that tests/run-all can count what each log holds.
AM_TESTS_ENVIRONMENT = CK_TAP_LOG_FILE_NAME=-; export CK_TAP_LOG_FILE_NAME; \
	srcdir='$(srcdir)'; export srcdir; builddir='$(builddir)'; export builddir;
EXTRA_DIST += tests/harness/__init__.py tests/harness/container.py \
	tests/harness/daemon.py tests/harness/events.py tests/harness/guest.py \
	tests/harness/host.py tests/harness/image.py tests/harness/process.py tests/harness/wire.py
dist_noinst_SCRIPTS += test-all tests/run-all tests/harness/private-libvirtd tests/live/run
# The rules of the tree: arrows between folders, licences, names.
TESTS += tests/check-tree tests/check-tree-rules
syntax-check:
	$(srcdir)/tests/check-tree
	$(srcdir)/tests/check-tree-rules
.PHONY: syntax-check
EXTRA_DIST += tests/check-tree tests/check-tree-rules .ci/run contrib/packages-build contrib/packages-test
dist_noinst_SCRIPTS += contrib/install-packages contrib/show-guest setup

# The tarball, and what `make install` makes of it.
dist_noinst_SCRIPTS += tests/check-install
check-install: all
	$(abs_srcdir)/tests/check-install
.PHONY: check-install
