# SPDX-License-Identifier: LGPL-2.1-or-later
NETWORK_SOURCES = \
	drivers/network/bridge.c drivers/network/bridge.h \
	drivers/network/network.c
