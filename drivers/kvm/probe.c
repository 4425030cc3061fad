/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "drivers/kvm/qmp.h"

enum { MAX_OUTPUT = 4096 };

typedef struct {
    const char *command;
    const char *arguments; /* JSON, or NULL */
    bool (*take)(KvmEmulator *emulator, json_t *answer);
    bool optional; /* not every emulator knows it */
} Question;

/* "pentium3-i386-cpu" is model pentium3 of any architecture's type names. */
static char *model_of_type(const char *type)
{
    const char *end = type ? g_strrstr(type, "-cpu") : NULL;
    if (!end || end[4])
        return NULL;
    g_autofree char *head = g_strndup(type, (gsize)(end - type));
    char *dash = strrchr(head, '-');
    return dash ? g_strndup(head, (gsize)(dash - head)) : NULL;
}

static bool take_machines(KvmEmulator *emulator, json_t *answer)
{
    size_t i;
    json_t *row;
    json_array_foreach(answer, i, row) {
        const char *name, *alias = NULL, *cpu = NULL;
        int max = 0, is_default = 0, deprecated = 0;
        if (json_unpack(row, "{s:s, s?s, s?s, s:i, s?b, s?b}", "name", &name, "alias", &alias,
                        "default-cpu-type", &cpu, "cpu-max", &max, "is-default", &is_default,
                        "deprecated", &deprecated) != 0)
            return false;
        if (strcmp(name, "none") == 0)
            continue;
        KvmMachine *machine = kvm_emulator_add_machine(emulator, name);
        machine->alias = g_strdup(alias);
        machine->cpu = model_of_type(cpu);
        machine->max_cpus = (unsigned)MAX(max, 1);
        machine->is_default = is_default;
        machine->deprecated = deprecated;
    }
    return json_is_array(answer);
}

static bool take_cpus(KvmEmulator *emulator, json_t *answer)
{
    size_t i;
    json_t *row;
    json_array_foreach(answer, i, row) {
        const char *name;
        int deprecated = 0;
        if (json_unpack(row, "{s:s, s?b}", "name", &name, "deprecated", &deprecated) != 0)
            return false;
        KvmCpuModel *cpu = kvm_emulator_add_cpu(emulator, name);
        json_t *lacks = json_object_get(row, "unavailable-features");
        cpu->usable = json_array_size(lacks) == 0;
        cpu->deprecated = deprecated;
    }
    return json_is_array(answer);
}

static bool take_devices(KvmEmulator *emulator, json_t *answer)
{
    size_t i;
    json_t *row;
    json_array_foreach(answer, i, row) {
        const char *name = json_string_value(json_object_get(row, "name"));
        if (!name)
            return false;
        g_hash_table_add(emulator->devices, g_strdup(name));
    }
    return json_is_array(answer);
}

static bool take_version(KvmEmulator *emulator, json_t *answer)
{
    int major, minor, micro;
    const char *package = "";
    if (json_unpack(answer, "{s:{s:i, s:i, s:i}, s?s}", "qemu", "major", &major, "minor", &minor,
                    "micro", &micro, "package", &package) != 0)
        return false;
    emulator->version = (unsigned)(major * 1000000 + minor * 1000 + micro);
    emulator->package = g_strdup(package);
    return true;
}

static bool take_arch(KvmEmulator *emulator, json_t *answer)
{
    const char *arch = json_string_value(json_object_get(answer, "arch"));
    emulator->arch = g_strdup(arch ? kvm_arch_from_qemu(arch) : NULL);
    return arch != NULL;
}

static bool take_kvm(KvmEmulator *emulator, json_t *answer)
{
    emulator->has_kvm = json_is_true(json_object_get(answer, "present"));
    return json_is_object(answer);
}

static const Question questions[] = {
    {"query-version", NULL, take_version},
    {"query-target", NULL, take_arch},
    {"query-kvm", NULL, take_kvm},
    {"query-machines", NULL, take_machines},
    {"query-cpu-definitions", NULL, take_cpus, true},
    {"qom-list-types", "{\"implements\": \"device\", \"abstract\": false}", take_devices},
};

static bool ask(Qmp *qmp, void *data, GError **error)
{
    KvmEmulator *emulator = data;
    QmpCall *calls[G_N_ELEMENTS(questions)];
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        const char *arguments = questions[i].arguments;
        calls[i] = qmp_send(qmp, questions[i].command,
                            arguments ? json_loads(arguments, 0, NULL) : NULL);
    }
    int64_t until = g_get_monotonic_time() / 1000 + KVM_TALK_MS;
    bool good = true;
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        const Question *question = &questions[i];
        int64_t left = until - g_get_monotonic_time() / 1000;
        json_t *answer = qmp_wait(calls[i], good ? (int)MAX(left, 0) : 0, NULL,
                                  good && !question->optional ? error : NULL);
        if (good && answer && !question->take(emulator, answer)) {
            rv_error_set(error, RV_ERR_INTERNAL, "QEMU's answer to '%s' cannot be understood",
                         question->command);
            good = false;
        }
        good = good && (answer || question->optional);
        json_decref(answer);
    }
    return good;
}

static void no_event(const char *name, json_t *data, void *user)
{
}

static void no_close(const GError *reason, void *user)
{
}

static const QmpHandler handler = {.event = no_event, .closed = no_close};

/* What it said before it died, for the error. */
static char *read_output(int fd)
{
    char text[MAX_OUTPUT + 1];
    ssize_t n = read(fd, text, MAX_OUTPUT);
    text[MAX(n, 0)] = 0;
    return g_utf8_make_valid(g_strstrip(text), -1);
}

typedef struct {
    int monitor, output, pidfd;
} Running;

static void running_clear(Running *running)
{
    rv_fd_close(&running->monitor);
    rv_fd_close(&running->output);
    rv_fd_close(&running->pidfd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Running, running_clear)

static bool run(const RvDriverHost *host, const char *path, uid_t uid, const char *accelerator,
                Running *running, GError **error)
{
    static const char *const args[] = {"-S", "-no-user-config", "-nodefaults", "-display", "none",
                                       "-machine", "none", "-mon", "chardev=m,mode=control",
                                       "-accel"};
    int monitor[2], output[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, monitor) < 0) {
        rv_error_set_errno(error, errno, "cannot ask the emulator '%s'", path);
        return false;
    }
    running->monitor = monitor[0];
    if (pipe2(output, O_CLOEXEC | O_NONBLOCK) < 0) {
        rv_error_set_errno(error, errno, "cannot ask the emulator '%s'", path);
        close(monitor[1]);
        return false;
    }
    running->output = output[0];

    g_autoptr(RvSpawn) spawn = rv_spawn_new(path);
    for (size_t i = 0; i < G_N_ELEMENTS(args); i++)
        rv_spawn_arg(spawn, args[i]);
    rv_spawn_arg(spawn, accelerator);
    rv_spawn_arg(spawn, "-chardev");
    rv_spawn_arg_format(spawn, "socket,id=m,fd=%d", rv_spawn_pass_fd(spawn, monitor[1]));
    rv_spawn_output(spawn, output[1]);
    rv_spawn_confine(spawn);
    if (host->privileged) {
        static const char *const with_kvm[] = {"/dev/kvm", NULL};
        rv_spawn_identity(spawn, uid, uid);
        if (strcmp(accelerator, "kvm") == 0) /* which may be closed to others */
            rv_spawn_private_dev(spawn, with_kvm, uid, uid);
    }
    RvProcessId id;
    return rv_spawn_start(spawn, &id, &running->pidfd, error);
}

bool kvm_probe_talk(const RvDriverHost *host, const char *path, uid_t uid, const char *accelerator,
                    KvmTalk talk, void *data, GError **error)
{
    g_auto(Running) running = {-1, -1, -1};
    if (!run(host, path, uid, accelerator, &running, error))
        return false;

    g_autoptr(Qmp) qmp = qmp_new(host->loop, rv_fd_steal(&running.monitor), &handler, NULL);
    bool good = talk(qmp, data, error);
    json_decref(qmp_wait(qmp_send(qmp, "quit", NULL), good ? 1000 : 0, NULL, NULL));
    qmp_close(qmp);
    if (!rv_process_wait(running.pidfd, good ? 1000 : 0, NULL)) {
        (void)!rv_process_signal(running.pidfd, SIGKILL, NULL);
        rv_process_wait(running.pidfd, 1000, NULL);
    }
    if (!good) {
        g_autofree char *output = read_output(running.output);
        g_prefix_error(error, "the emulator '%s' cannot be used: %s%s", path, output,
                       *output ? ": " : "");
    }
    return good;
}

KvmEmulator *kvm_probe(const RvDriverHost *host, const char *path, const KvmProgram *program,
                       uid_t uid, GError **error)
{
    g_autoptr(KvmEmulator) emulator = kvm_emulator_new(path, program);
    if (!kvm_probe_talk(host, path, uid, "tcg", ask, emulator, error))
        return NULL;
    if (emulator->version < KVM_LEAST_VERSION) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the emulator '%s' is QEMU %u.%u", path,
                     emulator->version / 1000000, emulator->version / 1000 % 1000);
        rv_error_remedy(error, "QEMU 6.2 or newer is needed");
        return NULL;
    }
    return g_steal_pointer(&emulator);
}
