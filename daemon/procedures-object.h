/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Handlers that the rows of all kinds of objects share: see procedures-network.c. Each works for the
 * row's kind. The arguments and results are the wire_object_* and wire_list_* layouts.
 */

#include "daemon/dispatch.h"

/* Lists: wire_list_all_objects; the names of active ones, of inactive ones, their numbers. */
bool rv_object_list_all(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_list_active(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_list_inactive(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_count_active(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_count_inactive(RvCall *call, const void *args, void *ret, GError **error);
/* Filters of list-all that all kinds have. */
#define RV_OBJECT_LIST_FLAGS 0x3fu

bool rv_object_look_up_name(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_look_up_uuid(RvCall *call, const void *args, void *ret, GError **error);

/* About one: wire_int_ret, wire_text_ret. */
bool rv_object_is_active(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_is_persistent(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_get_autostart(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_get_xml(RvCall *call, const void *args, void *ret, GError **error);
#define RV_OBJECT_XML_INACTIVE 1u

/* Events of the kind, from its lifecycle one on (procedures-event.c). */
bool rv_object_listen(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_unlisten(RvCall *call, const void *args, void *ret, GError **error);

/* Answer and finish of a row with RV_JOB_DEFINE; arguments that begin with the document. Flag 1:
 * unknown content is refused. */
bool rv_object_define(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_defined(RvCall *call, const void *args, void *ret, GError **error);

/* Answer, work and finish of a row with RV_JOB_START: without defining it, by a document. */
bool rv_object_create(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_create_work(RvCall *call, const void *args, RvOperation *op, GError **error);
bool rv_object_created(RvCall *call, const void *args, void *ret, GError **error);
/* [worker] For a row's own `answer`: reads the document; see rv_call_prepare(). */
bool rv_object_read(RvCall *call, const char *xml, bool strict, GError **error);

/* Work and finish of a row with RV_JOB_START and RV_NEED_INACTIVE. */
bool rv_object_start_work(RvCall *call, const void *args, RvOperation *op, GError **error);
bool rv_object_start_finish(RvCall *call, const void *args, void *ret, GError **error);
/* Work and finish of a row with RV_JOB_DESTROY and RV_NEED_ACTIVE. */
bool rv_object_stop_work(RvCall *call, const void *args, RvOperation *op, GError **error);
bool rv_object_stop_finish(RvCall *call, const void *args, void *ret, GError **error);

/* Answer and finish of a row with RV_JOB_UNDEFINE and RV_NEED_PERSISTENT. */
bool rv_object_undefine(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_undefined(RvCall *call, const void *args, void *ret, GError **error);
/* Answer and finish of a row with RV_JOB_MODIFY and RV_NEED_PERSISTENT. */
bool rv_object_set_autostart_answer(RvCall *call, const void *args, void *ret, GError **error);
bool rv_object_set_autostart_finish(RvCall *call, const void *args, void *ret, GError **error);
