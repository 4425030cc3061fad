/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A domain's document in a file, and what is wrong with it, with places that editors can jump to:
 * FILE:LINE:COLUMN. */

#include <glib.h>
#include <stdbool.h>

#include "model/diagnostics.h"

typedef struct {
    char *file; /* as the user called it; "<stdin>" for "-" */
    char *text;
    size_t len;
} RvDocument;

/* Reads a file, or standard input for "-"; a longer one than a document may be is an error. */
G_GNUC_WARN_UNUSED_RESULT bool rv_document_read(RvDocument *document, const char *file,
                                                GError **error);
void rv_document_clear(RvDocument *document);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RvDocument, rv_document_clear)

/* All faults that can be seen without a daemon; a document that is no XML has one. */
RvDiagnostics *rv_document_check(const RvDocument *document);

/* "web.xml:3:12: domain/vcpus: unknown element; did you mean <vcpu>?" */
char *rv_document_fault_text(const RvDocument *document, const RvDiagnostic *fault);

/* For a document that the daemon refused: puts the place of each fault into the error. False: it
 * was refused for something else than its faults. */
bool rv_document_explain(const RvDocument *document, GError **error);
