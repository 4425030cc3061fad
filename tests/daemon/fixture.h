/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A core without a server, on a folder of its own, and what tests of it share. */

#include <check.h>

#include "base/error.h"
#include "daemon/core.h"
#include "daemon/domain.h"
#include "daemon/event.h"
#include "daemon/registry.h"
#include "daemon/store.h"

typedef struct {
    RvCore core;
    GPtrArray *domains; /* references of its own: a domain leaves the registry when it is idle */
    char *dir;
    GString *log; /* what test_log_event() and the tests wrote */
} Fixture;

extern const RvDriver test_driver, other_driver; /* names only */

Fixture *fixture_new(void);
void fixture_open_store(Fixture *fixture, const RvStoreLimits *limits);
void fixture_free(Fixture *fixture);

/* Runs the loop until *flag; fails the test after ten seconds. */
void fixture_run_until(Fixture *fixture, const bool *flag);
/* Runs what is posted by now. */
void fixture_settle(Fixture *fixture);

/* A domain in the registry, and a definition of a name. The uuid's last byte is `number`. */
RvDomain *fixture_domain(Fixture *fixture, const RvDriver *driver, unsigned char number,
                         const char *name);
RvDefinition *fixture_definition(unsigned char number, const char *name, const char *text);
RvUuid fixture_uuid(unsigned char number);

/* Every lifecycle event goes to fixture->log as "type/detail ". */
void fixture_log_events(Fixture *fixture);

int fixture_main(const char *name, TCase *tcase);
