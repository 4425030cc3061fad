/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The nodes of a document that an XPath finds, one behind the other, or in one <nodes> element. */
G_GNUC_WARN_UNUSED_RESULT char *rv_xpath_select(const char *xml, const char *xpath, bool wrap,
                                                GError **error);
