# SPDX-License-Identifier: LGPL-2.1-or-later
# A target is tests/fuzz/fuzz-NAME.c with LLVMFuzzerTestOneInput(), and a corpus of one file for each
# input in tests/fuzz/corpus/NAME: one row in FUZZ_TARGETS; SOURCES with $(FUZZ_MAIN), LDFLAGS
# $(FUZZ_LINK), and LDADD at the end. With --with-fuzzer it is a libFuzzer program that
# `make fuzz` runs; else `make check` replays its corpus.
FUZZ_TARGETS = tests/fuzz/fuzz-domain-rows tests/fuzz/fuzz-domain-xml tests/fuzz/fuzz-frame \
	tests/fuzz/fuzz-image tests/fuzz/fuzz-lxc-config tests/fuzz/fuzz-object-xml \
	tests/fuzz/fuzz-xen-config

dist_noinst_SCRIPTS += tests/fuzz/run-fuzz
FUZZ_SECONDS = 60

if WITH_FUZZER
noinst_PROGRAMS += $(FUZZ_TARGETS)
FUZZ_LINK = $(RV_LDFLAGS) -fsanitize=fuzzer
FUZZ_MAIN =
fuzz: $(FUZZ_TARGETS)
	$(srcdir)/tests/fuzz/run-fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)
else
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += $(FUZZ_TARGETS)
FUZZ_LINK = $(RV_LDFLAGS)
FUZZ_MAIN = tests/fuzz/replay.c
fuzz:
	$(srcdir)/tests/fuzz/run-fuzz $(FUZZ_SECONDS)
endif
.PHONY: fuzz

tests_fuzz_fuzz_domain_xml_SOURCES = tests/fuzz/fuzz-domain-xml.c $(FUZZ_MAIN)
tests_fuzz_fuzz_domain_xml_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_domain_xml_LDADD = $(MODEL_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/domain-xml

tests_fuzz_fuzz_domain_rows_SOURCES = tests/fuzz/fuzz-domain-rows.c \
	tests/model/sample.c tests/model/sample.h $(FUZZ_MAIN)
tests_fuzz_fuzz_domain_rows_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_domain_rows_LDADD = $(MODEL_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/domain-rows

tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz-frame.c $(FUZZ_MAIN)
tests_fuzz_fuzz_frame_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_frame_LDADD = $(DAEMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/frame

tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz-image.c $(FUZZ_MAIN)
tests_fuzz_fuzz_image_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_image_LDADD = $(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/image

tests_fuzz_fuzz_lxc_config_SOURCES = tests/fuzz/fuzz-lxc-config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_lxc_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_lxc_config_LDADD = $(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/lxc-config

tests_fuzz_fuzz_object_xml_SOURCES = tests/fuzz/fuzz-object-xml.c $(FUZZ_MAIN)
tests_fuzz_fuzz_object_xml_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_object_xml_LDADD = $(MODEL_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/object-xml

tests_fuzz_fuzz_xen_config_SOURCES = tests/fuzz/fuzz-xen-config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_xen_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_xen_config_LDADD = $(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/xen-config
