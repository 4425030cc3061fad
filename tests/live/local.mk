# SPDX-License-Identifier: LGPL-2.1-or-later
# The guest that the tests run, and where its kernel comes from.
dist_noinst_SCRIPTS += tests/live/guest-image tests/live/debian-kernel
guest-image:
	$(srcdir)/tests/live/guest-image
.PHONY: guest-image
