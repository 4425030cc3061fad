/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is wrong with a document: all of it, not the first thing only, each with its place (line and
 * column, from 1), the path of the element, what was found, what was expected and, for a misspelt
 * name or value, what was probably meant.
 */

#include <glib.h>
#include <stdbool.h>

typedef enum {
    RV_DIAGNOSTIC_WARNING, /* unknown content that a libvirt client's define would drop */
    RV_DIAGNOSTIC_ERROR,
} RvDiagnosticLevel;

typedef struct {
    RvDiagnosticLevel level;
    int code; /* RvErrorCode that a refusal for this fault carries */
    unsigned line, column; /* 0: not known */
    unsigned origin; /* of the device that it is about, in the document; 0: of none */
    char *path;    /* "domain/devices/disk[2]/@device" */
    char *message; /* "'flopy' is not one of disk, cdrom, floppy, lun" */
    char *suggestion; /* "floppy", "<vcpu>", or NULL */
} RvDiagnostic;

typedef struct RvDiagnostics RvDiagnostics;

RvDiagnostics *rv_diagnostics_new(void);
void rv_diagnostics_free(RvDiagnostics *diagnostics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvDiagnostics, rv_diagnostics_free)

/* At most 100 are kept, errors before warnings; the rest is counted. `path` and `suggestion` may be
 * NULL, `line` 0: not known. `suggestion` is a value or the name of an attribute as it is, or that
 * of an element as <name>. */
void rv_diagnostics_add(RvDiagnostics *diagnostics, RvDiagnosticLevel level, int code,
                        unsigned line, unsigned column, const char *path, const char *suggestion,
                        const char *format, ...) G_GNUC_PRINTF(8, 9);

/* An error about a place of a definition, where the text it was read from is not at hand. */
#define rv_diagnostics_refuse(diagnostics, code, path, suggestion, ...)                            \
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, code, 0, 0, path, suggestion, __VA_ARGS__)

/* What is added from now on is about a device that has this origin; 0: about none. */
void rv_diagnostics_about(RvDiagnostics *diagnostics, unsigned origin);

/* Gives one that had none its place. */
void rv_diagnostics_place(RvDiagnostics *diagnostics, unsigned index, unsigned line,
                          unsigned column, const char *path);

/* Whether one more would be kept: else its text need not be made. */
bool rv_diagnostics_has_room(const RvDiagnostics *diagnostics, RvDiagnosticLevel level);

unsigned rv_diagnostics_count(const RvDiagnostics *diagnostics, RvDiagnosticLevel level);
const RvDiagnostic *rv_diagnostics_get(const RvDiagnostics *diagnostics, unsigned index);

/* Into the order of the document; equal places stay as they were added, unknown ones come last. */
void rv_diagnostics_sort(RvDiagnostics *diagnostics);

/* One line of text for each: "3:12: domain/vcpus: unknown element; did you mean <vcpu>?" */
char *rv_diagnostics_to_text(const RvDiagnostics *diagnostics);

/* Turns the errors (not the warnings) into one GError, with the code of the one that was added first
 * and one line for each, ten at most; false when there was one. */
G_GNUC_WARN_UNUSED_RESULT bool rv_diagnostics_check(const RvDiagnostics *diagnostics,
                                                    GError **error);
