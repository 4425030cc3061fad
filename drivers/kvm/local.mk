# SPDX-License-Identifier: LGPL-2.1-or-later
KVM_SOURCES = drivers/kvm/kvm.h
