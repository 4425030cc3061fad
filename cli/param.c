/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/param.h"

#include <glib.h>
#include <string.h>

#include "cli/output.h"

#define VALUE(param) ((param)->value.wire_param_value_u)

char *rv_param_to_text(const wire_param *param)
{
    switch (param->value.type) {
    case WIRE_PARAM_INT:
        return g_strdup_printf("%d", VALUE(param).i);
    case WIRE_PARAM_UINT:
        return g_strdup_printf("%u", VALUE(param).ui);
    case WIRE_PARAM_LLONG:
        return g_strdup_printf("%" G_GINT64_FORMAT, (gint64)VALUE(param).l);
    case WIRE_PARAM_ULLONG:
        return g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)VALUE(param).ul);
    case WIRE_PARAM_DOUBLE:
        return g_strdup_printf("%f", VALUE(param).d);
    case WIRE_PARAM_BOOLEAN:
        return g_strdup(VALUE(param).b ? "yes" : "no");
    case WIRE_PARAM_STRING:
        return g_strdup(VALUE(param).s);
    default:
        return g_strdup("");
    }
}

static json_t *value_to_json(const wire_param *param)
{
    switch (param->value.type) {
    case WIRE_PARAM_INT:
        return json_integer(VALUE(param).i);
    case WIRE_PARAM_UINT:
        return json_integer(VALUE(param).ui);
    case WIRE_PARAM_LLONG:
        return json_integer(VALUE(param).l);
    case WIRE_PARAM_ULLONG:
        /* JSON's integers end at 2^63 - 1 in most readers. */
        return json_integer((json_int_t)MIN(VALUE(param).ul, (u_quad_t)G_MAXINT64));
    case WIRE_PARAM_DOUBLE:
        return json_real(VALUE(param).d);
    case WIRE_PARAM_BOOLEAN:
        return json_boolean(VALUE(param).b);
    case WIRE_PARAM_STRING:
        return rv_json_text(VALUE(param).s);
    default:
        return json_null();
    }
}

json_t *rv_params_to_json(const wire_param *params, unsigned n)
{
    json_t *object = json_object();
    for (unsigned i = 0; i < n; i++)
        json_object_set_new(object, params[i].field, value_to_json(&params[i]));
    return object;
}

const wire_param *rv_params_find(const wire_param *params, unsigned n, const char *name)
{
    for (unsigned i = 0; i < n; i++) {
        if (!strcmp(params[i].field, name))
            return &params[i];
    }
    return NULL;
}
