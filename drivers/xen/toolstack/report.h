/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <jansson.h>
#include <libxl.h>

/* What the hypervisor says of a domain: a new reference. */
json_t *report_domain(const libxl_dominfo *info);
