/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A first look at the bytes of a document, in linear time and without memory: encoding, DOCTYPE and
 * the limits of xml-node.h, so that a parser with quadratic corners (attributes of one element,
 * namespaces in scope) only ever sees what is small.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* False with RV_ERR_XML_DETAIL, line and column in the message. What is merely not well-formed
 * passes: the parser tells that better. */
G_GNUC_WARN_UNUSED_RESULT bool rv_xml_scan(const char *text, size_t len, GError **error);

/* Line and column, from 1, of a byte; columns count characters. */
void rv_xml_place(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column);
