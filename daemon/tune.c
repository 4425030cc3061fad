/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/tune.h"

#include <string.h>

#include "base/error.h"
#include "daemon/lifecycle.h"

/* ---- Changing ------------------------------------------------------------------------------- */

typedef struct {
    RvCall *call;
    RvTuneWhat what;
    RvChangeApply apply;
    const void *args;
} Wish;

/* The same rules as for a document that a client defines: it is written, read, and, where a guest is
 * to start with it, completed. */
static bool check(const RvCall *call, const RvDomainDef *def, bool live, GError **error)
{
    g_autoptr(RvDefinition) written = rv_definition_new(def);
    g_autoptr(RvDomainDef) read = rv_definition_parse(written, error);
    return read &&
           (live || rv_lifecycle_complete(call->core, call->domain->driver, read, NULL, error));
}

static bool apply(RvDomainDef *def, bool live, const void *data, GError **error)
{
    const Wish *wish = data;
    return wish->apply(def, live, wish->args, error) && check(wish->call, def, live, error);
}

static bool drive(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *data,
                  RvOperation *op, GError **error)
{
    const Wish *wish = data;
    const RvTuneOps *tune = guest->driver->tune;
    return rv_call_has(call, tune && tune->tunes & 1u << wish->what, guest->driver, error) &&
           tune->apply(guest, def, wish->what, op, error);
}

bool rv_tune_change(RvCall *call, const void *args, unsigned flags, RvTuneWhat what,
                    RvChangeApply make, RvOperation *op, GError **error)
{
    const Wish wish = {call, what, make, args};
    return rv_change_make(call, &wish, flags & (RV_CHANGE_LIVE | RV_CHANGE_CONFIG), apply, drive,
                          op, error);
}

/* ---- Reading -------------------------------------------------------------------------------- */

static void reading_free(void *data)
{
    RvTuneReading *reading = data;
    rv_domain_def_unref(reading->def);
    g_free(reading);
}

bool rv_tune_read(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned chosen = rv_change_choose(call, rv_call_flags(call), error);
    if (!chosen)
        return false;
    RvTuneReading *reading = call->data = g_new0(RvTuneReading, 1);
    call->free_data = reading_free;
    reading->live = chosen & RV_CHANGE_LIVE;
    reading->def = rv_definition_parse(reading->live ? call->view->live : call->view->config,
                                       error);
    return reading->def;
}

/* ---- Parameters ----------------------------------------------------------------------------- */

static const char *type_name(int type)
{
    static const char *const names[] = {
        [WIRE_PARAM_INT] = "int",       [WIRE_PARAM_UINT] = "uint",
        [WIRE_PARAM_LLONG] = "llong",   [WIRE_PARAM_ULLONG] = "ullong",
        [WIRE_PARAM_DOUBLE] = "double", [WIRE_PARAM_BOOLEAN] = "boolean",
        [WIRE_PARAM_STRING] = "string",
    };
    return type > 0 && type < (int)G_N_ELEMENTS(names) ? names[type] : "unknown";
}

static const RvTuneParam *find(const RvTuneParam *known, size_t n_known, const char *name)
{
    for (size_t i = 0; i < n_known; i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return NULL;
}

bool rv_tune_params_check(const RvTuneParams *given, const RvTuneParam *known, size_t n_known,
                          GError **error)
{
    for (unsigned i = 0; i < given->n_params; i++) {
        const wire_param *param = &given->params[i];
        const RvTuneParam *row = find(known, n_known, param->field);
        if (!row) {
            rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED, "parameter '%s' not supported",
                         param->field);
            return false;
        }
        if (param->value.type != row->type) {
            rv_error_set(error, RV_ERR_INVALID_ARG,
                         "invalid type '%s' for parameter '%s', expected '%s'",
                         type_name(param->value.type), row->name, type_name(row->type));
            return false;
        }
        for (unsigned j = 0; j < i; j++) {
            if (strcmp(given->params[j].field, row->name) != 0)
                continue;
            rv_error_set(error, RV_ERR_INVALID_ARG, "parameter '%s' occurs multiple times",
                         row->name);
            return false;
        }
    }
    return true;
}

static int64_t get_value(const wire_param *param)
{
    switch (param->value.type) {
    case WIRE_PARAM_INT:
        return param->value.wire_param_value_u.i;
    case WIRE_PARAM_UINT:
        return param->value.wire_param_value_u.ui;
    default: /* LLONG and ULLONG have the same place */
        return param->value.wire_param_value_u.l;
    }
}

static bool is_small(const RvTuneParam *row)
{
    return row->type == WIRE_PARAM_INT || row->type == WIRE_PARAM_UINT;
}

static bool check_range(const RvTuneParam *row, int64_t value, GError **error)
{
    bool is_none = value == 0 || (row->type == WIRE_PARAM_LLONG && value < 0);
    if (row->is_limit && value == 0) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "a %s of 0 leaves no memory at all", row->name);
        rv_error_remedy(error, "-1 means that there is no limit");
        return false;
    }
    if (is_none || !row->max || ((uint64_t)value >= row->min && (uint64_t)value <= row->max))
        return true;
    rv_error_set(error, RV_ERR_INVALID_ARG, "value of '%s' is out of range [%" G_GUINT64_FORMAT
                 ", %" G_GUINT64_FORMAT "]", row->name, row->min, row->max);
    return false;
}

static void put_number(RvDomainDef *def, const RvTuneParam *row, int64_t value)
{
    void *at = (char *)def + row->at;
    int small = (int)value;
    memcpy(at, is_small(row) ? (void *)&small : (void *)&value, is_small(row) ? sizeof(small)
                                                                              : sizeof(value));
}

bool rv_tune_params_put(const RvTuneParams *given, const RvTuneParam *known, size_t n_known,
                        RvDomainDef *def, bool live, GError **error)
{
    for (unsigned i = 0; i < given->n_params; i++) {
        const wire_param *param = &given->params[i];
        const RvTuneParam *row = find(known, n_known, param->field);
        int64_t value = get_value(param);
        if (row->type == WIRE_PARAM_STRING || (live && row->keeps && value == 0))
            continue;
        if (!check_range(row, value, error))
            return false;
        if (row->is_limit && (uint64_t)value >= RV_MEMORY_UNLIMITED_KIB)
            value = row->absent;
        put_number(def, row, value);
    }
    return true;
}

static int64_t get_number(const RvDomainDef *def, const RvTuneParam *row)
{
    const void *at = (const char *)def + row->at;
    unsigned small;
    int64_t value;
    if (!is_small(row)) {
        memcpy(&value, at, sizeof(value));
        return value;
    }
    memcpy(&small, at, sizeof(small));
    return small;
}

void rv_tune_params_tell(const RvTuneReading *reading, const RvTuneParam *known, size_t n_known,
                         wire_param *params)
{
    for (size_t i = 0; i < n_known; i++) {
        const RvTuneParam *row = &known[i];
        params[i] = (wire_param){(char *)row->name, {.type = row->type}};
        if (row->type == WIRE_PARAM_STRING)
            continue;
        int64_t value = get_number(reading->def, row);
        if (value == row->absent)
            value = reading->live ? row->running : row->defined;
        if (is_small(row))
            params[i].value.wire_param_value_u.ui = (unsigned)value;
        else
            params[i].value.wire_param_value_u.l = value;
    }
}
