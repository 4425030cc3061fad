/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a configuration: who the guest is, its memory, vCPUs, features, timers and clock. */
#include "drivers/xen/native.h"

#include <string.h>

#include "base/error.h"

enum { LEAST_MIB = 128 }; /* what libvirt gives to a guest that says nothing */

static bool unsupported(GError **error, const char *what, const char *value)
{
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "%s '%s' cannot be said in a configuration of "
                 "Xen's", what, value);
    return false;
}

static bool is_hvm(const RvDomainDef *def)
{
    return def->os.type == RV_OS_HVM;
}

/* ---- Who it is ------------------------------------------------------------------------------ */

static bool read_type(XenNative *native, GError **error)
{
    g_autofree char *type = NULL, *builder = NULL;
    if (!xen_native_text(native, "type", &type, error) ||
        !xen_native_text(native, "builder", &builder, error))
        return false;
    if (!type)
        native->type = g_strcmp0(builder, "hvm") == 0 ? RV_OS_HVM : RV_OS_LINUX;
    else if (strcmp(type, "hvm") == 0)
        native->type = RV_OS_HVM;
    else if (strcmp(type, "pvh") == 0)
        native->type = RV_OS_XENPVH;
    else if (strcmp(type, "pv") == 0)
        native->type = RV_OS_LINUX;
    else {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "type %s is not supported: it is pv, pvh or "
                     "hvm", type);
        return false;
    }
    return true;
}

static bool read_identity(XenNative *native, GError **error)
{
    g_autofree char *name = NULL, *uuid = NULL;
    if (!xen_native_text(native, "name", &name, error) ||
        !xen_native_text(native, "uuid", &uuid, error) || !read_type(native, error))
        return false;
    if (!name) {
        rv_error_set(error, RV_ERR_INTERNAL, "config value name was missing");
        return false;
    }
    xen_native_element(native->domain, "name", name);
    xen_native_element(native->domain, "uuid", uuid);
    return true;
}

static bool write_identity(XenNative *native, const RvDomainDef *def, GError **error)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&def->uuid, uuid);
    xen_native_put_text(native, "name", def->name);
    xen_native_put_text(native, "uuid", uuid);
    return true;
}

const XenNativePart xen_native_identity = {read_identity, write_identity};

/* ---- Memory and vCPUs ----------------------------------------------------------------------- */

static bool read_memory(XenNative *native, GError **error)
{
    int64_t memory, max;
    if (!xen_native_number(native, "memory", LEAST_MIB, &memory, error) ||
        !xen_native_number(native, "maxmem", memory, &max, error))
        return false;
    xen_native_xml(native->domain,
                   "<memory unit='MiB'>%" G_GINT64_FORMAT "</memory>"
                   "<currentMemory unit='MiB'>%" G_GINT64_FORMAT "</currentMemory>",
                   max, memory);
    return true;
}

static bool write_memory(XenNative *native, const RvDomainDef *def, GError **error)
{
    xen_native_put_number(native, "maxmem", (int64_t)((def->max_memory_kib + 1023) / 1024));
    xen_native_put_number(native, "memory", (int64_t)((def->memory_kib + 1023) / 1024));
    return true;
}

const XenNativePart xen_native_memory = {read_memory, write_memory};

static bool read_vcpus(XenNative *native, GError **error)
{
    int64_t vcpus, max;
    g_autofree char *cpus = NULL;
    if (!xen_native_number(native, "vcpus", 1, &vcpus, error) ||
        !xen_native_number(native, "maxvcpus", vcpus, &max, error) ||
        !xen_native_text(native, "cpus", &cpus, error))
        return false;
    xen_native_xml(native->domain, "<vcpu current='%" G_GINT64_FORMAT "'", vcpus);
    if (cpus && strcmp(cpus, "all") != 0)
        xen_native_xml(native->domain, " cpuset='%s'", cpus);
    xen_native_xml(native->domain, ">%" G_GINT64_FORMAT "</vcpu>", max);
    return true;
}

static bool write_vcpus(XenNative *native, const RvDomainDef *def, GError **error)
{
    if (def->vcpus < def->max_vcpus)
        xen_native_put_number(native, "maxvcpus", def->max_vcpus);
    xen_native_put_number(native, "vcpus", def->vcpus);
    xen_native_put_text(native, "cpus", def->cpuset);
    return true;
}

const XenNativePart xen_native_vcpus = {read_vcpus, write_vcpus};

/* ---- What happens when it ends -------------------------------------------------------------- */

static const char *const action_names[] = {"on_poweroff", "on_reboot", "on_crash"};

static bool read_actions(XenNative *native, GError **error)
{
    static const char *const usual[] = {"destroy", "restart", "restart"};
    for (size_t i = 0; i < G_N_ELEMENTS(action_names); i++) {
        g_autofree char *action = NULL;
        if (!xen_native_text(native, action_names[i], &action, error))
            return false;
        xen_native_element(native->domain, action_names[i], action ? action : usual[i]);
    }
    return true;
}

static bool write_actions(XenNative *native, const RvDomainDef *def, GError **error)
{
    const RvLifecycleAction actions[] = {def->on_poweroff, def->on_reboot, def->on_crash};
    for (size_t i = 0; i < G_N_ELEMENTS(action_names); i++)
        xen_native_put_text(native, action_names[i], rv_lifecycle_action_to_string(actions[i]));
    return true;
}

const XenNativePart xen_native_actions = {read_actions, write_actions};

static bool read_emulator(XenNative *native, GError **error)
{
    g_autofree char *emulator = NULL;
    if (!xen_native_text(native, "device_model_override", &emulator, error))
        return false;
    xen_native_element(native->devices, "emulator", emulator);
    return true;
}

static bool write_emulator(XenNative *native, const RvDomainDef *def, GError **error)
{
    xen_native_put_text(native, "device_model_override", def->emulator);
    return true;
}

const XenNativePart xen_native_emulator = {read_emulator, write_emulator};

/* ---- Features ------------------------------------------------------------------------------- */

/* Flags of HVM guests: what holds where they are absent, and the element for one state. */
static const struct {
    const char *setting;
    bool usual, shown; /* shown: the state that the element stands for */
    const char *element;
} flags[] = {
    {"pae", true, true, "<pae/>"},
    {"acpi", true, true, "<acpi/>"},
    {"apic", true, true, "<apic/>"},
    {"hap", true, false, "<hap state='off'/>"},
    {"viridian", false, true, "<viridian/>"},
};

static bool read_passthrough(XenNative *native, GString *xen, GError **error)
{
    g_autofree char *mode = NULL;
    if (!xen_native_text(native, "passthrough", &mode, error))
        return false;
    if (!mode)
        return true;
    if (strcmp(mode, "disabled") == 0)
        g_string_append(xen, "<passthrough state='off'/>");
    else if (strcmp(mode, "enabled") == 0)
        g_string_append(xen, "<passthrough state='on'/>");
    else
        xen_native_xml(xen, "<passthrough state='on' mode='%s'/>", mode);
    return true;
}

static bool read_features(XenNative *native, GError **error)
{
    int64_t value;
    bool hvm = native->type == RV_OS_HVM;
    g_autoptr(GString) xen = g_string_new(NULL);
    for (size_t i = 0; hvm && i < G_N_ELEMENTS(flags); i++) {
        if (!xen_native_number(native, flags[i].setting, flags[i].usual, &value, error))
            return false;
        if ((value != 0) == flags[i].shown)
            g_string_append(native->features, flags[i].element);
    }
    if (!hvm) {
        if (!xen_native_number(native, "e820_host", 0, &value, error))
            return false;
        g_string_append(xen, value ? "<e820_host state='on'/>" : "");
    }
    if (!read_passthrough(native, xen, error))
        return false;
    if (xen->len)
        g_string_append_printf(native->features, "<xen>%s</xen>", xen->str);
    return true;
}

static bool write_features(XenNative *native, const RvDomainDef *def, GError **error)
{
    const RvFeatures *features = &def->features;
    const RvXenFeatures *xen = features->xen;
    if (is_hvm(def)) {
        xen_native_put_number(native, "pae", features->pae);
        xen_native_put_number(native, "acpi", features->acpi);
        xen_native_put_number(native, "apic", features->apic != NULL);
        if (features->hap == RV_TRISTATE_OFF)
            xen_native_put_number(native, "hap", 0);
        xen_native_put_number(native, "viridian", features->viridian);
    } else if (xen && xen->e820_host == RV_TRISTATE_ON) {
        xen_native_put_number(native, "e820_host", 1);
    }
    if (xen && xen->passthrough == RV_TRISTATE_ON)
        xen_native_put_text(native, "passthrough",
                            xen->passthrough_mode ? xen->passthrough_mode : "enabled");
    else if (xen && xen->passthrough == RV_TRISTATE_OFF)
        xen_native_put_text(native, "passthrough", "disabled");
    return true;
}

const XenNativePart xen_native_features = {read_features, write_features};

/* ---- Time ----------------------------------------------------------------------------------- */

static const char *const tsc_modes[RV_TIMER_MODE_LAST] = {
    [RV_TIMER_MODE_NONE] = "default",      [RV_TIMER_MODE_AUTO] = "default",
    [RV_TIMER_MODE_SMPSAFE] = "default",   [RV_TIMER_MODE_NATIVE] = "native",
    [RV_TIMER_MODE_EMULATE] = "always_emulate", [RV_TIMER_MODE_PARAVIRT] = "native_paravirt",
};

/* What the clock's element is to contain, behind what its attributes are (see read_clock). */
static bool read_timers(XenNative *native, GError **error)
{
    int64_t hpet = -1;
    g_autofree char *tsc = NULL;
    if (!xen_native_text(native, "tsc_mode", &tsc, error) ||
        (native->type == RV_OS_HVM && !xen_native_number(native, "hpet", -1, &hpet, error)))
        return false;
    RvTimerMode mode = RV_TIMER_MODE_AUTO;
    for (RvTimerMode i = RV_TIMER_MODE_NATIVE; tsc && i < RV_TIMER_MODE_SMPSAFE; i++)
        if (strcmp(tsc, tsc_modes[i]) == 0)
            mode = i;
    if (tsc)
        xen_native_xml(native->clock, "<timer name='tsc' present='yes' mode='%s'/>",
                       rv_timer_mode_to_string(mode));
    if (hpet >= 0)
        xen_native_xml(native->clock, "<timer name='hpet' present='%s'/>", hpet ? "yes" : "no");
    return true;
}

static bool write_timers(XenNative *native, const RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->clock.timers->len; i++) {
        const RvGuestTimer *timer = def->clock.timers->pdata[i];
        if (timer->name == RV_TIMER_TSC)
            xen_native_put_text(native, "tsc_mode", tsc_modes[timer->mode]);
        else if (timer->name == RV_TIMER_HPET && is_hvm(def))
            xen_native_put_number(native, "hpet", timer->present != RV_TRISTATE_OFF);
        else
            return unsupported(error, "timer", rv_timer_name_to_string(timer->name));
    }
    return true;
}

const XenNativePart xen_native_timers = {read_timers, write_timers};

static bool read_clock(XenNative *native, GError **error)
{
    int64_t local, offset = 0;
    if (!xen_native_number(native, "localtime", 0, &local, error) ||
        (native->type == RV_OS_HVM &&
         !xen_native_number(native, "rtc_timeoffset", 0, &offset, error)))
        return false;
    /* A PV guest has no clock of its own that it could set. */
    g_autofree char *attributes =
        native->type == RV_OS_HVM
            ? g_strdup_printf("offset='variable' adjustment='%" G_GINT64_FORMAT "' basis='%s'>",
                              offset, local ? "localtime" : "utc")
            : g_strdup_printf("offset='%s' adjustment='reset'>", local ? "localtime" : "utc");
    g_string_prepend(native->clock, attributes);
    return true;
}

static bool write_clock(XenNative *native, const RvDomainDef *def, GError **error)
{
    const RvClock *clock = &def->clock;
    bool variable = clock->offset == RV_CLOCK_VARIABLE, hvm = is_hvm(def);
    bool fixed = clock->offset == RV_CLOCK_UTC || clock->offset == RV_CLOCK_LOCALTIME;
    if (!fixed && (!variable || !hvm))
        return unsupported(error, "clock with offset", rv_clock_offset_to_string(clock->offset));
    if (fixed && hvm && clock->adjustment == RV_CLOCK_RESET)
        return unsupported(error, "clock with adjustment", "reset");
    if (hvm)
        xen_native_put_number(native, "rtc_timeoffset", variable ? clock->adjustment : 0);
    xen_native_put_number(native, "localtime",
                          variable ? clock->basis == RV_CLOCK_BASIS_LOCALTIME
                                   : clock->offset == RV_CLOCK_LOCALTIME);
    return true;
}

const XenNativePart xen_native_clock = {read_clock, write_clock};
