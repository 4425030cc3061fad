/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire/remote-error.h"

#include "base/error.h"

#define LEVEL_ERROR 2

wire_error rv_remote_error_from_gerror(const GError *error, int source)
{
    int own = rv_error_get_source(error);
    return (wire_error){
        .code = error->domain == RV_ERROR ? error->code : RV_ERR_INTERNAL,
        .source = own ? own : source,
        .message = error->message,
        .level = LEVEL_ERROR,
        .text1 = error->message,
        .text3 = (char *)rv_error_get_remedy(error),
        .number1 = -1,
        .number2 = -1,
    };
}

GError *rv_remote_error_to_gerror(const wire_error *error)
{
    GError *copy = g_error_new_literal(RV_ERROR, error->code,
                                       error->message ? error->message : "unknown error");
    if (error->text3 != NULL && *error->text3 != '\0')
        rv_error_remedy(&copy, "%s", error->text3);
    return copy;
}
