/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/draft.h"
#include "daemon/lifecycle.h"
#include "daemon/save.h"

enum {
    SAVE_FLAGS =
        RV_SAVE_BYPASS_CACHE | RV_SAVE_RUNNING | RV_SAVE_PAUSED | RV_SAVE_RESET_NVRAM,
    MANAGED_FLAGS = RV_SAVE_BYPASS_CACHE | RV_SAVE_RUNNING | RV_SAVE_PAUSED,
    IMAGE_XML_SECURE = 1 << 0,
};

/* ---- What is asked for ---------------------------------------------------------------------- */

typedef struct {
    const char *path, *xml; /* borrowed from the arguments; NULL: not given */
} Wish;

static bool read_params(const wire_param *params, unsigned n, Wish *ret, GError **error)
{
    for (unsigned i = 0; i < n; i++) {
        const wire_param *param = &params[i];
        bool text = param->value.type == WIRE_PARAM_STRING;
        if (text && strcmp(param->field, "file") == 0) {
            ret->path = param->value.wire_param_value_u.s;
        } else if (text && strcmp(param->field, "dxml") == 0) {
            ret->xml = param->value.wire_param_value_u.s;
        } else {
            rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED,
                         "a guest is not saved or restored with '%s'", param->field);
            return false;
        }
    }
    return true;
}

static bool read_wish(const RvCall *call, const void *args, Wish *ret, GError **error)
{
    const wire_domain_save_params_args *save = args;
    const wire_domain_restore_params_args *restore = args;
    *ret = (Wish){0};
    switch (call->procedure->number) {
    case WIRE_DOMAIN_SAVE:
        ret->path = ((const wire_domain_save_args *)args)->path;
        return true;
    case WIRE_DOMAIN_SAVE_FLAGS:
        ret->path = ((const wire_domain_save_flags_args *)args)->path;
        ret->xml = ((const wire_domain_save_flags_args *)args)->xml;
        return true;
    case WIRE_DOMAIN_SAVE_PARAMS:
        return read_params(save->params.params_val, save->params.params_len, ret, error);
    case WIRE_DOMAIN_RESTORE:
        ret->path = ((const wire_domain_restore_args *)args)->path;
        return true;
    case WIRE_DOMAIN_RESTORE_FLAGS:
        ret->path = ((const wire_domain_restore_flags_args *)args)->path;
        ret->xml = ((const wire_domain_restore_flags_args *)args)->xml;
        return true;
    case WIRE_DOMAIN_RESTORE_PARAMS:
        return read_params(restore->params.params_val, restore->params.params_len, ret, error);
    }
    return true; /* a managed save: there is nothing to name */
}

static bool check_wish(RvCall *call, const void *args, Wish *ret, GError **error)
{
    if (!read_wish(call, args, ret, error))
        return false;
    if (!ret->path)
        rv_error_set(error, RV_ERR_INVALID_ARG, "no file is named");
    else if (!g_path_is_absolute(ret->path))
        rv_error_set(error, RV_ERR_INVALID_ARG, "the path '%s' is not absolute", ret->path);
    else if (ret->xml)
        rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED,
                     "the definition of a saved guest cannot be changed");
    else
        return true;
    return false;
}

/* ---- Save ----------------------------------------------------------------------------------- */

static bool check_save(RvCall *call, const void *args, void *ret, GError **error)
{
    Wish wish;
    return check_wish(call, args, &wish, error);
}

static bool save(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    Wish wish;
    return read_wish(call, args, &wish, error) &&
           rv_save(call->domain, wish.path, rv_call_flags(call), op, error);
}

static bool saved(RvCall *call, const void *args, void *ret, GError **error)
{
    Wish wish;
    bool ok = read_wish(call, args, &wish, error);
    if (ok)
        rv_saved(call->domain, wish.path);
    return ok;
}

/* ---- Restore -------------------------------------------------------------------------------- */

typedef struct {
    RvSaveImage *image;
    RvDraft *draft;
} Restore;

static void restore_free(void *data)
{
    Restore *restore = data;
    rv_save_image_free(restore->image);
    rv_draft_free(restore->draft);
    g_free(restore);
}

/* [worker] */
static bool open_image(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    Wish wish;
    const RvDraftWish how = {.driver = rv_call_driver(call)};
    Restore *restore = call->data = g_new0(Restore, 1);
    call->free_data = restore_free;
    if (!read_wish(call, args, &wish, error) ||
        !(restore->image = rv_save_image_open(wish.path, error)))
        return false;
    unsigned flags = rv_call_flags(call);
    if (flags & (RV_SAVE_RUNNING | RV_SAVE_PAUSED))
        restore->image->paused = flags & RV_SAVE_PAUSED;
    restore->draft = rv_draft_new(call->core, &how, restore->image->xml, error);
    return restore->draft;
}

static bool check_restore(RvCall *call, const void *args, void *ret, GError **error)
{
    const Restore *restore = call->data;
    Wish wish;
    if (!restore) {
        if (check_wish(call, args, &wish, error))
            rv_call_prepare(call, open_image);
        return !error || !*error;
    }
    const RvDomainDef *def = restore->draft->def;
    RvDomain *domain =
        rv_lifecycle_reserve(call->core, restore->draft->driver, &def->uuid, def->name, error);
    if (!domain)
        return false;
    rv_call_use_domain(call, domain);
    if (!rv_domain_view_is_active(domain->view))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "domain '%s' is already active", domain->name);
    rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
    return false;
}

static bool restore(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const Restore *what = call->data;
    const RvStartSource source = {.def = what->draft->def, .image = what->image};
    return rv_lifecycle_start(call->domain, &source, 0, op, error);
}

static bool restored(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_lifecycle_started(call->domain);
    return true;
}

/* ---- Images --------------------------------------------------------------------------------- */

/* For a reply; freed with the call. */
static bool tell_xml(RvCall *call, const RvDomainDef *def, unsigned flags)
{
    RvFormatFlags format = flags & IMAGE_XML_SECURE ? RV_FORMAT_SECRETS : 0;
    call->data = rv_domain_def_format(def, format);
    call->free_data = g_free;
    return true;
}

static bool read_image_xml(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_domain_save_image_get_xml_desc_args *wish = args;
    g_autoptr(RvSaveImage) image = rv_save_image_open(wish->path, error);
    g_autoptr(RvDomainDef) def =
        image ? rv_domain_def_parse(image->xml, strlen(image->xml), NULL, error) : NULL;
    return def && tell_xml(call, def, wish->flags);
}

static bool check_secure(RvCall *call, const void *args, void *ret, GError **error)
{
    return !(rv_call_flags(call) & IMAGE_XML_SECURE) ||
           rv_call_may(call, RV_RIGHT_SECRETS, error);
}

static bool read_own_xml(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    g_autoptr(RvDomainDef) def = NULL;
    if (!call->view->saved) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "no managed save image found");
        return false;
    }
    g_autoptr(RvSaveImage) image = rv_save_open(call->domain, &def, error);
    return image && tell_xml(call, def, rv_call_flags(call));
}

static bool told_xml(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_text_ret *)ret)->text = call->data;
    return true;
}

static bool forget(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return rv_save_forget(call->domain, error);
}

/* ---- Rows ----------------------------------------------------------------------------------- */

#define SAVE                                                                                       \
    .right = RV_RIGHT_WRITE, .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE,                   \
    .job = RV_JOB_SAVE, .work = save, .finish = saved
#define RESTORE                                                                                    \
    .right = RV_RIGHT_WRITE, .need = RV_NEED_INACTIVE, .job = RV_JOB_START,                        \
    .answer = check_restore, .work = restore, .finish = restored

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_RESTORE, .name = "domain-restore",
     RV_PROC_ARGS(wire_domain_restore_args), RESTORE},

    {.number = WIRE_DOMAIN_SAVE, .name = "domain-save",
     RV_PROC_ARGS(wire_domain_save_args), SAVE, .answer = check_save},

    {.number = WIRE_DOMAIN_MANAGED_SAVE, .name = "domain-managed-save",
     RV_PROC_ARGS(wire_domain_flags_args), RV_PROC_FLAGS(wire_domain_flags_args, MANAGED_FLAGS),
     SAVE},

    {.number = WIRE_DOMAIN_MANAGED_SAVE_REMOVE, .name = "domain-managed-save-remove",
     RV_PROC_ARGS(wire_domain_flags_args), RV_PROC_FLAGS(wire_domain_flags_args, 0),
     .right = RV_RIGHT_WRITE, .target = RV_TARGET_DOMAIN, .job = RV_JOB_MODIFY, .work = forget},

    {.number = WIRE_DOMAIN_SAVE_FLAGS, .name = "domain-save-flags",
     RV_PROC_ARGS(wire_domain_save_flags_args),
     RV_PROC_FLAGS(wire_domain_save_flags_args, SAVE_FLAGS), SAVE, .answer = check_save},

    {.number = WIRE_DOMAIN_RESTORE_FLAGS, .name = "domain-restore-flags",
     RV_PROC_ARGS(wire_domain_restore_flags_args),
     RV_PROC_FLAGS(wire_domain_restore_flags_args, SAVE_FLAGS), RESTORE},

    {.number = WIRE_DOMAIN_SAVE_IMAGE_GET_XML_DESC, .name = "domain-save-image-get-xml-desc",
     RV_PROC_ARGS(wire_domain_save_image_get_xml_desc_args),
     RV_PROC_FLAGS(wire_domain_save_image_get_xml_desc_args, IMAGE_XML_SECURE),
     RV_PROC_RET(wire_text_ret), .right = RV_RIGHT_WRITE, .answer = check_secure,
     .work = read_image_xml, .finish = told_xml},

    {.number = WIRE_DOMAIN_MANAGED_SAVE_GET_XML_DESC, .name = "domain-managed-save-get-xml-desc",
     RV_PROC_ARGS(wire_domain_flags_args), RV_PROC_FLAGS(wire_domain_flags_args, IMAGE_XML_SECURE),
     RV_PROC_RET(wire_text_ret), .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN,
     .answer = check_secure, .work = read_own_xml, .finish = told_xml},

    {.number = WIRE_DOMAIN_SAVE_PARAMS, .name = "domain-save-params",
     RV_PROC_ARGS(wire_domain_save_params_args),
     RV_PROC_FLAGS(wire_domain_save_params_args, SAVE_FLAGS), SAVE, .answer = check_save},

    {.number = WIRE_DOMAIN_RESTORE_PARAMS, .name = "domain-restore-params",
     RV_PROC_ARGS(wire_domain_restore_params_args),
     RV_PROC_FLAGS(wire_domain_restore_params_args, SAVE_FLAGS), RESTORE},
};
const RvProcedureTable rv_procedures_save = RV_PROCEDURE_TABLE(rows);
