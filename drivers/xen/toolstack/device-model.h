/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <jansson.h>
#include <stdint.h>

/* The device model that libxl has started for a domain, {"pid", "start-time"}, a new reference;
 * JSON's null: it has none. Libxl keeps its pid where the guest can only read. */
json_t *device_model_pack(uint32_t domid);

/* What libxl starts and leaves behind becomes a child of this process, as long as it runs. */
void device_model_adopt(void);
/* Waits for the end of all of them, which libxl has killed; a moment at most. */
void device_model_await_end(void);
