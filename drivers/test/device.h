/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

extern const RvDeviceOps test_device_ops;
extern const RvTuneOps test_tune_ops;
