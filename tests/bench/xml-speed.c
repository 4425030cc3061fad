/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xml-speed DRIVER FILE [ROUNDS]: how long it takes to read a domain, complete it as the driver does
 * and write it, in this process, without any daemon. Prints JSON with the CPU time of each step in
 * microseconds: the best of the rounds, each of which does it many times; what else the machine has
 * to do only adds.
 */
#include "base/file.h"
#include "base/loop.h"
#include "drivers/driver.h"
#include "model/domain-xml.h"
#include "model/xml-node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPEAT 200 /* in one round */
#define MAX_ROUNDS 101

/* The sum is that of the first N_SUMMED; a define also takes the others. */
typedef enum { READ, COMPLETE, CHECK, WRITE, N_SUMMED, JUDGE = N_SUMMED, FREE, N_STEPS } Step;

static const char *const step_names[N_STEPS + 1] = {"read",  "complete", "check", "write",
                                                    "judge", "free",     "all"};

typedef struct {
    const RvDriver *driver;
    RvDriverHost host;
    const char *text;
    size_t len;
    size_t written; /* bytes */
    double rounds[N_STEPS + 1][MAX_ROUNDS]; /* seconds; the last is the sum */
} Bench;

G_GNUC_NORETURN G_GNUC_PRINTF(1, 2)
static void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("xml-speed: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(EXIT_FAILURE);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static const char *zero_setting(const char *name)
{
    return "0";
}

static void *run_loop(void *data)
{
    rv_loop_run(data);
    return NULL;
}

static void open_driver(Bench *bench, const char *name, const char *folder)
{
    g_autoptr(GError) error = NULL;
    for (const RvDriver *const *driver = rv_drivers; *driver; driver++) {
        if (!strcmp((*driver)->name, name))
            bench->driver = *driver;
    }
    if (!bench->driver)
        fail("there is no driver '%s'", name);
    bench->host = (RvDriverHost){
        .driver = bench->driver,
        .loop = rv_loop_new(&error),
        .run_dir = folder,
        .state_dir = folder,
        .log_dir = folder,
        .setting = zero_setting,
    };
    if (!bench->host.loop)
        fail("%s", error->message);
    g_thread_unref(g_thread_new("loop", run_loop, bench->host.loop));
    if (bench->driver->host->open && !bench->driver->host->open(&bench->host, &error))
        fail("%s", error->message);
}

static RvDomainDef *read_text(const Bench *bench)
{
    g_autoptr(GError) error = NULL;
    RvDomainDef *def = rv_domain_def_parse(bench->text, bench->len, NULL, &error);
    if (!def)
        fail("%s", error->message);
    return def;
}

static void prepare(Bench *bench)
{
    const RvDefinitionOps *ops = bench->driver->definition;
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = read_text(bench);
    if (ops->prepare && !ops->prepare(&bench->host, def, &error))
        fail("%s", error->message);
    if (!ops->complete(&bench->host, def, &error))
        fail("%s", error->message);
}

static void count(double *seconds, Step step, double *last)
{
    double now = cpu_seconds();
    seconds[step] += now - *last;
    *last = now;
}

/* One domain's way, with the time after each step. */
static void walk(Bench *bench, double *seconds)
{
    const RvDriver *driver = bench->driver;
    const RvDefinitionOps *ops = driver->definition;
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    double last = cpu_seconds();
    RvDomainDef *def = read_text(bench);
    count(seconds, READ, &last);
    if (!ops->complete(&bench->host, def, NULL))
        fail("it is not completed");
    count(seconds, COMPLETE, &last);
    ops->check(&bench->host, def, diagnostics);
    count(seconds, CHECK, &last);
    if (ops->support)
        rv_support_check(ops->support, driver->name, &rv_domain_xml, "domain", def,
                         RV_DIAGNOSTIC_WARNING, diagnostics);
    count(seconds, JUDGE, &last);
    g_autofree char *out = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    count(seconds, WRITE, &last);
    rv_domain_def_unref(def);
    count(seconds, FREE, &last);
    bench->written = strlen(out);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(Bench *bench, unsigned n_rounds)
{
    printf("{\"bytes\": %zu, \"written\": %zu", bench->len, bench->written);
    for (unsigned step = 0; step <= N_STEPS; step++) {
        qsort(bench->rounds[step], n_rounds, sizeof(double), compare);
        printf(", \"%s\": %.2f", step_names[step], bench->rounds[step][0] / REPEAT * 1e6);
    }
    printf("}\n");
}

int main(int argc, char **argv)
{
    static Bench bench;
    unsigned n_rounds = argc > 3 ? (unsigned)g_ascii_strtoull(argv[3], NULL, 10) : 11;
    g_autoptr(GError) error = NULL;
    if (argc < 3 || !n_rounds || n_rounds > MAX_ROUNDS)
        fail("usage: xml-speed DRIVER FILE [ROUNDS]");
    g_autofree char *text = rv_file_read(argv[2], RV_XML_MAX_BYTES, &bench.len, &error);
    g_autofree char *folder = g_dir_make_tmp("xml-speed-XXXXXX", NULL);
    if (!text)
        fail("%s", error->message);
    bench.text = text;
    open_driver(&bench, argv[1], folder);
    prepare(&bench);
    for (unsigned round = 0; round < n_rounds; round++) {
        double seconds[N_STEPS] = {0};
        for (unsigned i = 0; i < REPEAT; i++)
            walk(&bench, seconds);
        for (unsigned step = 0; step < N_STEPS; step++) {
            bench.rounds[step][round] = seconds[step];
            if (step < N_SUMMED)
                bench.rounds[N_STEPS][round] += seconds[step];
        }
    }
    print(&bench, n_rounds);
    if (!rv_dir_remove(folder, &error))
        fail("%s", error->message);
    return EXIT_SUCCESS;
}
