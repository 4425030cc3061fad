/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A list of what a driver can do, held against the rows of one type at one place of the document:
 * what there is to ask of each row. It is made once, when the first document gets there, and kept:
 * lists and rows are constants. For support.c.
 */

#include "model/support.h"
#include "model/xml-table.h"

/* One step of the paths of a list, and what may come after it. */
typedef struct RvSupportStep {
    GHashTable *elements, *attributes; /* by name: RvSupportStep */
    struct RvSupportStep *any;         /* "*" */
    bool all;                          /* "**": whatever is here and below */
    GPtrArray *ends;                   /* RvSupportRow: those whose path ends here */
} RvSupportStep;

/* All steps that lead to one place. */
typedef struct {
    const RvSupportStep *const *steps;
    unsigned n;
} RvSupportSteps;

typedef struct RvSupportPlan RvSupportPlan;

typedef struct {
    RvSupportSteps steps; /* that lead to the row's value or element */
    bool fine;            /* whatever the row has can be done: nothing is to be asked */
    RvSupportPlan *plan;  /* see rv_support_plan_below() */
} RvSupportQuestion;

struct RvSupportPlan {
    const RvXmlType *type;
    RvSupportSteps steps;
    RvSupportQuestion questions[]; /* one for each row of the type */
};

/* All threads may ask; nothing of what is returned is ever freed. */
RvSupportPlan *rv_support_plan(const RvSupport *support, const RvXmlType *root);
/* The plan of the element that is asked about; `type` is its row's. */
RvSupportPlan *rv_support_plan_below(RvSupportQuestion *question, const RvXmlType *type);
