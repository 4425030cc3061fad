# SPDX-License-Identifier: LGPL-2.1-or-later
# Hosts in a box: what needs a kernel, a processor or a cgroup tree that this machine has not.
dist_noinst_SCRIPTS += tests/lab/boot-on-kvm tests/lab/check-boxes tests/lab/host-in-a-box \
	tests/lab/on-ext4 tests/lab/under-systemd tests/lab/xen-toolstack tests/lab/xen-tree
check-lab: all
	REEVE_BUILD='$(abs_builddir)' $(srcdir)/tests/lab/check-boxes
.PHONY: check-lab
