/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/daemon/fixture.h"

/* A job whose work waits until the test lets it go, or until it is cancelled. */
typedef struct {
    Fixture *fixture;
    const char *name;
    bool done;
    int code; /* of the error; 0: success */
    char *message;
    GMutex lock;
    GCond changed;
    bool released;
    bool flag_begun;
} Task;

static void task_init(Task *task, Fixture *fixture, const char *name)
{
    *task = (Task){.fixture = fixture, .name = name};
    g_mutex_init(&task->lock);
    g_cond_init(&task->changed);
}

static void release(Task *task)
{
    g_mutex_lock(&task->lock);
    task->released = true;
    g_cond_signal(&task->changed);
    g_mutex_unlock(&task->lock);
}

static void tell_begun(void *data)
{
    ((Task *)data)->flag_begun = true;
}

static bool wait_for_release(RvJob *job, RvOperation *op, void *data, GError **error)
{
    Task *task = data;
    op->progress(op, 3, 10);
    rv_loop_post(task->fixture->core.loop, tell_begun, task);
    g_mutex_lock(&task->lock);
    while (!task->released && !g_cancellable_is_cancelled(op->cancel))
        g_cond_wait_until(&task->changed, &task->lock, g_get_monotonic_time() + 1000);
    g_mutex_unlock(&task->lock);
    if (task->released)
        return true;
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the wait was cut short");
    return false;
}

static void task_done(RvJob *job, void *data, const GError *error)
{
    Task *task = data;
    ck_assert(!task->done);
    task->done = true;
    task->code = error ? error->code : 0;
    task->message = error ? g_strdup(error->message) : NULL;
    g_string_append_printf(task->fixture->log, "%s ", task->name);
}

static bool submit(RvDomain *domain, Task *task, RvJobKind kind, RvJobWork work)
{
    RvJobSpec spec = {
        .kind = kind,
        .owner = task->name,
        .group = task->name,
        .preempts = kind == RV_JOB_DESTROY,
        .work = work,
        .done = task_done,
        .data = task,
    };
    g_autoptr(GError) error = NULL;
    bool ok = rv_job_submit(domain->jobs, &spec, &error);
    if (!ok)
        task->code = error->code, task->message = g_strdup(error->message);
    return ok;
}

static void task_clear(Task *task)
{
    g_free(task->message);
    g_mutex_clear(&task->lock);
    g_cond_clear(&task->changed);
}

START_TEST(test_one_after_the_other)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = fixture_domain(fixture, &test_driver, 1, "a");
    Task tasks[3];
    static const char *const names[] = {"x", "y", "z"};
    for (int i = 0; i < 3; i++) {
        task_init(&tasks[i], fixture, names[i]);
        ck_assert(submit(domain, &tasks[i], RV_JOB_START, i == 1 ? NULL : wait_for_release));
    }
    fixture_run_until(fixture, &tasks[0].flag_begun);
    ck_assert(!tasks[2].flag_begun);

    g_autoptr(GPtrArray) list = rv_job_queue_list(domain->jobs);
    ck_assert_uint_eq(list->len, 3);
    const RvJobInfo *first = list->pdata[0], *last = list->pdata[2];
    ck_assert_str_eq(first->owner, "x");
    ck_assert_int_eq(first->kind, RV_JOB_START);
    ck_assert_uint_eq(first->done, 3);
    ck_assert_uint_eq(first->total, 10);
    ck_assert_int_gt(first->started_us, 0);
    ck_assert_int_eq(last->started_us, 0);

    release(&tasks[2]);
    release(&tasks[0]);
    fixture_run_until(fixture, &tasks[2].done);
    ck_assert_str_eq(fixture->log->str, "x y z ");
    ck_assert(rv_job_queue_is_idle(domain->jobs));
    for (int i = 0; i < 3; i++)
        task_clear(&tasks[i]);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_other_domains_go_on)
{
    Fixture *fixture = fixture_new();
    Task stuck[8], free_one; /* as many as the fixture has workers, less one */
    for (unsigned char i = 0; i < 7; i++) {
        g_autofree char *name = g_strdup_printf("stuck%d", i);
        task_init(&stuck[i], fixture, "stuck");
        submit(fixture_domain(fixture, &test_driver, i, name), &stuck[i], RV_JOB_SUSPEND,
               wait_for_release);
    }
    task_init(&free_one, fixture, "free");
    RvDomain *domain = fixture_domain(fixture, &test_driver, 99, "free");
    submit(domain, &free_one, RV_JOB_SUSPEND, wait_for_release);
    release(&free_one);
    fixture_run_until(fixture, &free_one.done);
    ck_assert_str_eq(fixture->log->str, "free ");
    for (int i = 0; i < 7; i++) {
        release(&stuck[i]);
        fixture_run_until(fixture, &stuck[i].done);
        task_clear(&stuck[i]);
    }
    task_clear(&free_one);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_preempt)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = fixture_domain(fixture, &test_driver, 1, "a");
    Task suspend, resume, define, destroy;
    task_init(&suspend, fixture, "suspend");
    task_init(&resume, fixture, "resume");
    task_init(&define, fixture, "define");
    task_init(&destroy, fixture, "destroy");
    release(&destroy);
    submit(domain, &suspend, RV_JOB_SUSPEND, wait_for_release);
    submit(domain, &define, RV_JOB_DEFINE, NULL);
    submit(domain, &resume, RV_JOB_RESUME, wait_for_release);
    fixture_run_until(fixture, &suspend.flag_begun);
    submit(domain, &destroy, RV_JOB_DESTROY, wait_for_release);
    fixture_run_until(fixture, &define.done);

    ck_assert_str_eq(fixture->log->str, "resume suspend destroy define ");
    ck_assert_int_eq(suspend.code, RV_ERR_OPERATION_ABORTED);
    ck_assert_int_eq(resume.code, RV_ERR_OPERATION_ABORTED);
    ck_assert(strstr(suspend.message, "'destroy' by destroy goes first"));
    ck_assert_int_eq(destroy.code, 0);
    ck_assert_int_eq(define.code, 0);
    task_clear(&suspend);
    task_clear(&resume);
    task_clear(&define);
    task_clear(&destroy);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_preempt_of_all_workers)
{
    Fixture *fixture = fixture_new();
    Task stuck[8], destroy;
    RvDomain *last = NULL;
    for (unsigned char i = 0; i < 8; i++) {
        g_autofree char *name = g_strdup_printf("stuck%d", i);
        task_init(&stuck[i], fixture, "stuck");
        last = fixture_domain(fixture, &test_driver, i, name);
        submit(last, &stuck[i], RV_JOB_SUSPEND, wait_for_release);
    }
    task_init(&destroy, fixture, "destroy");
    release(&destroy);
    RvDomain *healthy = fixture_domain(fixture, &test_driver, 99, "healthy");
    submit(healthy, &destroy, RV_JOB_DESTROY, wait_for_release);
    fixture_run_until(fixture, &destroy.done);
    ck_assert_str_eq(fixture->log->str, "destroy ");
    for (int i = 0; i < 8; i++) {
        release(&stuck[i]);
        fixture_run_until(fixture, &stuck[i].done);
        task_clear(&stuck[i]);
    }
    task_clear(&destroy);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_cleanup_goes_first)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = fixture_domain(fixture, &test_driver, 1, "a");
    Task first, second, cleanup;
    task_init(&first, fixture, "first");
    task_init(&second, fixture, "second");
    task_init(&cleanup, fixture, "cleanup");
    submit(domain, &first, RV_JOB_SUSPEND, wait_for_release);
    submit(domain, &second, RV_JOB_SUSPEND, wait_for_release);
    submit(domain, &cleanup, RV_JOB_CLEANUP, wait_for_release);
    g_autoptr(GPtrArray) list = rv_job_queue_list(domain->jobs);
    const RvJobInfo *info = list->pdata[1];
    ck_assert(!rv_job_cancel(domain->jobs, info->id));
    release(&first), release(&second), release(&cleanup);
    fixture_run_until(fixture, &second.done);
    ck_assert_str_eq(fixture->log->str, "first cleanup second ");
    task_clear(&first), task_clear(&second), task_clear(&cleanup);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_cancel)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = fixture_domain(fixture, &test_driver, 1, "a");
    Task running, waiting;
    task_init(&running, fixture, "running");
    task_init(&waiting, fixture, "waiting");
    submit(domain, &running, RV_JOB_START, wait_for_release);
    submit(domain, &waiting, RV_JOB_START, wait_for_release);
    fixture_run_until(fixture, &running.flag_begun);
    g_autoptr(GPtrArray) list = rv_job_queue_list(domain->jobs);

    ck_assert(!rv_job_cancel(domain->jobs, 4711));
    ck_assert(rv_job_cancel(domain->jobs, ((RvJobInfo *)list->pdata[1])->id));
    ck_assert_msg(!waiting.done, "called from within");
    fixture_run_until(fixture, &waiting.done);
    ck_assert(!waiting.flag_begun);
    ck_assert_int_eq(waiting.code, RV_ERR_OPERATION_ABORTED);

    ck_assert(rv_job_cancel(domain->jobs, 0));
    fixture_run_until(fixture, &running.done);
    ck_assert_int_eq(running.code, RV_ERR_OPERATION_ABORTED);
    ck_assert_msg(strstr(running.message, "job 'start' was cancelled: a client asked for it"),
                  "%s", running.message);
    ck_assert(!rv_job_cancel(domain->jobs, 0));
    task_clear(&running), task_clear(&waiting);
    fixture_free(fixture);
}
END_TEST

static bool skip_work(RvJob *job, void *data, GError **error)
{
    rv_job_skip_work(job);
    return true;
}

START_TEST(test_work_that_is_skipped)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = fixture_domain(fixture, &test_driver, 1, "a");
    Task task;
    task_init(&task, fixture, "task");
    RvJobSpec spec = {
        .kind = RV_JOB_UNDEFINE,
        .owner = task.name,
        .begin = skip_work,
        .work = wait_for_release,
        .done = task_done,
        .data = &task,
    };
    ck_assert(rv_job_submit(domain->jobs, &spec, NULL));
    fixture_run_until(fixture, &task.done);
    ck_assert_int_eq(task.code, 0);
    ck_assert(!task.flag_begun);
    task_clear(&task);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_full_queue)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = fixture_domain(fixture, &test_driver, 1, "a");
    static Task tasks[257];
    Task late, destroy;
    for (int i = 0; i < 257; i++) {
        task_init(&tasks[i], fixture, "uid 7, pid 12 (virsh)");
        ck_assert_msg(submit(domain, &tasks[i], RV_JOB_SUSPEND, wait_for_release), "%d", i);
    }
    task_init(&late, fixture, "late");
    ck_assert(!submit(domain, &late, RV_JOB_SUSPEND, wait_for_release));
    ck_assert_int_eq(late.code, RV_ERR_RESOURCE_BUSY);
    ck_assert_msg(strstr(late.message, "'suspend' by uid 7, pid 12 (virsh)"), "%s", late.message);

    task_init(&destroy, fixture, "destroy");
    release(&destroy);
    ck_assert(submit(domain, &destroy, RV_JOB_DESTROY, wait_for_release));
    fixture_run_until(fixture, &destroy.done);
    fixture_settle(fixture);
    for (int i = 0; i < 257; i++) {
        ck_assert(tasks[i].done && tasks[i].code == RV_ERR_OPERATION_ABORTED);
        task_clear(&tasks[i]);
    }
    task_clear(&late), task_clear(&destroy);
    fixture_free(fixture);
}
END_TEST

START_TEST(test_withdraw)
{
    Fixture *fixture = fixture_new();
    RvDomain *domain = fixture_domain(fixture, &test_driver, 1, "a");
    Task gone[2], other;
    task_init(&gone[0], fixture, "gone");
    task_init(&gone[1], fixture, "gone");
    task_init(&other, fixture, "other");
    submit(domain, &gone[0], RV_JOB_START, wait_for_release);
    submit(domain, &gone[1], RV_JOB_START, wait_for_release);
    submit(domain, &other, RV_JOB_START, wait_for_release);
    release(&other);
    rv_job_queue_withdraw(domain->jobs, gone[0].name);
    fixture_run_until(fixture, &gone[1].done);
    ck_assert_int_eq(gone[1].code, RV_ERR_OPERATION_ABORTED);
    ck_assert_msg(!gone[0].done, "a job that runs is brought to its end");
    release(&gone[0]);
    fixture_run_until(fixture, &other.done);
    ck_assert_int_eq(gone[0].code, 0);
    ck_assert_int_eq(other.code, 0);
    task_clear(&gone[0]), task_clear(&gone[1]), task_clear(&other);
    fixture_free(fixture);
}
END_TEST

/* The job's data holds the domain's last reference. */
static void drop_domain(RvJob *job, void *data, const GError *error)
{
    ck_assert_ptr_null(error);
    rv_domain_unref(data);
}

START_TEST(test_last_reference)
{
    Fixture *fixture = fixture_new();
    RvUuid uuid = fixture_uuid(1);
    RvDomain *domain = rv_domain_new(&fixture->core, &test_driver, &uuid, "a");
    ck_assert(rv_job_submit(domain->jobs,
                            &(RvJobSpec){.kind = RV_JOB_DEFINE,
                                         .owner = "me",
                                         .done = drop_domain,
                                         .data = domain},
                            NULL));
    fixture_settle(fixture);
    fixture_settle(fixture);
    fixture_free(fixture);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("job");
    tcase_add_test(tcase, test_one_after_the_other);
    tcase_add_test(tcase, test_other_domains_go_on);
    tcase_add_test(tcase, test_preempt);
    tcase_add_test(tcase, test_preempt_of_all_workers);
    tcase_add_test(tcase, test_cleanup_goes_first);
    tcase_add_test(tcase, test_cancel);
    tcase_add_test(tcase, test_work_that_is_skipped);
    tcase_add_test(tcase, test_full_queue);
    tcase_add_test(tcase, test_withdraw);
    tcase_add_test(tcase, test_last_reference);
    return fixture_main("job", tcase);
}
