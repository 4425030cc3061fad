# SPDX-License-Identifier: LGPL-2.1-or-later
NETWORK_SOURCES = \
	drivers/network/bridge.c drivers/network/bridge.h \
	drivers/network/dnsmasq.c drivers/network/dnsmasq.h \
	drivers/network/dnsmasq-config.c \
	drivers/network/host.c drivers/network/host.h \
	drivers/network/leases.c \
	drivers/network/network.c \
	drivers/network/rules.c drivers/network/rules.h \
	drivers/network/support.c
