/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/clock.h"

#include "base/error.h"

#include <string.h>

RV_ENUM(rv_clock_offset, RvClockOffset, RV_CLOCK_LAST, "utc", "localtime", "variable", "timezone",
        "absolute");
RV_ENUM(rv_clock_basis, RvClockBasis, RV_CLOCK_BASIS_LAST, "utc", "localtime");
RV_ENUM(rv_timer_name, RvTimerName, RV_TIMER_LAST, "platform", "pit", "rtc", "hpet", "tsc",
        "kvmclock", "hypervclock", "armvtimer");
RV_ENUM(rv_tick_policy, RvTickPolicy, RV_TICK_LAST, "none", "delay", "catchup", "merge",
        "discard");
RV_ENUM(rv_timer_track, RvTimerTrack, RV_TRACK_LAST, "none", "boot", "guest", "wall", "realtime");
RV_ENUM(rv_timer_mode, RvTimerMode, RV_TIMER_MODE_LAST, "none", "auto", "native", "emulate",
        "paravirt", "smpsafe");

/* ---- Timers --------------------------------------------------------------------------------- */

#define MAX_TIMERS 64
#define OF_TSC RV_XML_WHEN(RvGuestTimer, name, RV_XML_BIT(RV_TIMER_TSC))

static const RvXmlRow catchup_rows[] = {
    RV_XML_ATTRIBUTE(RvGuestTimer, threshold, "threshold", uint64,
                     .doc = "Nanoseconds of delay from which on ticks are caught up."),
    RV_XML_ATTRIBUTE(RvGuestTimer, slew, "slew", uint64, .doc = "How fast: as QEMU's slew factor."),
    RV_XML_ATTRIBUTE(RvGuestTimer, limit, "limit", uint64,
                     .doc = "How many nanoseconds are caught up at most."),
};
static const RvXmlType catchup = {RV_XML_ROWS(catchup_rows)};

static const RvXmlRow timer_rows[] = {
    RV_XML_ATTRIBUTE(RvGuestTimer, name, "name", enum, .names = rv_timer_name_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI, .doc = "Which timer."),
    RV_XML_ATTRIBUTE(RvGuestTimer, present, "present", enum, .names = rv_tristate_bool_names, .min = 1,
                     .flags = RV_XML_ABI, .doc = "Whether the guest has it."),
    RV_XML_ATTRIBUTE(RvGuestTimer, tick_policy, "tickpolicy", enum, .names = rv_tick_policy_names,
                     .min = 1, .doc = "What happens with ticks that the guest missed."),
    RV_XML_ATTRIBUTE(RvGuestTimer, track, "track", enum, .names = rv_timer_track_names, .min = 1,
                     .doc = "Which time of the host it follows."),
    RV_XML_ATTRIBUTE(RvGuestTimer, frequency, "frequency", uint64, .flags = RV_XML_ABI, OF_TSC,
                     .doc = "Its frequency in Hz."),
    RV_XML_ATTRIBUTE(RvGuestTimer, mode, "mode", enum, .names = rv_timer_mode_names, .min = 1,
                     .flags = RV_XML_ABI, OF_TSC, .doc = "How reading it is emulated."),
    RV_XML_GROUP("catchup", &catchup, .doc = "How missed ticks are caught up."),
};
static const RvXmlType timer = {
    .doc = "A source of time in the guest.",
    .size = sizeof(RvGuestTimer),
    RV_XML_ROWS(timer_rows),
};

/* ---- The clock ------------------------------------------------------------------------------ */

static bool adjustment_parse(const RvXmlRow *row, const char *text, const char *extra, void *field)
{
    if (strcmp(text, "reset"))
        return rv_xml_int64.parse(row, text, extra, field);
    *(int64_t *)field = RV_CLOCK_RESET;
    return true;
}

static void adjustment_format(const RvXmlRow *row, const void *field, GString *out)
{
    if (*(const int64_t *)field == RV_CLOCK_RESET)
        g_string_append(out, "reset");
    else
        rv_xml_int64.format(row, field, out);
}

static bool adjustment_is_absent(const RvXmlRow *row, const void *field)
{
    return *(const int64_t *)field == row->absent;
}

static bool adjustment_equal(const void *a, const void *b)
{
    return *(const int64_t *)a == *(const int64_t *)b;
}

static void adjustment_describe(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "a number of seconds, or reset");
}

static void adjustment_grammar(const RvXmlRow *row, GString *out)
{
    g_string_append(out, "<choice><value type=\"string\">reset</value>"
                         "<data type=\"long\"/></choice>");
}

static const RvXmlKind adjustment_kind = {
    .name = "seconds",
    .size = sizeof(int64_t),
    .parse = adjustment_parse,
    .format = adjustment_format,
    .is_absent = adjustment_is_absent,
    .equal = adjustment_equal,
    .describe = adjustment_describe,
    .grammar = adjustment_grammar,
};

#define OF(mask) RV_XML_WHEN(RvClock, offset, mask)
#define FIXED (RV_XML_BIT(RV_CLOCK_UTC) | RV_XML_BIT(RV_CLOCK_LOCALTIME))

static const RvXmlRow rows[] = {
    RV_XML_ATTRIBUTE(RvClock, offset, "offset", enum, .names = rv_clock_offset_names,
                     .flags = RV_XML_ALWAYS, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .fallback = "utc", .doc = "What the guest's clock starts with."),
    {.place = RV_XML_PLACE_ATTRIBUTE,
     .name = "adjustment",
     .kind = &adjustment_kind,
     RV_XML_FIELD(RvClock, adjustment),
     .absent = RV_CLOCK_NOT_ADJUSTED,
     OF(FIXED),
     .doc = "reset: what the guest sets its clock to is forgotten; a number makes the offset "
            "variable."},
    RV_XML_ATTRIBUTE(RvClock, adjustment, "adjustment", int64, .absent = RV_CLOCK_NOT_ADJUSTED,
                     OF(RV_XML_BIT(RV_CLOCK_VARIABLE)), .fallback = "0",
                     .doc = "Seconds from the basis."),
    RV_XML_ATTRIBUTE(RvClock, basis, "basis", enum, .names = rv_clock_basis_names,
                     .flags = RV_XML_ALWAYS, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     OF(RV_XML_BIT(RV_CLOCK_VARIABLE)), .fallback = "utc",
                     .doc = "What the adjustment is added to."),
    RV_XML_ATTRIBUTE(RvClock, timezone, "timezone", string, OF(RV_XML_BIT(RV_CLOCK_TIMEZONE)),
                     .flags = RV_XML_REQUIRED, .missing_code = RV_ERR_INTERNAL,
                     .doc = "The name of a time zone: Europe/Berlin."),
    RV_XML_ATTRIBUTE(RvClock, start, "start", uint64, OF(RV_XML_BIT(RV_CLOCK_ABSOLUTE)),
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .missing_code = RV_ERR_INTERNAL,
                     .bad_code = RV_ERR_INTERNAL, .doc = "Seconds since the beginning of 1970."),
    RV_XML_LIST(RvClock, timers, "timer", &timer, .max = MAX_TIMERS, .flags = RV_XML_ABI),
};

/* UTC or local time with a number of seconds is what libvirt keeps as a variable offset. */
static void check(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvClock *clock = object;
    bool fixed = clock->offset == RV_CLOCK_UTC || clock->offset == RV_CLOCK_LOCALTIME;
    if (fixed && clock->adjustment != RV_CLOCK_NOT_ADJUSTED &&
        clock->adjustment != RV_CLOCK_RESET) {
        clock->basis = clock->offset == RV_CLOCK_LOCALTIME ? RV_CLOCK_BASIS_LOCALTIME
                                                           : RV_CLOCK_BASIS_UTC;
        clock->offset = RV_CLOCK_VARIABLE;
    }
    if (clock->offset == RV_CLOCK_VARIABLE && clock->adjustment == RV_CLOCK_NOT_ADJUSTED)
        clock->adjustment = 0;
}

const RvXmlType rv_clock_xml = {
    .doc = "What time the guest sees.",
    .size = sizeof(RvClock),
    RV_XML_ROWS(rows),
    .check = check,
};

const RvGuestTimer *rv_clock_find_timer(const RvClock *clock, RvTimerName name)
{
    for (guint i = 0; i < clock->timers->len; i++) {
        const RvGuestTimer *found = g_ptr_array_index(clock->timers, i);
        if (found->name == name)
            return found;
    }
    return NULL;
}
