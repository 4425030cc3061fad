/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/tune.h"
#include "model/cpuset.h"

/* Parameters of <memtune>, <blkiotune> and <numatune>. */

enum {
    FLAGS = RV_CHANGE_LIVE | RV_CHANGE_CONFIG,
    STRING_OKAY = 1 << 2, /* every client that asks by this protocol can read strings */
    DEFAULT_WEIGHT = 100,
};

typedef struct {
    RvTuneParams given;
    const RvTuneParam *known;
    size_t n_known;
} Wish;

static Wish wish_of(const void *args, const RvTuneParam *known, size_t n_known)
{
    const wire_domain_set_params_args *list = args;
    return (Wish){{list->params.params_val, list->params.params_len}, known, n_known};
}

static bool apply_numbers(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const Wish *wish = args;
    return rv_tune_params_put(&wish->given, wish->known, wish->n_known, def, live, error);
}

static bool change(RvCall *call, const Wish *wish, RvTuneWhat what, RvChangeApply apply,
                   RvOperation *op, GError **error)
{
    return rv_tune_params_check(&wish->given, wish->known, wish->n_known, error) &&
           rv_tune_change(call, wish, rv_call_flags(call), what, apply, op, error);
}

/* Room for all of them, numbers filled in; NULL: the client wants to know only how many. */
static wire_param *tell(RvCall *call, const void *args, const RvTuneParam *known, size_t n_known,
                        wire_domain_get_params_ret *told)
{
    int max = ((const wire_domain_get_params_args *)args)->max;
    told->count = (int)n_known;
    if (max <= 0)
        return NULL;
    told->params.params_len = MIN((u_int)max, (u_int)n_known);
    told->params.params_val = rv_call_alloc(call, n_known, sizeof(wire_param));
    rv_tune_params_tell(call->data, known, n_known, told->params.params_val);
    return told->params.params_val;
}

/* ---- Memory --------------------------------------------------------------------------------- */

#define LIMIT(field_)                                                                              \
    {.name = #field_, .type = WIRE_PARAM_ULLONG, .at = offsetof(RvDomainDef, memtune.field_),      \
     .defined = RV_MEMORY_UNLIMITED_KIB, .running = RV_MEMORY_UNLIMITED_KIB, .is_limit = true}

static const RvTuneParam memory[] = {LIMIT(hard_limit), LIMIT(soft_limit), LIMIT(swap_hard_limit)};

static bool apply_memory(RvDomainDef *def, bool live, const void *args, GError **error)
{
    if (!apply_numbers(def, live, args, error))
        return false;
    uint64_t limit = rv_domain_def_memory_limit(def), with_swap = def->memtune.swap_hard_limit;
    if (!with_swap || (limit && limit <= with_swap))
        return true;
    rv_error_set(error, RV_ERR_INVALID_ARG, "memory hard_limit tunable value must be lower than or "
                 "equal to swap_hard_limit");
    return false;
}

static bool set_memory(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    Wish wish = wish_of(args, memory, G_N_ELEMENTS(memory));
    return change(call, &wish, RV_TUNE_MEMORY_LIMITS, apply_memory, op, error);
}

static bool tell_memory(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvTuneReading *reading = call->data;
    if (reading->live)
        reading->def->memtune.hard_limit = rv_domain_def_memory_limit(reading->def);
    tell(call, args, memory, G_N_ELEMENTS(memory), ret);
    return true;
}

/* ---- Block devices -------------------------------------------------------------------------- */

static const RvTuneParam block[] = {
    {.name = "weight", .type = WIRE_PARAM_UINT, .at = offsetof(RvDomainDef, blkiotune.weight),
     .running = DEFAULT_WEIGHT},
    {.name = "device_weight", .type = WIRE_PARAM_STRING},
    {.name = "device_read_iops_sec", .type = WIRE_PARAM_STRING},
    {.name = "device_write_iops_sec", .type = WIRE_PARAM_STRING},
    {.name = "device_read_bytes_sec", .type = WIRE_PARAM_STRING},
    {.name = "device_write_bytes_sec", .type = WIRE_PARAM_STRING},
};

/* The same row's limit of a device. */
static const struct {
    size_t at;
    size_t size; /* of an unsigned or a uint64_t */
} device_limits[] = {
#define PLACE(field) {offsetof(RvBlkioDevice, field), sizeof(((RvBlkioDevice *)NULL)->field)}
    [1] = PLACE(weight),     [2] = PLACE(read_iops),   [3] = PLACE(write_iops),
    [4] = PLACE(read_bytes), [5] = PLACE(write_bytes),
};
G_STATIC_ASSERT(G_N_ELEMENTS(device_limits) == G_N_ELEMENTS(block));

static bool is_wide(size_t param)
{
    return device_limits[param].size == sizeof(uint64_t);
}

static uint64_t get_limit(const RvBlkioDevice *device, size_t param)
{
    const void *at = (const char *)device + device_limits[param].at;
    return is_wide(param) ? *(const uint64_t *)at : *(const unsigned *)at;
}

static void set_limit(RvBlkioDevice *device, size_t param, uint64_t value)
{
    void *at = (char *)device + device_limits[param].at;
    if (is_wide(param))
        *(uint64_t *)at = value;
    else
        *(unsigned *)at = (unsigned)value;
}

static bool is_idle(const RvBlkioDevice *device)
{
    uint64_t any = 0;
    for (size_t i = 1; i < G_N_ELEMENTS(block); i++)
        any |= get_limit(device, i);
    return !any;
}

/* Made, where there is none. */
static RvBlkioDevice *find_device(RvBlkiotune *tune, const char *path)
{
    for (guint i = 0; i < tune->devices->len; i++) {
        RvBlkioDevice *device = tune->devices->pdata[i];
        if (strcmp(device->path, path) == 0)
            return device;
    }
    RvBlkioDevice *device = g_new0(RvBlkioDevice, 1);
    device->path = g_strdup(path);
    g_ptr_array_add(tune->devices, device);
    return device;
}

/* "/dev/sda,100,/dev/sdb,200": pairs of a device and its limit, 0: none. */
static bool put_devices(RvBlkiotune *tune, size_t param, const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    guint n = g_strv_length(words);
    uint64_t max = is_wide(param) ? UINT64_MAX : UINT_MAX;
    if (n % 2 != 0) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "unable to parse blkio device '%s' '%s'",
                     block[param].name, text);
        return false;
    }
    for (guint i = 0; i < n; i += 2) {
        guint64 value;
        if (!g_ascii_string_to_unsigned(words[i + 1], 10, 0, max, &value, NULL)) {
            rv_error_set(error, RV_ERR_INVALID_ARG,
                         "invalid value '%s' for parameter '%s' of device '%s'", words[i + 1],
                         block[param].name, words[i]);
            return false;
        }
        set_limit(find_device(tune, words[i]), param, value);
    }
    return true;
}

static void drop_idle(RvBlkiotune *tune)
{
    for (guint i = tune->devices->len; i-- > 0;) {
        RvBlkioDevice *device = tune->devices->pdata[i];
        if (!is_idle(device))
            continue;
        g_ptr_array_remove_index(tune->devices, i);
        g_free(device->path);
        g_free(device);
    }
}

static bool apply_block(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const Wish *wish = args;
    if (!apply_numbers(def, live, args, error))
        return false;
    for (unsigned i = 0; i < wish->given.n_params; i++) {
        const wire_param *param = &wish->given.params[i];
        for (size_t j = 1; j < G_N_ELEMENTS(block); j++)
            if (strcmp(param->field, block[j].name) == 0 &&
                !put_devices(&def->blkiotune, j, param->value.wire_param_value_u.s, error))
                return false;
    }
    drop_idle(&def->blkiotune);
    return true;
}

static bool set_block(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    Wish wish = wish_of(args, block, G_N_ELEMENTS(block));
    return change(call, &wish, RV_TUNE_BLOCK_IO, apply_block, op, error);
}

static char *list_devices(const RvBlkiotune *tune, size_t param)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < tune->devices->len; i++) {
        const RvBlkioDevice *device = tune->devices->pdata[i];
        if (get_limit(device, param))
            g_string_append_printf(text, "%s%s,%" G_GUINT64_FORMAT, text->len ? "," : "",
                                   device->path, get_limit(device, param));
    }
    return g_string_free(text, FALSE);
}

static bool tell_block(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvTuneReading *reading = call->data;
    wire_param *params = tell(call, args, block, G_N_ELEMENTS(block), ret);
    for (size_t i = 1; params && i < G_N_ELEMENTS(block); i++)
        params[i].value.wire_param_value_u.s =
            rv_call_take(call, list_devices(&reading->def->blkiotune, i));
    return true;
}

/* ---- NUMA ----------------------------------------------------------------------------------- */

static const RvTuneParam numa[] = {
    {.name = "numa_mode", .type = WIRE_PARAM_INT},
    {.name = "numa_nodeset", .type = WIRE_PARAM_STRING},
};
enum { N_MODES = 4 };

static bool put_mode(RvNumaMemory *at, bool live, int mode, GError **error)
{
    if (mode < 0 || mode >= N_MODES) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "unsupported numatune mode: '%d'", mode);
        return false;
    }
    if (live && g_strcmp0(at->mode, rv_numa_mode_names[mode]) != 0) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "can't change numatune mode for running domain");
        return false;
    }
    g_free(at->mode);
    at->mode = g_strdup(rv_numa_mode_names[mode]);
    return true;
}

static bool put_nodes(RvNumaMemory *at, const char *text, GError **error)
{
    RvCpuset nodes = {0};
    if (!rv_cpuset_parse(text, &nodes)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "Invalid nodeset of 'numatune': %s", text);
        return false;
    }
    g_free(at->nodeset);
    at->nodeset = rv_cpuset_format(&nodes);
    g_clear_pointer(&at->placement, g_free);
    return true;
}

static bool apply_numa(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const Wish *wish = args;
    if (!def->numatune.memory) {
        def->numatune.memory = g_new0(RvNumaMemory, 1);
        def->numatune.memory->mode = g_strdup(rv_numa_mode_names[0]);
    }
    for (unsigned i = 0; i < wish->given.n_params; i++) {
        const wire_param *param = &wish->given.params[i];
        bool ok = param->value.type == WIRE_PARAM_INT
                      ? put_mode(def->numatune.memory, live, param->value.wire_param_value_u.i,
                                 error)
                      : put_nodes(def->numatune.memory, param->value.wire_param_value_u.s, error);
        if (!ok)
            return false;
    }
    return true;
}

static bool set_numa(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    Wish wish = wish_of(args, numa, G_N_ELEMENTS(numa));
    return change(call, &wish, RV_TUNE_NUMA, apply_numa, op, error);
}

static bool tell_numa(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvTuneReading *reading = call->data;
    const RvNumaMemory *at = reading->def->numatune.memory;
    wire_param *params = tell(call, args, numa, G_N_ELEMENTS(numa), ret);
    if (!params)
        return true;
    params[0].value.wire_param_value_u.i = 0;
    for (int mode = 0; at && mode < N_MODES; mode++)
        if (g_strcmp0(at->mode, rv_numa_mode_names[mode]) == 0)
            params[0].value.wire_param_value_u.i = mode;
    params[1].value.wire_param_value_u.s = at && at->nodeset ? at->nodeset : (char *)"";
    return true;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

#define MODIFY                                                                                     \
    RV_PROC_ARGS(wire_domain_set_params_args), RV_PROC_FLAGS(wire_domain_set_params_args, FLAGS),  \
        .right = RV_RIGHT_WRITE, .target = RV_TARGET_DOMAIN, .job = RV_JOB_MODIFY,                 \
        .finish = rv_change_publish
#define READ                                                                                       \
    RV_PROC_ARGS(wire_domain_get_params_args),                                                     \
        RV_PROC_FLAGS(wire_domain_get_params_args, FLAGS | STRING_OKAY),                           \
        RV_PROC_RET(wire_domain_get_params_ret), .right = RV_RIGHT_READ,                           \
        .target = RV_TARGET_DOMAIN, .work = rv_tune_read

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_SET_MEMORY_PARAMETERS, .name = "domain-set-memory-parameters", MODIFY,
     .work = set_memory},

    {.number = WIRE_DOMAIN_GET_MEMORY_PARAMETERS, .name = "domain-get-memory-parameters", READ,
     .finish = tell_memory},

    {.number = WIRE_DOMAIN_SET_BLKIO_PARAMETERS, .name = "domain-set-blkio-parameters", MODIFY,
     .work = set_block},

    {.number = WIRE_DOMAIN_GET_BLKIO_PARAMETERS, .name = "domain-get-blkio-parameters", READ,
     .finish = tell_block},

    {.number = WIRE_DOMAIN_SET_NUMA_PARAMETERS, .name = "domain-set-numa-parameters", MODIFY,
     .work = set_numa},

    {.number = WIRE_DOMAIN_GET_NUMA_PARAMETERS, .name = "domain-get-numa-parameters", READ,
     .finish = tell_numa},
};
const RvProcedureTable rv_procedures_limits = RV_PROCEDURE_TABLE(rows);
