/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Typed parameters: names with values of several types, as they come over the wire. */

#include <jansson.h>

#include "wire/remote.h"

char *rv_param_to_text(const wire_param *param); /* as virsh prints it */
json_t *rv_params_to_json(const wire_param *params, unsigned n); /* an object */

/* NULL: there is none of this name. */
const wire_param *rv_params_find(const wire_param *params, unsigned n, const char *name);
