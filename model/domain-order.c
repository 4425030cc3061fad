/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-def.h"
#include "model/domain-xml.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    RvDisk *disk;
    unsigned group;    /* where the first disk of this bus is */
    int number;        /* by its name */
    unsigned position;
} Place;

static int compare_places(const void *x, const void *y)
{
    const Place *a = x, *b = y;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->position < b->position ? -1 : 1;
}

/* Disks of one bus stand together, where the first of them is, in the order of their names. */
static void order_disks(RvDomainDef *def)
{
    unsigned n = def->disks->len, first[RV_DISK_BUS_LAST];
    g_autofree Place *places = g_new(Place, n);
    for (unsigned i = n; i-- > 0;)
        first[((RvDisk *)def->disks->pdata[i])->bus] = i;
    for (unsigned i = 0; i < n; i++) {
        RvDisk *disk = def->disks->pdata[i];
        places[i] = (Place){disk, first[disk->bus], rv_disk_name_index(disk->target), i};
    }
    if (n)
        qsort(places, n, sizeof(*places), compare_places);
    for (unsigned i = 0; i < n; i++)
        def->disks->pdata[i] = places[i].disk;
}

/* Whether `a` stands behind `b` of the same type: by index, a USB master before its companions. */
static bool stands_behind(const RvController *a, const RvController *b)
{
    if (a->index != b->index)
        return a->index > b->index;
    return b->master_start_port < 0 && a->master_start_port >= 0;
}

static void insert_controller(GPtrArray *controllers, RvController *controller)
{
    int to = -1;
    for (unsigned i = controllers->len; i-- > 0;) {
        const RvController *other = controllers->pdata[i];
        if (other->type != controller->type)
            continue;
        if (controller->index < 0) {
            to = (int)i + 1;
            break;
        }
        if (stands_behind(other, controller))
            to = (int)i;
        else if (to < 0)
            to = (int)i + 1;
    }
    g_ptr_array_insert(controllers, to, controller);
}

static void order_controllers(RvDomainDef *def)
{
    g_autoptr(GPtrArray) given = def->controllers;
    def->controllers = g_ptr_array_sized_new(given->len);
    for (unsigned i = 0; i < given->len; i++)
        insert_controller(def->controllers, given->pdata[i]);
}

static void order_videos(GPtrArray *videos)
{
    for (unsigned i = 1; i < videos->len; i++) {
        RvVideo *video = videos->pdata[i];
        if (video->primary != RV_TRISTATE_ON)
            continue;
        memmove(&videos->pdata[1], &videos->pdata[0], i * sizeof(void *));
        videos->pdata[0] = video;
    }
}

void rv_domain_def_order(RvDomainDef *def)
{
    order_disks(def);
    order_controllers(def);
    order_videos(def->videos);
    for (unsigned i = 0; i < def->consoles->len; i++)
        ((RvChardev *)def->consoles->pdata[i])->target_port = (int)i;
}
