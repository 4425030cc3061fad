/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/use.h"

#include <string.h>

#include "base/error.h"
#include "base/signal-name.h"
#include "base/fd.h"
#include "drivers/container/host.h"
#include "drivers/container/image/root.h"
#include "drivers/container/namespace.h"

static RvImage *claim(const RvGuest *guest, RvImageConfig **ret_config, GError **error)
{
    char owner[RV_UUID_STRING_LEN + 1];
    RvImageStore *store = container_host(guest->host)->images;
    rv_uuid_format(&guest->def->uuid, owner);
    g_autoptr(RvImage) image = rv_image_root_claim(store, owner, guest->def->oci->image, error);
    if (image)
        *ret_config = rv_image_store_config(store, image->id, NULL, error);
    return image && *ret_config ? g_steal_pointer(&image) : NULL;
}

/* ---- What runs ------------------------------------------------------------------------------ */

/* By all of `words` but the first. */
static void replace_arguments(RvDomainDef *def, const GPtrArray *words)
{
    g_autoptr(GPtrArray) copies = g_ptr_array_new();
    for (guint i = 1; i < words->len; i++)
        g_ptr_array_add(copies, g_strdup(words->pdata[i]));
    for (guint i = 0; i < def->os.init_args->len; i++)
        g_free(g_array_index(def->os.init_args, char *, i));
    g_array_set_size(def->os.init_args, 0);
    g_array_append_vals(def->os.init_args, copies->pdata, copies->len);
}

/* Arguments of the definition take the place of the image's own, as those of `docker run` do. */
static bool set_program(RvDomainDef *def, const RvImageConfig *config, GError **error)
{
    const GPtrArray *entrypoint = config->entrypoint, *cmd = config->cmd;
    if (def->os.init)
        return true;
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    for (guint i = 0; entrypoint && i < entrypoint->len; i++)
        g_ptr_array_add(all, entrypoint->pdata[i]);
    for (guint i = 0; i < def->os.init_args->len; i++)
        g_ptr_array_add(all, g_array_index(def->os.init_args, char *, i));
    for (guint i = 0; cmd && def->os.init_args->len == 0 && i < cmd->len; i++)
        g_ptr_array_add(all, cmd->pdata[i]);
    if (all->len == 0) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the image '%s' does not say what to run",
                     def->oci->image);
        rv_error_remedy(error, "give the container an <init>");
        return false;
    }
    def->os.init = g_strdup(all->pdata[0]);
    replace_arguments(def, all);
    return true;
}

static bool has_variable(const RvDomainDef *def, const char *name)
{
    for (guint i = 0; i < def->os.init_env->len; i++)
        if (strcmp(((const RvInitEnv *)def->os.init_env->pdata[i])->name, name) == 0)
            return true;
    return false;
}

static void set_environment(RvDomainDef *def, const RvImageConfig *config)
{
    for (guint i = 0; config->env && i < config->env->len; i++) {
        const char *text = config->env->pdata[i], *equals = strchr(text, '=');
        g_autofree char *name = g_strndup(text, (gsize)(equals - text));
        if (has_variable(def, name))
            continue;
        RvInitEnv *variable = g_new0(RvInitEnv, 1);
        variable->name = g_steal_pointer(&name);
        variable->value = g_strdup(equals + 1);
        g_ptr_array_add(def->os.init_env, variable);
    }
}

static void set_user(RvDomainDef *def, const RvImageConfig *config)
{
    if (def->os.init_user || def->os.init_group || !config->user || !*config->user)
        return;
    const char *colon = strchr(config->user, ':');
    def->os.init_user = colon ? g_strndup(config->user, (gsize)(colon - config->user))
                              : g_strdup(config->user);
    if (colon && colon[1])
        def->os.init_group = g_strdup(colon + 1);
}

static unsigned seconds(int64_t ns)
{
    return (unsigned)MIN((ns + 999999999) / 1000000000, 86400);
}

/* "CMD" and the words of a command, "CMD-SHELL" and a line for the shell, or "NONE". */
static bool add_words(RvHealth *health, const GPtrArray *test)
{
    const char *kind = test->len > 1 ? test->pdata[0] : "NONE";
    static const char *const shell[] = {"/bin/sh", "-c"};
    bool by_shell = strcmp(kind, "CMD-SHELL") == 0;
    if (!by_shell && strcmp(kind, "CMD") != 0)
        return false;
    for (guint i = by_shell ? 0 : 2; i < test->len + 1; i++) {
        RvArgument *word = g_new0(RvArgument, 1);
        word->value = g_strdup(by_shell && i < 2 ? shell[i] : test->pdata[i - 1]);
        g_ptr_array_add(health->args, word);
    }
    return true;
}

/* The image's own health check, unless the definition has one or wants none. */
static void set_health(RvDomainDef *def, const RvImageHealth *image)
{
    if ((def->run && def->run->health) || !image->test || image->test->len == 0)
        return;
    RvRun *made = def->run ? def->run : rv_xml_new(&rv_run_xml);
    made->health = rv_xml_new(&rv_health_xml);
    made->health->interval = seconds(image->interval);
    made->health->timeout = seconds(image->timeout);
    made->health->start_period = seconds(image->start_period);
    made->health->retries = (unsigned)image->retries;
    if (!add_words(made->health, image->test))
        made->health->action = RV_UNHEALTHY_IGNORE;
    def->run = made;
}

/* ---- Whose files they are ------------------------------------------------------------------- */

/* overlayfs itself acts as root of the host, who must be somebody in what it writes to: one above
 * all ids that the container has. */
static GPtrArray *with_host_root(const GPtrArray *ranges, RvIdRange *root)
{
    GPtrArray *all = g_ptr_array_new();
    *root = (RvIdRange){.target = 0, .count = 1};
    for (guint i = 0; i < ranges->len; i++) {
        const RvIdRange *range = ranges->pdata[i];
        g_ptr_array_add(all, ranges->pdata[i]);
        root->start = MAX(root->start, range->start + range->count);
        if (range->target == 0)
            root->count = 0;
    }
    if (root->count > 0)
        g_ptr_array_add(all, root);
    return all;
}

static int open_users(const ContainerIds *ids, GError **error)
{
    RvIdRange user, group;
    g_autoptr(GPtrArray) uids = with_host_root(ids->uids, &user);
    g_autoptr(GPtrArray) gids = with_host_root(ids->gids, &group);
    return container_namespace_users(uids, gids, error);
}

/* ---- The whole ------------------------------------------------------------------------------ */

int container_image_open(const RvGuest *guest, const ContainerIds *ids, GPtrArray **ret_volumes,
                         GError **error)
{
    char owner[RV_UUID_STRING_LEN + 1];
    RvDomainDef *def = guest->def;
    g_autoptr(RvImageConfig) config = NULL;
    g_autoptr(RvImage) image = claim(guest, &config, error);
    if (!image || !set_program(def, config, error))
        return -1;
    set_environment(def, config);
    set_user(def, config);
    set_health(def, &config->health);
    if (!def->os.init_dir)
        def->os.init_dir = g_strdup(config->working_dir);
    *ret_volumes = g_steal_pointer(&config->volumes);
    rv_uuid_format(&def->uuid, owner);
    rv_autofd int users = open_users(ids, error);
    return users < 0 ? -1
                     : rv_image_root_mount(container_host(guest->host)->images, owner, image,
                                           users, error);
}

/* ---- How it is stopped ---------------------------------------------------------------------- */

int container_image_stop_signal(const RvGuest *guest)
{
    g_autoptr(RvImageConfig) config = NULL;
    g_autoptr(RvImage) image = guest->def->oci ? claim(guest, &config, NULL) : NULL;
    return image && config->stop_signal ? rv_signal_from_name(config->stop_signal) : 0;
}
