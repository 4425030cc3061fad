/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files of a running container, read and written from the host. All that is in its tree is its own
 * root's to arrange: paths are resolved within that tree, links and all, and what is there is
 * looked at before it is opened. */

#include "drivers/driver.h"

extern const RvFileOps container_file_ops;
