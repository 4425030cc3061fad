/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/iothread.h"

#include "base/error.h"

#define POOL(Struct, prefix)                                                                       \
    RV_XML_ATTRIBUTE(Struct, prefix##pool_min, "thread_pool_min", int, .max = INT_MAX,             \
                     .absent = -1, .doc = "Least threads of its pool."),                           \
        RV_XML_ATTRIBUTE(Struct, prefix##pool_max, "thread_pool_max", int, .max = INT_MAX,         \
                         .absent = -1, .doc = "Most threads of its pool.")

static const RvXmlRow thread_rows[] = {
    RV_XML_ATTRIBUTE(RvIothread, id, "id", uint, .min = 1, .flags = RV_XML_REQUIRED,
                     .doc = "The number by which devices name it."),
    POOL(RvIothread, ),
};
static const RvXmlType thread = {
    .doc = "One thread.",
    .size = sizeof(RvIothread),
    RV_XML_ROWS(thread_rows),
};

static const RvXmlRow ids_rows[] = {
    RV_XML_LIST(RvIothreads, ids, "iothread", &thread, .max = RV_MAX_IOTHREADS),
};
const RvXmlType rv_iothread_ids_xml = {RV_XML_ROWS(ids_rows)};

static const RvXmlRow default_rows[] = {POOL(RvIothreads, default_)};
const RvXmlType rv_default_iothread_xml = {RV_XML_ROWS(default_rows)};

static const RvIothread *find(const RvIothreads *threads, unsigned id, unsigned before)
{
    for (unsigned i = 0; i < before; i++) {
        const RvIothread *at = threads->ids->pdata[i];
        if (at->id == id)
            return at;
    }
    return NULL;
}

bool rv_iothreads_have(const RvIothreads *threads, unsigned id)
{
    return threads->ids->len ? find(threads, id, threads->ids->len) != NULL
                             : id && id <= threads->count;
}

void rv_iothreads_settle(RvXmlReader *reader, const RvXmlNode *domain, RvIothreads *threads)
{
    GPtrArray *ids = threads->ids;
    const RvXmlNode *node = rv_xml_node_child(domain, "iothreadids", 0);
    for (unsigned i = 1; i < ids->len; i++) {
        unsigned id = ((RvIothread *)ids->pdata[i])->id;
        if (find(threads, id, i))
            rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "iothread", i), "id",
                         "another thread is number %u, too", id);
    }
    threads->count = MAX(threads->count, ids->len);
    for (unsigned id = 1; ids->len && ids->len < threads->count; id++) {
        if (find(threads, id, ids->len))
            continue;
        RvIothread *more = rv_xml_new(&thread);
        more->id = id;
        g_ptr_array_add(ids, more);
    }
}
