/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The numbers of a job, as virsh prints them. */

#include "cli/output.h"
#include "wire/remote.h"

const char *rv_job_type_text(int type); /* "Bounded" */

/* `all`: also those of a job that has ended. */
void rv_job_stats_print(const RvOutput *output, const wire_domain_get_job_stats_ret *stats,
                        bool all);
void rv_job_stats_print_raw(const RvOutput *output, const wire_domain_get_job_stats_ret *stats);
