# SPDX-License-Identifier: LGPL-2.1-or-later
TEST_SOURCES = drivers/test/test.h
