# SPDX-License-Identifier: LGPL-2.1-or-later
KVM_SOURCES = \
	drivers/kvm/kvm.h \
	drivers/kvm/qmp-line.c drivers/kvm/qmp-line.h \
	drivers/kvm/qmp.c drivers/kvm/qmp.h
