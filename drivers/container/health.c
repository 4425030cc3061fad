/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/health.h"

#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "drivers/container/exec.h"
#include "drivers/container/guest.h"

enum { INTERVAL_S = 30, TIMEOUT_S = 30, RETRIES = 3 };

struct ContainerHealth {
    RvExecution run;         /* runner -1: none */
    gint64 first_us;         /* monotonic, like these: when it was first looked after */
    gint64 begun_us, due_us;
    unsigned failures;       /* in a row */
};

static unsigned or_usual(unsigned said, unsigned usual)
{
    return said ? said : usual;
}

static void close_run(RvExecution *run)
{
    int *const fds[] = {&run->input, &run->output, &run->errors, &run->runner, &run->program};
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        rv_fd_close(fds[i]);
}

/* What it writes is for nobody, and it is not to wait for a reader. */
static void drain(const RvExecution *run)
{
    char block[4096];
    while (read(run->output, block, sizeof(block)) > 0 ||
           read(run->errors, block, sizeof(block)) > 0)
        ;
}

static void kill_run(RvExecution *run)
{
    const int fds[] = {run->program, run->runner};
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        if (fds[i] >= 0 && !rv_process_signal(fds[i], SIGKILL, NULL))
            rv_log_warning("a health check cannot be killed");
    (void)rv_process_wait(run->runner, 1000, NULL);
}

static void *end(void *data)
{
    ContainerHealth *health = data;
    kill_run(&health->run);
    close_run(&health->run);
    g_free(health);
    return NULL;
}

/* The loop does not wait for the end of what still runs. */
void container_health_free(ContainerHealth *health)
{
    if (health && health->run.runner >= 0)
        g_thread_unref(g_thread_new("health", end, health));
    else
        g_free(health);
}

static void become_unhealthy(RvGuest *guest, const RvHealth *wish, unsigned failures)
{
    ContainerGuest *container = container_guest(guest);
    g_autofree char *text =
        g_strdup_printf("its health check has failed %u times in a row", failures);
    guest->host->reports->failure(guest, text);
    if (wish->action != RV_UNHEALTHY_RESTART)
        return;
    g_autoptr(GError) error = NULL;
    g_atomic_int_set(&container->unhealthy, 1);
    if (!rv_process_signal(container->pidfd, SIGKILL, &error))
        rv_log_error("container '%s': %s", guest->def->name, error->message);
}

static void judge(RvGuest *guest, const RvHealth *wish, ContainerHealth *health, bool good)
{
    unsigned most = or_usual(wish->retries, RETRIES);
    bool counts = health->begun_us - health->first_us >= wish->start_period * G_USEC_PER_SEC;
    health->failures = good ? 0 : health->failures + (counts ? 1 : 0);
    health->due_us = health->begun_us + or_usual(wish->interval, INTERVAL_S) * G_USEC_PER_SEC;
    if (!good && counts && health->failures == most)
        become_unhealthy(guest, wish, most);
}

static void begin(RvGuest *guest, const RvHealth *wish, ContainerHealth *health)
{
    g_autoptr(GPtrArray) args = g_ptr_array_new();
    for (guint i = 0; i < wish->args->len; i++)
        g_ptr_array_add(args, ((const RvArgument *)wish->args->pdata[i])->value);
    g_ptr_array_add(args, NULL);
    const RvExecWish exec = {.args = (char *const *)args->pdata};
    g_autoptr(GError) error = NULL;
    health->begun_us = g_get_monotonic_time();
    if (container_exec_ops.start(guest, &exec, &health->run, &error)) {
        rv_fd_close(&health->run.input);
        return;
    }
    rv_log_info("container '%s': its health check: %s", guest->def->name, error->message);
    judge(guest, wish, health, false);
}

static void look_at_run(RvGuest *guest, const RvHealth *wish, ContainerHealth *health)
{
    gint64 most_us = or_usual(wish->timeout, TIMEOUT_S) * G_USEC_PER_SEC;
    int status = -1;
    drain(&health->run);
    bool ended = rv_process_wait(health->run.runner, 0, &status);
    if (!ended && g_get_monotonic_time() - health->begun_us < most_us)
        return;
    if (!ended)
        kill_run(&health->run);
    close_run(&health->run);
    judge(guest, wish, health, ended && status == 0);
}

void container_health_look(RvGuest *guest, ContainerHealth **health)
{
    const RvRun *run = guest->def->run;
    const ContainerGuest *container = container_guest(guest);
    if (!run || !run->health || run->health->action == RV_UNHEALTHY_IGNORE ||
        !g_atomic_int_get(&container->begun) || g_atomic_int_get(&container->asked))
        return;
    if (!*health) {
        *health = g_new0(ContainerHealth, 1);
        (*health)->run = (RvExecution){-1, -1, -1, -1, -1};
        (*health)->first_us = g_get_monotonic_time();
        (*health)->due_us =
            (*health)->first_us + or_usual(run->health->interval, INTERVAL_S) * G_USEC_PER_SEC;
    }
    if ((*health)->run.runner >= 0)
        look_at_run(guest, run->health, *health);
    else if (g_get_monotonic_time() >= (*health)->due_us)
        begin(guest, run->health, *health);
}
