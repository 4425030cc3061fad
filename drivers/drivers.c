/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/driver.h"

#include "drivers/container/container.h"
#include "drivers/kvm/kvm.h"
#include "drivers/test/test.h"
#include "drivers/xen/xen.h"

const RvDriver *const rv_drivers[] = {
    &rv_kvm_driver,
    &rv_container_driver,
    &rv_test_driver,
    &rv_xen_driver,
    NULL,
};
