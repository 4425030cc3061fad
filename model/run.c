/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/run.h"

#include <string.h>

#include "base/error.h"
#include "model/domain-xml.h"

#define NS (&rv_container_namespace)
#define MAX_ROWS 256

RV_ENUM(rv_restart, RvRestart, RV_RESTART_LAST, "no", "on-failure", "always");
RV_ENUM(rv_unhealthy, RvUnhealthy, RV_UNHEALTHY_LAST, "note", "restart", "ignore");

/* ---- Its end -------------------------------------------------------------------------------- */

static const RvXmlRow stop_rows[] = {
    RV_XML_ATTRIBUTE(RvStop, signal, "signal", string, .min = 1, .max = 32,
                     .fallback = "the image's, or what the container's init takes for it",
                     .doc = "The signal that asks it to end: SIGTERM, RTMIN+3, a number."),
    RV_XML_ATTRIBUTE(RvStop, timeout, "timeout", uint, .min = 1, .max = 86400, .fallback = "15",
                     .doc = "How many seconds `destroy --graceful` waits for that."),
};
static const RvXmlType stop = {
    .doc = "How it is asked to end.", .size = sizeof(RvStop), RV_XML_ROWS(stop_rows)};

/* ---- Its health ----------------------------------------------------------------------------- */

static const RvXmlRow arg_rows[] = {
    RV_XML_ATTRIBUTE(RvArgument, value, "value", string,
                     .flags = RV_XML_REQUIRED | RV_XML_KEEP_EMPTY, .doc = "A word of the command."),
};
static const RvXmlType arg = {.doc = "The command, word by word.",
                              .size = sizeof(RvArgument),
                              RV_XML_ROWS(arg_rows)};

static const RvXmlRow health_rows[] = {
    RV_XML_ATTRIBUTE(RvHealth, interval, "interval", uint, .min = 1, .max = 86400,
                     .fallback = "30", .doc = "Seconds from one run to the next."),
    RV_XML_ATTRIBUTE(RvHealth, timeout, "timeout", uint, .min = 1, .max = 3600, .fallback = "30",
                     .doc = "Seconds that a run may take; then it is killed and has failed."),
    RV_XML_ATTRIBUTE(RvHealth, retries, "retries", uint, .min = 1, .max = 1000, .fallback = "3",
                     .doc = "Failures in a row that make the container unhealthy."),
    RV_XML_ATTRIBUTE(RvHealth, start_period, "start-period", uint, .max = 86400,
                     .doc = "Seconds from its start within which failures do not count."),
    RV_XML_ATTRIBUTE(RvHealth, action, "action", enum, .names = rv_unhealthy_names,
                     .fallback = "note",
                     .doc = "What is done then: note, it is told by `reeve failures`; restart, the "
                            "container is ended and started again; ignore, no command is run, not "
                            "even that of the container's image."),
    RV_XML_LIST_OF(NS, RvHealth, args, "arg", &arg, .max = MAX_ROWS),
};

static void check_health(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvHealth *at = object;
    if (at->args->len == 0 && at->action != RV_UNHEALTHY_IGNORE)
        rv_xml_error(reader, RV_ERR_XML, node, NULL,
                     "a health check has a command: <arg value='...'/>");
}

const RvXmlType rv_health_xml = {
    .doc = "A command that is run in the container again and again; exit code 0 is good health.",
    .size = sizeof(RvHealth),
    RV_XML_ROWS(health_rows),
    .check = check_health,
};

/* ---- What it sees --------------------------------------------------------------------------- */

static const RvXmlRow tmpfs_rows[] = {
    RV_XML_ATTRIBUTE(RvTmpfs, dir, "dir", string, .min = 2, .flags = RV_XML_REQUIRED,
                     .doc = "Where it stands in the container."),
    RV_XML_ATTRIBUTE(RvTmpfs, size_kib, "size", kib, .min = 1,
                     .fallback = "half of the host's memory, within the container's limit",
                     .doc = "How much may be in it."),
};

static void check_tmpfs(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvTmpfs *tmpfs = object;
    if (*tmpfs->dir != '/')
        rv_xml_error(reader, RV_ERR_XML, node, "dir", "'%s' does not begin with a slash",
                     tmpfs->dir);
}

static const RvXmlType tmpfs = {
    .doc = "A folder whose files are in memory, and gone when the container ends.",
    .size = sizeof(RvTmpfs),
    RV_XML_ROWS(tmpfs_rows),
    .check = check_tmpfs,
};

static const RvXmlRow secret_rows[] = {
    RV_XML_ATTRIBUTE(RvSecretFile, name, "name", string, .min = 1, .max = 64,
                     .flags = RV_XML_REQUIRED,
                     .doc = "The file in /run/secrets of the container."),
    RV_XML_ATTRIBUTE(RvSecretFile, file, "file", string, .min = 1, .flags = RV_XML_REQUIRED,
                     .doc = "The file of the host that it is a copy of, made at each start."),
};

static void check_secret(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvSecretFile *secret = object;
    if (strchr(secret->name, '/') || *secret->name == '.')
        rv_xml_error(reader, RV_ERR_XML, node, "name", "'%s' is not the plain name of a file",
                     secret->name);
    if (*secret->file != '/')
        rv_xml_error(reader, RV_ERR_XML, node, "file", "'%s' does not begin with a slash",
                     secret->file);
}

static const RvXmlType secret = {
    .doc = "A secret that the container's first program can read and other users of it cannot. It "
           "is in memory only, and in no environment.",
    .size = sizeof(RvSecretFile),
    RV_XML_ROWS(secret_rows),
    .check = check_secret,
};

/* ---- What it may do ------------------------------------------------------------------------- */

static const char *const rlimit_names[] = {
    "as",     "core",    "cpu",    "data",       "fsize",    "locks",  "memlock", "msgqueue",
    "nice",   "nofile",  "nproc",  "rss",        "rtprio",   "rttime", "sigpending", "stack", NULL,
};

static const RvXmlRow rlimit_rows[] = {
    RV_XML_ATTRIBUTE(RvRlimit, name, "name", string, .names = rlimit_names,
                     .flags = RV_XML_REQUIRED, .doc = "Of what, see setrlimit(2)."),
    RV_XML_ATTRIBUTE(RvRlimit, soft, "soft", uint64, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "The limit that holds."),
    RV_XML_ATTRIBUTE(RvRlimit, hard, "hard", uint64, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "The one up to which it can be raised inside."),
};

static void check_rlimit(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvRlimit *limit = object;
    if (limit->soft > limit->hard)
        rv_xml_error(reader, RV_ERR_XML, node, "soft", "it is above the hard limit");
}

static const RvXmlType rlimit = {
    .doc = "A limit of each of its processes.",
    .size = sizeof(RvRlimit),
    RV_XML_ROWS(rlimit_rows),
    .check = check_rlimit,
};

static const RvXmlRow seccomp_rows[] = {
    RV_XML_ATTRIBUTE(RvSeccomp, file, "file", string, .min = 1, .flags = RV_XML_REQUIRED,
                     .doc = "A file of the host with JSON, as linux.seccomp of the OCI runtime "
                            "specification has it. It stands instead of the usual filter."),
};
static const RvXmlType seccomp = {
    .doc = "Which system calls it may use.", .size = sizeof(RvSeccomp), RV_XML_ROWS(seccomp_rows)};

static const char *const privileged_words[] = {RV_PRIVILEGED_WORDS, NULL};

static const RvXmlRow privileged_rows[] = {
    RV_XML_TEXT(RvPrivileged, words, string, .names = privileged_words, .flags = RV_XML_REQUIRED,
                .doc = "These words: \"" RV_PRIVILEGED_WORDS "\"."),
};
static const RvXmlType privileged = {
    .doc = "The container has the host's own users, all capabilities and devices, and no filter of "
           "system calls: nothing keeps its root from the host.",
    .size = sizeof(RvPrivileged),
    RV_XML_ROWS(privileged_rows),
};

static const RvXmlRow rows[] = {
    RV_XML_ATTRIBUTE(RvRun, read_only, "readonly", yes_no,
                     .doc = "Whether the container cannot write to its root."),
    RV_XML_ATTRIBUTE(RvRun, processes, "processes", uint, .min = 1, .max = 4194304,
                     .fallback = "8192", .doc = "How many processes and threads there can be."),
    RV_XML_ATTRIBUTE(RvRun, restart, "restart", enum, .names = rv_restart_names, .fallback = "no",
                     .doc = "Whether it is started again when it ends by itself: on-failure, when "
                            "a signal ended it or its exit code is not 0; always, unless somebody "
                            "asked it to end. After a few ends at once it is given up."),
    RV_XML_CHILD_OF(NS, RvRun, stop, "stop", &stop),
    RV_XML_CHILD_OF(NS, RvRun, health, "health", &rv_health_xml),
    RV_XML_LIST_OF(NS, RvRun, tmpfs, "tmpfs", &tmpfs, .max = MAX_ROWS),
    RV_XML_LIST_OF(NS, RvRun, rlimits, "rlimit", &rlimit, .max = MAX_ROWS),
    RV_XML_LIST_OF(NS, RvRun, secrets, "secret", &secret, .max = MAX_ROWS),
    RV_XML_CHILD_OF(NS, RvRun, seccomp, "seccomp", &seccomp),
    RV_XML_CHILD_OF(NS, RvRun, privileged, "privileged", &privileged),
};

const RvXmlType rv_run_xml = {
    .doc = "How a container is run.", .size = sizeof(RvRun), RV_XML_ROWS(rows)};
