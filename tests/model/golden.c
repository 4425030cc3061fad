/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/model/golden.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **golden_files(const char *folder, const char *suffix)
{
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *path =
        g_build_filename(srcdir ? srcdir : ".", "tests/model/data", folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    const char *name;
    g_assert(dir);
    while ((name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, suffix))
            g_ptr_array_add(files, g_build_filename(path, name, NULL));
    }
    qsort(files->pdata, files->len, sizeof(void *), compare_names);
    g_ptr_array_add(files, NULL);
    return (char **)g_ptr_array_steal(files, NULL);
}

char *golden_read(const char *path)
{
    char *text = NULL;
    g_autoptr(GError) error = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, NULL, &error), "%s", error->message);
    return text;
}

void golden_compare(const char *path, const char *text)
{
    if (g_getenv("RV_TEST_REGENERATE")) {
        ck_assert(g_file_set_contents(path, text, -1, NULL));
        return;
    }
    g_autofree char *wanted = golden_read(path);
    unsigned line = 1;
    size_t begin = 0, at = 0;
    for (; wanted[at] && wanted[at] == text[at]; at++) {
        if (wanted[at] == '\n') {
            line++;
            begin = at + 1;
        }
    }
    ck_assert_msg(wanted[at] == text[at], "%s:%u: wanted: %.*s, got: %.*s", path, line,
                  (int)strcspn(wanted + begin, "\n"), wanted + begin,
                  (int)strcspn(text + begin, "\n"), text + begin);
}
