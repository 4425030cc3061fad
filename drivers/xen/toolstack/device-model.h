/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdint.h>

/* The device model that libxl has started for a domain, {"pid", "start-time"}, a new reference;
 * JSON's null: it has none. Libxl keeps its pid where the guest can only read. */
json_t *device_model_pack(uint32_t domid);

/* What libxl starts and leaves behind becomes a child of this process, as long as it runs. */
void device_model_adopt(void);
/* Waits for the end of all of them, which libxl has killed; a moment at most. */
void device_model_await_end(void);

/* Adds to an error what the device model of a domain that could not be made has said last, if it said
 * anything since (g_get_real_time()). */
void device_model_add_words(const char *name, gint64 since, GError **error);
