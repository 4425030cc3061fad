# SPDX-License-Identifier: LGPL-2.1-or-later
TESTS += tests/cli/try-reeve
EXTRA_DIST += tests/cli/try-reeve
cli_tests_libs = $(CLI_LIBS) $(CHECK_LIBS)
if HAVE_CHECK
cli_tests = tests/cli/check-command tests/cli/check-line-diff tests/cli/check-option \
	tests/cli/check-output
check_PROGRAMS += $(cli_tests)
TESTS += $(cli_tests)
endif

tests_cli_check_command_SOURCES = tests/cli/check-command.c tests/check-main.h
tests_cli_check_command_LDADD = $(cli_tests_libs)
tests_cli_check_line_diff_SOURCES = tests/cli/check-line-diff.c tests/check-main.h
tests_cli_check_line_diff_LDADD = $(cli_tests_libs)
tests_cli_check_option_SOURCES = tests/cli/check-option.c tests/check-main.h
tests_cli_check_option_LDADD = $(cli_tests_libs)
tests_cli_check_output_SOURCES = tests/cli/check-output.c tests/check-main.h
tests_cli_check_output_LDADD = $(cli_tests_libs)
