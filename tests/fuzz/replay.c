/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The main of a fuzz target where there is no libFuzzer: feeds it every file of the corpora named
 * (fuzz-NAME without arguments: of $srcdir/tests/fuzz/corpus/NAME), and prints TAP. So the inputs
 * that once broke something are tried by every `make check`.
 */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    g_autofree char *text = NULL;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, NULL))
        return -1;
    /* An exact copy, without the closing NUL: a read past the end must be seen. */
    g_autofree uint8_t *data = g_memdup2(text, length);
    return LLVMFuzzerTestOneInput(data, length);
}

static unsigned replay_corpus(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    const char *name;

    if (!dir) {
        printf("not ok - corpus %s cannot be read\n", path);
        return 0;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (replay_file(file) < 0)
            printf("not ok - %s cannot be replayed\n", file);
        else
            count++;
    }
    return count;
}

static char *own_corpus(const char *program)
{
    g_autofree char *name = g_path_get_basename(program);
    const char *srcdir = g_getenv("srcdir");
    const char *target = strstr(name, "fuzz-");

    return g_build_filename(srcdir ? srcdir : ".", "tests", "fuzz", "corpus",
                            target ? target + strlen("fuzz-") : name, NULL);
}

int main(int argc, char **argv)
{
    g_autofree char *own = own_corpus(argv[0]);
    unsigned count = 0;

    if (argc == 1)
        count = replay_corpus(own);
    for (int i = 1; i < argc; i++)
        count += replay_corpus(argv[i]);
    printf("%s - %u inputs replayed by %s\n", count > 0 ? "ok" : "not ok", count, argv[0]);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
