/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-state.h"

RV_ENUM(rv_domain_state, RvDomainState, RV_DOMAIN_STATE_LAST, "nostate", "running", "blocked",
        "paused", "shutdown", "shutoff", "crashed", "pmsuspended");

#define TO(state) (1u << RV_DOMAIN_##state)
#define TO_ACTIVE (TO(RUNNING) | TO(BLOCKED) | TO(PAUSED) | TO(SHUTDOWN) | TO(CRASHED))

/* One row for each state: where a domain may go from there. Staying is always legal. */
static const unsigned legal[RV_DOMAIN_STATE_LAST] = {
    [RV_DOMAIN_NOSTATE] = TO_ACTIVE | TO(PMSUSPENDED) | TO(SHUTOFF),
    [RV_DOMAIN_RUNNING] = TO_ACTIVE | TO(PMSUSPENDED) | TO(SHUTOFF),
    [RV_DOMAIN_BLOCKED] = TO_ACTIVE | TO(PMSUSPENDED) | TO(SHUTOFF),
    [RV_DOMAIN_PAUSED] = TO_ACTIVE | TO(PMSUSPENDED) | TO(SHUTOFF),
    [RV_DOMAIN_SHUTDOWN] = TO_ACTIVE | TO(SHUTOFF),
    [RV_DOMAIN_SHUTOFF] = TO(RUNNING) | TO(PAUSED),
    [RV_DOMAIN_CRASHED] = TO_ACTIVE | TO(SHUTOFF),
    [RV_DOMAIN_PMSUSPENDED] = TO_ACTIVE | TO(SHUTOFF),
};

typedef struct {
    const char *text; /* of a state without a known reason */
    const char *const *reasons;
    unsigned n_reasons;
} StateText;

#define REASONS(...)                                                                               \
    .reasons = (const char *const[]){__VA_ARGS__},                                                 \
    .n_reasons = G_N_ELEMENTS(((const char *const[]){__VA_ARGS__}))

static const StateText texts[RV_DOMAIN_STATE_LAST] = {
    [RV_DOMAIN_NOSTATE] = {"no state", REASONS("no state")},
    [RV_DOMAIN_RUNNING] = {"running",
                           REASONS("running", "running (booted)", "running (migrated)",
                                   "running (restored)", "running (from snapshot)",
                                   "running (unpaused)", "running (migration canceled)",
                                   "running (save canceled)", "running (event wakeup)",
                                   "running (crashed)", "running (post-copy)",
                                   "running (post-copy failed)")},
    [RV_DOMAIN_BLOCKED] = {"idle", REASONS("idle")},
    [RV_DOMAIN_PAUSED] = {"paused",
                          REASONS("paused", "paused (user)", "paused (migrating)",
                                  "paused (saving)", "paused (dumping)", "paused (I/O error)",
                                  "paused (watchdog)", "paused (from snapshot)",
                                  "paused (shutting down)", "paused (creating snapshot)",
                                  "paused (crashed)", "paused (starting up)",
                                  "paused (post-copy)", "paused (post-copy failed)")},
    [RV_DOMAIN_SHUTDOWN] = {"in shutdown", REASONS("in shutdown", "in shutdown (user)")},
    [RV_DOMAIN_SHUTOFF] = {"shut off",
                           REASONS("shut off", "shut off (shutdown)", "shut off (destroyed)",
                                   "shut off (crashed)", "shut off (migrated)",
                                   "shut off (saved)", "shut off (failed)",
                                   "shut off (from snapshot)", "shut off (daemon)")},
    [RV_DOMAIN_CRASHED] = {"crashed", REASONS("crashed", "crashed (panicked)")},
    [RV_DOMAIN_PMSUSPENDED] = {"pmsuspended", REASONS("pmsuspended")},
};

bool rv_domain_state_is_active(RvDomainState state)
{
    return state != RV_DOMAIN_NOSTATE && state != RV_DOMAIN_SHUTOFF;
}

bool rv_domain_state_can_become(RvDomainState from, RvDomainState to)
{
    if ((unsigned)from >= RV_DOMAIN_STATE_LAST || (unsigned)to >= RV_DOMAIN_STATE_LAST)
        return false;
    return from == to || (legal[from] & (1u << to));
}

const char *rv_domain_state_reason_to_string(RvDomainState state, int reason)
{
    if ((unsigned)state >= RV_DOMAIN_STATE_LAST)
        return "no state";
    const StateText *text = &texts[state];
    return reason >= 0 && (unsigned)reason < text->n_reasons ? text->reasons[reason] : text->text;
}
