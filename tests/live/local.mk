# SPDX-License-Identifier: LGPL-2.1-or-later
# The guest that the tests run, and where its kernel comes from.
dist_noinst_SCRIPTS += tests/live/guest-image tests/live/debian-kernel
guest-image:
	$(srcdir)/tests/live/guest-image
.PHONY: guest-image

# libvirt's example documents, and how near we come to its answers.
dist_noinst_SCRIPTS += tests/live/libvirt-source tests/live/corpus-compare

# What check_running.py starts.
EXTRA_DIST += \
	tests/live/running/bare.xml \
	tests/live/running/bridges.xml \
	tests/live/running/direct-kernel.xml \
	tests/live/running/kubevirt.xml \
	tests/live/running/lxc-bare.xml \
	tests/live/running/lxc-first-program.xml \
	tests/live/running/lxc-host-devices.xml \
	tests/live/running/lxc-many-consoles.xml \
	tests/live/running/lxc-many-filesystems.xml \
	tests/live/running/lxc-many-interfaces.xml \
	tests/live/running/lxc-openstack-nova.xml \
	tests/live/running/lxc-partition.xml \
	tests/live/running/lxc-shared-network.xml \
	tests/live/running/lxc-tuned.xml \
	tests/live/running/lxc-users.xml \
	tests/live/running/lxc-virt-install.xml \
	tests/live/running/many-cards.xml \
	tests/live/running/many-disks.xml \
	tests/live/running/many-ports.xml \
	tests/live/running/many-screens.xml \
	tests/live/running/openstack-nova.xml \
	tests/live/running/openstack-volume.xml \
	tests/live/running/terraform.xml \
	tests/live/running/vagrant.xml \
	tests/live/running/virt-install-cdrom.xml \
	tests/live/running/virt-install-minimal.xml \
	tests/live/running/virt-manager-desktop.xml

# Real guests and unmodified clients; python3-libvirt is Debian's, for Debian's python3.
EXTRA_DIST += \
	tests/live/check_api.py \
	tests/live/check_boot.py \
	tests/live/check_cgroup.py \
	tests/live/check_cli.py \
	tests/live/check_connections.py \
	tests/live/check_container.py \
	tests/live/check_container_crash.py \
	tests/live/check_container_definition.py \
	tests/live/check_container_devices.py \
	tests/live/check_container_escape.py \
	tests/live/check_container_faults.py \
	tests/live/check_container_files.py \
	tests/live/check_container_mounts.py \
	tests/live/check_container_network.py \
	tests/live/check_container_run.py \
	tests/live/check_container_share.py \
	tests/live/check_container_stats.py \
	tests/live/check_container_system.py \
	tests/live/check_container_tune.py \
	tests/live/check_corpus.py \
	tests/live/check_device.py \
	tests/live/check_errors.py \
	tests/live/check_formats.py \
	tests/live/check_guest.py \
	tests/live/check_hostile.py \
	tests/live/check_image.py \
	tests/live/check_kvm.py \
	tests/live/check_lifecycle.py \
	tests/live/check_power_cut.py \
	tests/live/check_reads.py \
	tests/live/check_restart.py \
	tests/live/check_running.py \
	tests/live/check_save.py \
	tests/live/check_session.py \
	tests/live/check_virtinst.py \
	tests/live/check_xen.py \
	tests/live/check_xen_changes.py \
	tests/live/check_xen_devices.py \
	tests/live/check_xen_save.py
check-live: all
	REEVE_BUILD='$(abs_builddir)' /usr/bin/python3 $(srcdir)/tests/live/run $(LIVE)
.PHONY: check-live
