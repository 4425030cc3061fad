/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/workers.h"

#include "tests/check-main.h"

enum { MAX_THREADS = 4 };

typedef struct {
    GMutex lock;
    GCond changed;
    int running;
    int most; /* at the same time */
    int done;
    bool open; /* tasks may end */
} Gate;

static void pass(void *data)
{
    Gate *gate = data;
    g_mutex_lock(&gate->lock);
    gate->running++;
    gate->most = MAX(gate->most, gate->running);
    g_cond_broadcast(&gate->changed);
    while (!gate->open)
        g_cond_wait(&gate->changed, &gate->lock);
    gate->running--;
    gate->done++;
    g_cond_broadcast(&gate->changed);
    g_mutex_unlock(&gate->lock);
}

static void await_running(Gate *gate, int wanted)
{
    gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    g_mutex_lock(&gate->lock);
    while (gate->running < wanted)
        if (!g_cond_wait_until(&gate->changed, &gate->lock, deadline))
            break;
    int running = gate->running;
    g_mutex_unlock(&gate->lock);
    ck_assert_int_eq(running, wanted);
}

static void await_done(Gate *gate, int wanted)
{
    gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    g_mutex_lock(&gate->lock);
    while (gate->done < wanted && g_cond_wait_until(&gate->changed, &gate->lock, deadline))
        ;
    ck_assert_int_eq(gate->done, wanted);
    g_mutex_unlock(&gate->lock);
}

static void open_gate(Gate *gate)
{
    g_mutex_lock(&gate->lock);
    gate->open = true;
    g_cond_broadcast(&gate->changed);
    g_mutex_unlock(&gate->lock);
}

/* As many at a time as allowed, all of them in the end, and freeing waits for that. */
START_TEST(test_bound)
{
    enum { TASKS = 50 };
    Gate gate = {0};
    RvWorkers *pool = rv_workers_new(MAX_THREADS, MAX_THREADS);
    for (int i = 0; i < TASKS; i++)
        rv_workers_push(pool, pass, &gate);
    await_running(&gate, MAX_THREADS);
    open_gate(&gate);
    rv_workers_free(pool);
    ck_assert_int_eq(gate.done, TASKS);
    ck_assert_int_eq(gate.most, MAX_THREADS);
}
END_TEST

/* Tasks that block do not hold up another pool's. */
START_TEST(test_two_pools)
{
    Gate closed = {0}, open = {.open = true};
    g_autoptr(RvWorkers) first = rv_workers_new(MAX_THREADS, MAX_THREADS);
    RvWorkers *second = rv_workers_new(1, 1);
    for (int i = 0; i < 3 * MAX_THREADS; i++)
        rv_workers_push(first, pass, &closed);
    rv_workers_push(second, pass, &open);
    rv_workers_free(second);
    ck_assert_int_eq(open.done, 1);
    open_gate(&closed);
}
END_TEST

/* What is stuck lends its place to others, up to the bound; nothing else does. */
START_TEST(test_growth)
{
    enum { MOST = 3 * MAX_THREADS };
    Gate closed = {0}, open = {.open = true};
    RvWorkers *pool = rv_workers_new(MAX_THREADS, MOST);
    for (int i = 0; i < MOST - 1; i++)
        rv_workers_push(pool, pass, &closed);
    rv_workers_push(pool, pass, &open);
    await_done(&open, 1);
    await_running(&closed, MOST - 1);

    for (int i = 0; i < 2; i++)
        rv_workers_push(pool, pass, &closed);
    rv_workers_push(pool, pass, &open);
    await_running(&closed, MOST);
    open_gate(&closed);
    rv_workers_free(pool);
    ck_assert_int_eq(closed.most, MOST);
    ck_assert_int_eq(closed.done, MOST + 1);
    ck_assert_int_eq(open.done, 2);
}
END_TEST

static void note(void *data)
{
    static int last;
    ck_assert_int_eq(GPOINTER_TO_INT(data), last + 1);
    last++;
}

/* One that never grows runs its tasks one after the other, in their order. */
START_TEST(test_order)
{
    RvWorkers *pool = rv_workers_new(1, 1);
    for (int i = 1; i <= 1000; i++)
        rv_workers_push(pool, note, GINT_TO_POINTER(i));
    rv_workers_free(pool);
}
END_TEST

typedef struct {
    RvWorkers *pool;
    Gate *gate;
} Chain;

static void push_more(void *data)
{
    Chain *chain = data;
    rv_workers_push(chain->pool, pass, chain->gate);
}

START_TEST(test_push_from_task)
{
    Gate gate = {.open = true};
    Chain chain = {rv_workers_new(1, 1), &gate};
    rv_workers_push(chain.pool, push_more, &chain);
    await_done(&gate, 1);
    rv_workers_free(chain.pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_bound);
    tcase_add_test(tests, test_two_pools);
    tcase_add_test(tests, test_growth);
    tcase_add_test(tests, test_order);
    tcase_add_test(tests, test_push_from_task);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
