/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "drivers/test/shell.h"

/*
 * Jobs change the state under the lock, write it down, and post settle() to the loop, which fits
 * timer and consoles to what is now. What happens on the loop (the guest ends by itself) is not
 * written, since the loop must not wait for a file system: the core's cleanup() removes the file,
 * and a daemon killed in between finds a guest whose end is still due, or that did not end.
 *
 * A posted call never outlives the instance: free() is called on the loop, behind all of them.
 */
enum { MAX_FILE = 4096 };

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

RV_ENUM(test_ending, TestEnding, TEST_ENDING_LAST, "none", "poweroff", "reboot", "crash");

struct TestInstance {
    RvGuest *guest;
    char *path;
    TestFaults faults;

    GMutex lock; /* of the following */
    bool alive, booted, running;
    int64_t running_since_us; /* monotonic: the same clock for every daemon until a reboot */
    uint64_t ran_us;          /* before that */
    TestEnding due;
    int64_t due_us;

    /* The loop's. */
    RvTimer *timer;
    GPtrArray *shells; /* TestShell */
};

typedef struct {
    TestInstance *instance;
    int fd;
} Plug;

static void end(TestInstance *instance, TestEnding ending);

char *test_instance_path(const RvGuest *guest)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&guest->def->uuid, uuid);
    return g_strdup_printf("%s/%s.guest", guest->host->run_dir, uuid);
}

TestInstance *test_instance_new(RvGuest *guest, TestFaults *faults)
{
    TestInstance *instance = g_new0(TestInstance, 1);
    instance->guest = guest;
    instance->path = test_instance_path(guest);
    instance->faults = *faults;
    *faults = (TestFaults){0};
    g_mutex_init(&instance->lock);
    instance->shells = g_ptr_array_new_with_free_func((GDestroyNotify)test_shell_free);
    return instance;
}

void test_instance_free(TestInstance *instance)
{
    if (!instance)
        return;
    rv_timer_free(instance->timer);
    g_ptr_array_unref(instance->shells);
    test_faults_clear(&instance->faults);
    g_mutex_clear(&instance->lock);
    g_free(instance->path);
    g_free(instance);
}

const TestFaults *test_instance_faults(const TestInstance *instance)
{
    return &instance->faults;
}

static char *boot_id(void)
{
    char *text = rv_file_read(BOOT_ID, 64, NULL, NULL);
    return text ? g_strstrip(text) : g_strdup("");
}

/* Called with the lock held. Replaced atomically, but not synced: see the header. */
static bool save(TestInstance *instance, GError **error)
{
    g_autofree char *boot = boot_id();
    json_t *json = json_pack("{s:s, s:b, s:b, s:I, s:I, s:s, s:I}", "boot", boot, "booted",
                             instance->booted, "running", instance->running, "since",
                             (json_int_t)instance->running_since_us, "ran",
                             (json_int_t)instance->ran_us, "ending",
                             test_ending_to_string(instance->due), "due",
                             (json_int_t)instance->due_us);
    g_autofree char *temporary = g_strconcat(instance->path, ".new", NULL);
    rv_autofd int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = fd >= 0 && json_dumpfd(json, fd, JSON_COMPACT) == 0 &&
                rename(temporary, instance->path) == 0;
    if (!good) {
        rv_error_set_errno(error, errno, "cannot write '%s'", instance->path);
        unlink(temporary);
    }
    json_decref(json);
    return good;
}

static bool load(TestInstance *instance, const char *text, GError **error)
{
    const char *boot, *ending;
    json_int_t since, ran, due;
    json_t *json = json_loads(text, 0, NULL);
    int booted, running;
    bool good = json_unpack(json, "{s:s, s:b, s:b, s:I, s:I, s:s, s:I}", "boot", &boot, "booted",
                            &booted, "running", &running, "since", &since, "ran", &ran, "ending",
                            &ending, "due", &due) == 0;
    g_autofree char *now = boot_id();
    if (good && strcmp(boot, now) == 0 && test_ending_from_string(ending) >= 0) {
        instance->alive = true;
        instance->booted = booted;
        instance->running = running;
        instance->running_since_us = since;
        instance->ran_us = (uint64_t)ran;
        instance->due = (TestEnding)test_ending_from_string(ending);
        instance->due_us = due;
    }
    json_decref(json);
    if (!good)
        rv_error_set(error, RV_ERR_INTERNAL, "'%s' is not what was written there", instance->path);
    return good;
}

static void due_now(void *data)
{
    TestInstance *instance = data;
    g_clear_pointer(&instance->timer, rv_timer_free);

    g_mutex_lock(&instance->lock);
    TestEnding ending = instance->alive && instance->running ? instance->due : TEST_ENDING_NONE;
    if (ending != TEST_ENDING_NONE)
        instance->due = TEST_ENDING_NONE;
    g_mutex_unlock(&instance->lock);
    end(instance, ending);
}

/* Fits timer and consoles to the state. */
static void settle(void *data)
{
    TestInstance *instance = data;
    g_mutex_lock(&instance->lock);
    bool alive = instance->alive, running = alive && instance->running;
    int64_t wait_us = instance->due_us - g_get_monotonic_time();
    bool due = running && instance->due != TEST_ENDING_NONE;
    g_mutex_unlock(&instance->lock);

    g_clear_pointer(&instance->timer, rv_timer_free);
    if (due)
        instance->timer = rv_timer_new(instance->guest->host->loop,
                                       (unsigned)(MAX(wait_us, 0) / 1000), due_now, instance);
    if (!alive)
        g_ptr_array_set_size(instance->shells, 0);
    for (guint i = 0; i < instance->shells->len; i++)
        test_shell_set_running(instance->shells->pdata[i], running);
}

static void post(TestInstance *instance, RvLoopFunc func)
{
    rv_loop_post(instance->guest->host->loop, func, instance);
}

static void restart_shells(void *data)
{
    TestInstance *instance = data;
    for (guint i = 0; i < instance->shells->len; i++)
        test_shell_restart(instance->shells->pdata[i]);
}

/* Called with the lock held. */
static void set_running(TestInstance *instance, bool running)
{
    int64_t now = g_get_monotonic_time();
    if (instance->running)
        instance->ran_us += (uint64_t)(now - instance->running_since_us);
    instance->running_since_us = now;
    instance->running = running;
}

/* The guest ended by itself; shells are closed a little later, since one of them may call. */
static void gone(TestInstance *instance, RvShutoffReason reason)
{
    const RvGuestReports *reports = instance->guest->host->reports;
    g_mutex_lock(&instance->lock);
    instance->alive = false;
    g_mutex_unlock(&instance->lock);
    post(instance, settle);

    if (reason == RV_SHUTOFF_SHUTDOWN)
        reports->state(instance->guest, RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_UNKNOWN);
    reports->ended(instance->guest, reason);
}

static void restarted(TestInstance *instance)
{
    restart_shells(instance);
    instance->guest->host->reports->event(instance->guest, RV_GUEST_REBOOTED);
}

/* Its kernel panicked: the vCPUs stop, and the core decides what becomes of it. */
static void crashed(TestInstance *instance)
{
    g_mutex_lock(&instance->lock);
    set_running(instance, false);
    g_mutex_unlock(&instance->lock);
    post(instance, settle);
    instance->guest->host->reports->state(instance->guest, RV_DOMAIN_CRASHED,
                                          RV_CRASHED_PANICKED);
}

/* [loop] The guest ends, or restarts where its definition says so. */
static void end(TestInstance *instance, TestEnding ending)
{
    const RvDomainDef *def = instance->guest->def;
    g_mutex_lock(&instance->lock);
    bool alive = instance->alive;
    g_mutex_unlock(&instance->lock);
    if (!alive)
        return;

    switch (ending) {
    case TEST_ENDING_POWEROFF:
        if (def->on_poweroff == RV_LIFECYCLE_RESTART)
            restarted(instance);
        else
            gone(instance, RV_SHUTOFF_SHUTDOWN);
        break;
    case TEST_ENDING_REBOOT:
        if (def->on_reboot == RV_LIFECYCLE_DESTROY)
            gone(instance, RV_SHUTOFF_SHUTDOWN);
        else
            restarted(instance);
        break;
    case TEST_ENDING_CRASH:
        crashed(instance);
        break;
    case TEST_ENDING_NONE:
    case TEST_ENDING_LAST:
        break;
    }
}

static void shell_event(TestShell *shell, TestShellEvent event, void *data)
{
    static const TestEnding endings[] = {
        [TEST_SHELL_POWEROFF] = TEST_ENDING_POWEROFF,
        [TEST_SHELL_REBOOT] = TEST_ENDING_REBOOT,
        [TEST_SHELL_CRASH] = TEST_ENDING_CRASH,
    };
    TestInstance *instance = data;
    if (event == TEST_SHELL_HANGUP)
        g_ptr_array_remove_fast(instance->shells, shell);
    else
        end(instance, endings[event]);
}

static void plug(void *data)
{
    g_autofree Plug *plugged = data;
    TestInstance *instance = plugged->instance;
    RvGuest *guest = instance->guest;
    g_ptr_array_add(instance->shells, test_shell_new(guest->host->loop, plugged->fd,
                                                     guest->def->name, shell_event, instance));
    settle(instance);
}

void test_instance_plug(TestInstance *instance, int fd)
{
    Plug *plugged = g_new(Plug, 1);
    *plugged = (Plug){instance, fd};
    rv_loop_post(instance->guest->host->loop, plug, plugged);
}

/* Called with the lock held. */
static bool check_alive(const TestInstance *instance, GError **error)
{
    if (!instance->alive)
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "domain is not running");
    return instance->alive;
}

bool test_instance_boot(TestInstance *instance, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&instance->lock);
    if (access(instance->path, F_OK) == 0) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "'%s' is there: the guest runs already",
                     instance->path);
        return false;
    }
    instance->alive = save(instance, error);
    return instance->alive;
}

bool test_instance_find(TestInstance *instance, RvAdopted *ret, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&instance->lock);
    g_autofree char *text = NULL;
    if (!instance->faults.gone && access(instance->path, F_OK) == 0) {
        text = rv_file_read(instance->path, MAX_FILE, NULL, error);
        if (!text || !load(instance, text, error))
            return false;
    }
    if (!instance->alive) {
        rv_error_set(error, RV_ERR_NO_DOMAIN, "the simulated guest is gone");
        return false;
    }
    if (instance->running)
        *ret = (RvAdopted){RV_DOMAIN_RUNNING, RV_RUNNING_UNKNOWN};
    else
        *ret = (RvAdopted){RV_DOMAIN_PAUSED,
                           instance->booted ? RV_PAUSED_USER : RV_PAUSED_STARTING_UP};
    post(instance, settle);
    return true;
}

bool test_instance_run(TestInstance *instance, bool run, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&instance->lock);
    if (!check_alive(instance, error))
        return false;
    set_running(instance, run);
    instance->booted |= run;
    post(instance, settle);
    return save(instance, error);
}

bool test_instance_press(TestInstance *instance, TestEnding ending, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&instance->lock);
    if (!check_alive(instance, error))
        return false;
    if (instance->faults.ignores_shutdown)
        return true;
    instance->due = ending;
    instance->due_us = g_get_monotonic_time() + (int64_t)instance->faults.shutdown_ms * 1000;
    post(instance, settle);
    return save(instance, error);
}

bool test_instance_reset(TestInstance *instance, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&instance->lock);
    if (!check_alive(instance, error))
        return false;
    instance->due = TEST_ENDING_NONE;
    post(instance, settle);
    post(instance, restart_shells);
    return save(instance, error);
}

void test_instance_destroy(TestInstance *instance)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&instance->lock);
    instance->alive = false;
    unlink(instance->path);
    post(instance, settle);
}

uint64_t test_instance_ran_us(TestInstance *instance)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&instance->lock);
    uint64_t ran = instance->ran_us;
    if (instance->running)
        ran += (uint64_t)(g_get_monotonic_time() - instance->running_since_us);
    return ran;
}

void test_instance_set_ran_us(TestInstance *instance, uint64_t us)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&instance->lock);
    instance->ran_us = us;
}
