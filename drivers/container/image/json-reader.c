/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/json-reader.h"

#include <string.h>

#include "base/error.h"

#define TEXTS_MAX 4096

bool rv_json_refuse(RvJsonReader *reader, const char *field, const char *why)
{
    rv_error_set(reader->error, RV_ERR_OPERATION_FAILED, "%s: '%.100s' %s", reader->document,
                 field, why);
    return false;
}

json_t *rv_json_load(RvJsonReader *reader, const char *text, size_t len, size_t max)
{
    if (len > max) {
        rv_error_set(reader->error, RV_ERR_OPERATION_FAILED, "%s is larger than %zu bytes",
                     reader->document, max);
        return NULL;
    }
    json_error_t fault;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
    if (!json)
        rv_error_set(reader->error, RV_ERR_OPERATION_FAILED, "%s, line %d: %.100s",
                     reader->document, fault.line, fault.text);
    return json;
}

static const char *type_text(json_type type)
{
    static const char *const texts[] = {
        [JSON_OBJECT] = "is not an object", [JSON_ARRAY] = "is not an array",
        [JSON_STRING] = "is not a text",    [JSON_INTEGER] = "is not a whole number",
    };
    return texts[type];
}

bool rv_json_get(RvJsonReader *reader, const json_t *object, const char *field, json_type type,
                 RvJsonNeed need, json_t **ret)
{
    *ret = NULL;
    json_t *value = json_object_get(object, field);
    if (!value || json_is_null(value))
        return need == RV_JSON_OPTIONAL || rv_json_refuse(reader, field, "is missing");
    if (json_typeof(value) != type)
        return rv_json_refuse(reader, field, type_text(type));
    *ret = value;
    return true;
}

bool rv_json_text(RvJsonReader *reader, const json_t *object, const char *field, RvJsonNeed need,
                  char **ret)
{
    json_t *value;
    if (!rv_json_get(reader, object, field, JSON_STRING, need, &value))
        return false;
    g_free(*ret);
    *ret = g_strdup(json_string_value(value));
    return true;
}

bool rv_json_number(RvJsonReader *reader, const json_t *object, const char *field, RvJsonNeed need,
                    int64_t min, int64_t max, int64_t *ret)
{
    json_t *value;
    if (!rv_json_get(reader, object, field, JSON_INTEGER, need, &value))
        return false;
    if (!value)
        return true;
    *ret = json_integer_value(value);
    return (*ret >= min && *ret <= max) || rv_json_refuse(reader, field, "is out of range");
}

bool rv_json_texts(RvJsonReader *reader, const json_t *object, const char *field, RvJsonNeed need,
                   GPtrArray **ret)
{
    json_t *list, *value;
    size_t i;
    if (!rv_json_get(reader, object, field, JSON_ARRAY, need, &list))
        return false;
    if (json_array_size(list) > TEXTS_MAX)
        return rv_json_refuse(reader, field, "has too many members");
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    json_array_foreach(list, i, value) {
        if (!json_is_string(value))
            return rv_json_refuse(reader, field, "has a member that is not a text");
        g_ptr_array_add(texts, g_strdup(json_string_value(value)));
    }
    g_clear_pointer(ret, g_ptr_array_unref);
    *ret = g_steal_pointer(&texts);
    return true;
}

static gint compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool rv_json_keys(RvJsonReader *reader, const json_t *object, const char *field, GPtrArray **ret)
{
    json_t *map;
    if (!rv_json_get(reader, object, field, JSON_OBJECT, RV_JSON_OPTIONAL, &map))
        return false;
    if (json_object_size(map) > TEXTS_MAX)
        return rv_json_refuse(reader, field, "has too many members");
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    for (void *at = json_object_iter(map); at; at = json_object_iter_next(map, at))
        g_ptr_array_add(keys, g_strdup(json_object_iter_key(at)));
    g_ptr_array_sort(keys, compare);
    g_clear_pointer(ret, g_ptr_array_unref);
    *ret = keys;
    return true;
}
