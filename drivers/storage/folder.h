/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The folder of a pool, and files in it. A volume is a name in that folder, never a path: no '/',
 * not "..", and no link that leads out of it is opened. What is not finished has a name that begins
 * with ".reeve-new-", which is no volume, and is locked as long as somebody works on it. [job]
 */

#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>

#define STORAGE_NEW_PREFIX ".reeve-new-"

G_GNUC_WARN_UNUSED_RESULT int storage_folder_open(const char *path, GError **error);

/* Whether a volume can be called so. RV_ERR_OPERATION_INVALID. */
G_GNUC_WARN_UNUSED_RESULT bool storage_name_check(const char *name, GError **error);
/* Whether something that is in the folder can be told of as a volume. */
bool storage_name_is_told(const char *name);

/* Opens a volume within the folder, whose path is for errors. RV_ERR_NO_STORAGE_VOL: it is not
 * there. */
G_GNUC_WARN_UNUSED_RESULT int storage_open(int folder, const char *path, const char *name,
                                           int flags, GError **error);
/* The same to be looked at alone: links are followed wherever they lead. */
G_GNUC_WARN_UNUSED_RESULT int storage_open_look(int folder, const char *path, const char *name,
                                                GError **error);

/* A new file that nobody sees yet. */
typedef struct {
    int folder; /* borrowed */
    int fd;     /* -1: a folder */
    char *name; /* its own for now */
} StorageNew;

G_GNUC_WARN_UNUSED_RESULT bool storage_new_file(StorageNew *new_file, int folder, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool storage_new_folder(StorageNew *new_file, int folder, GError **error);
/* Gives it its name, durably; RV_ERR_STORAGE_VOL_EXIST: there is one of that name. */
G_GNUC_WARN_UNUSED_RESULT bool storage_new_publish(StorageNew *new_file, const char *name,
                                                   GError **error);
void storage_new_clear(StorageNew *new_file); /* removes one that was not published */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StorageNew, storage_new_clear)

/* Removes what a daemon that was killed has not finished. */
void storage_folder_clean(int folder);
