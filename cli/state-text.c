/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/state-text.h"

#include <glib.h>
#include <string.h>

#include "model/domain-state.h"

const char *rv_state_text(int state)
{
    return rv_domain_state_reason_to_string((RvDomainState)state, -1);
}

char *rv_state_reason_text(int state, int reason)
{
    /* The model's text is "paused (user)"; a reason that is not known has no parenthesis. */
    const char *text = rv_domain_state_reason_to_string((RvDomainState)state, reason);
    const char *open = strstr(text, " (");
    return open ? g_strndup(open + 2, strlen(open + 2) - 1) : g_strdup("unknown");
}
