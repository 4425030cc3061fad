# SPDX-License-Identifier: LGPL-2.1-or-later
bin_PROGRAMS += cli/reeve
noinst_LIBRARIES += libcli.a
libcli_a_SOURCES = \
	cli/address.c cli/address.h \
	cli/check.c \
	cli/cli.c cli/cli.h \
	cli/command.c cli/command.h \
	cli/completion.c cli/completion.h \
	cli/console.c cli/console.h \
	cli/copy.c \
	cli/definition.c cli/definition.h \
	cli/devices.c \
	cli/document.c cli/document.h \
	cli/domain-info.c \
	cli/domain-lifecycle.c \
	cli/domain-list.c \
	cli/domain-numbers.c \
	cli/domain-stats.c \
	cli/edit.c \
	cli/exec.c \
	cli/event.c \
	cli/help.c cli/help.h \
	cli/history.c \
	cli/host-stats.c \
	cli/host.c \
	cli/image.c \
	cli/image-import.c \
	cli/job-stats.c cli/job-stats.h \
	cli/jobs.c \
	cli/logs.c \
	cli/limits.c \
	cli/live.c cli/live.h \
	cli/line-diff.c cli/line-diff.h \
	cli/manual.c \
	cli/native.c \
	cli/network.c \
	cli/pool.c \
	cli/notes.c \
	cli/object.c cli/object.h \
	cli/option.c cli/option.h \
	cli/output.c cli/output.h \
	cli/param.c cli/param.h \
	cli/save.c \
	cli/screen.c \
	cli/screenshot.c \
	cli/script.c cli/script.h \
	cli/self.c \
	cli/shell.c cli/shell.h \
	cli/state-text.c cli/state-text.h \
	cli/table.c cli/table.h \
	cli/terminal.c cli/terminal.h \
	cli/tune.c cli/tune.h \
	cli/volume.c \
	cli/xpath.c cli/xpath.h
CLI_LIBS = libcli.a $(WIRE_LIBS) $(MODEL_LIBS) $(BASE_LIBS)
cli_reeve_SOURCES = cli/main.c
cli_reeve_LDADD = $(CLI_LIBS)

# The manual page and completion both come from the tables of commands.
dist_bashcomp_DATA = completions/reeve
nodist_man_MANS = docs/man/reeve.1
CLEANFILES += docs/man/reeve.1
docs/man/reeve.1: cli/reeve$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cli/reeve$(EXEEXT) -q dump-man >$@.tmp && mv $@.tmp $@
