/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/support-plan.h"

#include <string.h>

/* ---- Steps --------------------------------------------------------------------------------- */

static RvSupportStep *step_new(void)
{
    RvSupportStep *step = g_new0(RvSupportStep, 1);
    step->elements = g_hash_table_new(g_str_hash, g_str_equal);
    step->attributes = g_hash_table_new(g_str_hash, g_str_equal);
    step->ends = g_ptr_array_new();
    return step;
}

static RvSupportStep *step_below(RvSupportStep *step, bool attribute, const char *name)
{
    if (!strcmp(name, "*"))
        return step->any ? step->any : (step->any = step_new());
    GHashTable *names = attribute ? step->attributes : step->elements;
    RvSupportStep *below = g_hash_table_lookup(names, name);
    if (!below) {
        below = step_new();
        g_hash_table_insert(names, g_strdup(name), below);
    }
    return below;
}

/* `names` are what is left of the row's path: "a|b", "@c|d" (both attributes), ... */
static void add_path(RvSupportStep *step, char **names, const RvSupportRow *row)
{
    if (!*names) {
        g_ptr_array_add(step->ends, (void *)row);
        return;
    }
    if (!strcmp(*names, "**")) {
        step->all = true;
        return;
    }
    bool attribute = **names == '@';
    g_auto(GStrv) choices = g_strsplit(*names + attribute, "|", -1);
    for (char **choice = choices; *choice; choice++)
        add_path(step_below(step, attribute, *choice), names + 1, row);
}

static RvSupportStep *tree_of(const RvSupport *support)
{
    RvSupportStep *root = step_new();
    for (unsigned i = 0; i < support->n_rows; i++) {
        g_auto(GStrv) names = g_strsplit(support->rows[i].path, "/", -1);
        add_path(root, names, &support->rows[i]);
    }
    return root;
}

/* Those that come after these for a name; an array of their own. */
static RvSupportSteps descend(RvSupportSteps from, bool attribute, const char *name)
{
    GPtrArray *below = g_ptr_array_new();
    for (unsigned i = 0; i < from.n; i++) {
        const RvSupportStep *step = from.steps[i];
        void *named = g_hash_table_lookup(attribute ? step->attributes : step->elements, name);
        if (named)
            g_ptr_array_add(below, named);
        if (step->any)
            g_ptr_array_add(below, step->any);
        if (step->all)
            g_ptr_array_add(below, (void *)step);
    }
    unsigned n = below->len;
    return (RvSupportSteps){(const RvSupportStep *const *)g_ptr_array_free(below, FALSE), n};
}

/* An element of a namespace is listed by its usual prefix ("qemu:commandline"), and a leaf whose
 * value is in an attribute by that. */
static RvSupportSteps descend_row(RvSupportSteps from, const RvXmlRow *row)
{
    if (row->place == RV_XML_PLACE_TEXT || row->place == RV_XML_PLACE_FOREIGN)
        return from;
    g_autofree char *name = row->ns ? g_strdup_printf("%s:%s", row->ns->prefix, row->name) : NULL;
    RvSupportSteps own =
        descend(from, row->place == RV_XML_PLACE_ATTRIBUTE, name ? name : row->name);
    if (!row->attribute)
        return own;
    RvSupportSteps inner = descend(own, true, row->attribute);
    g_free((void *)own.steps);
    return inner;
}

/* ---- Questions ----------------------------------------------------------------------------- */

/* Whether any value can be had at a place to which these steps lead. */
static bool takes_any_value(RvSupportSteps at)
{
    bool covered = false, exact = false;
    for (unsigned i = 0; i < at.n; i++) {
        const GPtrArray *ends = at.steps[i]->ends;
        covered |= at.steps[i]->all;
        exact |= ends->len > 0;
        for (unsigned k = 0; k < ends->len; k++) {
            if (!((const RvSupportRow *)ends->pdata[k])->values)
                return true;
        }
    }
    return covered && !exact;
}

/* Whether all can be had that an element may have. */
static bool takes_all(RvSupportSteps at)
{
    bool covered = false;
    for (unsigned i = 0; i < at.n; i++) {
        const RvSupportStep *step = at.steps[i];
        covered |= step->all;
        if (step->any || step->ends->len || g_hash_table_size(step->elements) ||
            g_hash_table_size(step->attributes))
            return false;
    }
    return covered;
}

static bool is_fine(const RvXmlRow *row, RvSupportSteps at)
{
    switch (row->place) {
    case RV_XML_PLACE_ATTRIBUTE:
    case RV_XML_PLACE_TEXT:
    case RV_XML_PLACE_LEAF:
    case RV_XML_PLACE_VALUES:
        return takes_any_value(at);
    case RV_XML_PLACE_FLAG:
    case RV_XML_PLACE_RAW:
        return at.n > 0;
    case RV_XML_PLACE_GROUP:
    case RV_XML_PLACE_CHILD:
    case RV_XML_PLACE_LIST:
        return takes_all(at);
    case RV_XML_PLACE_FOREIGN:
        return true;
    }
    g_assert_not_reached();
}

/* ---- Plans --------------------------------------------------------------------------------- */

static GMutex lock;       /* of the tables */
static GHashTable *plans; /* by type and steps, in a GBytes: RvSupportPlan */
static GHashTable *trees; /* by RvSupport: RvSupportStep */

static RvSupportPlan *plan_new(const RvXmlType *type, RvSupportSteps at)
{
    RvSupportPlan *plan = g_malloc0(sizeof(*plan) + type->n_rows * sizeof(*plan->questions));
    plan->type = type;
    plan->steps.steps = g_memdup2(at.steps, at.n * sizeof(*at.steps));
    plan->steps.n = at.n;
    for (unsigned i = 0; i < type->n_rows; i++) {
        plan->questions[i].steps = descend_row(plan->steps, &type->rows[i]);
        plan->questions[i].fine = is_fine(&type->rows[i], plan->questions[i].steps);
    }
    return plan;
}

/* With the lock held. One plan serves all places where the same holds, and there are few of these,
 * however deep a type contains itself. */
static RvSupportPlan *find_plan(const RvXmlType *type, RvSupportSteps at)
{
    GByteArray *parts = g_byte_array_new();
    g_byte_array_append(parts, (const guint8 *)&type, sizeof(type));
    g_byte_array_append(parts, (const guint8 *)at.steps, (guint)(at.n * sizeof(*at.steps)));
    g_autoptr(GBytes) key = g_byte_array_free_to_bytes(parts);
    if (!plans)
        plans = g_hash_table_new(g_bytes_hash, g_bytes_equal);
    RvSupportPlan *plan = g_hash_table_lookup(plans, key);
    if (!plan) {
        plan = plan_new(type, at);
        g_hash_table_insert(plans, g_steal_pointer(&key), plan);
    }
    return plan;
}

/* With the lock held. */
static const RvSupportStep *find_tree(const RvSupport *support)
{
    if (!trees)
        trees = g_hash_table_new(NULL, NULL);
    RvSupportStep *tree = g_hash_table_lookup(trees, support);
    if (!tree) {
        tree = tree_of(support);
        g_hash_table_insert(trees, (void *)support, tree);
    }
    return tree;
}

RvSupportPlan *rv_support_plan(const RvSupport *support, const RvXmlType *root)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&lock);
    const RvSupportStep *tree = find_tree(support);
    return find_plan(root, (RvSupportSteps){&tree, 1});
}

RvSupportPlan *rv_support_plan_below(RvSupportQuestion *question, const RvXmlType *type)
{
    RvSupportPlan *plan = g_atomic_pointer_get(&question->plan);
    if (!plan) {
        G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&lock);
        plan = find_plan(type, question->steps);
        g_atomic_pointer_set(&question->plan, plan);
    }
    return plan;
}

bool rv_support_has(const RvSupport *support, const char *path, const char *const **ret_values)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&lock);
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    const RvSupportStep *tree = find_tree(support);
    RvSupportSteps at = {g_memdup2(&tree, sizeof(tree)), 1};
    for (char **name = names; *name; name++) {
        RvSupportSteps below = descend(at, **name == '@', *name + (**name == '@'));
        g_free((void *)at.steps);
        at = below;
    }
    *ret_values = NULL;
    for (unsigned i = 0; i < at.n && !*ret_values; i++) {
        if (at.steps[i]->ends->len)
            *ret_values = ((const RvSupportRow *)at.steps[i]->ends->pdata[0])->values;
    }
    g_free((void *)at.steps);
    return at.n > 0;
}
