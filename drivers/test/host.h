/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

#define TEST_EMULATOR "/usr/bin/test-hv" /* libvirt's test driver says so; there is no such file */
#define TEST_ARCH "i686"
#define TEST_MAX_VCPUS 32

extern const RvHostOps test_host_ops;
