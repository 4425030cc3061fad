# SPDX-License-Identifier: LGPL-2.1-or-later
# Figures: ours beside libvirtd's, in one run. `make bench QUICK=1` takes each figure once.
noinst_PROGRAMS += tests/bench/rpc-load
tests_bench_rpc_load_SOURCES = tests/bench/rpc-load.c tests/bench/load-call.c \
	tests/bench/load-call.h tests/bench/load-client.c tests/bench/load-client.h
tests_bench_rpc_load_LDADD = $(WIRE_LIBS) $(BASE_LIBS)

# Reading, completing and writing in one process.
noinst_PROGRAMS += tests/bench/xml-speed
tests_bench_xml_speed_SOURCES = tests/bench/xml-speed.c
tests_bench_xml_speed_LDADD = $(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS)

dist_noinst_SCRIPTS += tests/bench/compare tests/bench/containers tests/bench/xen
EXTRA_DIST += tests/bench/typical.xml tests/bench/figures.py tests/bench/side.py
bench: all
	REEVE_BUILD='$(abs_builddir)' $(srcdir)/tests/bench/compare $(if $(QUICK),--quick) $(BENCH)
# Containers beside libvirt's and beside the bare runtime.
bench-containers: all
	REEVE_BUILD='$(abs_builddir)' $(srcdir)/tests/bench/containers $(if $(QUICK),--quick)
# Xen's guests beside libvirt's and beside xl, in a box of tests/lab.
bench-xen: all
	REEVE_BUILD='$(abs_builddir)' LAB_SECONDS=1200 $(srcdir)/tests/lab/host-in-a-box xen \
		/usr/bin/python3 $(abs_srcdir)/tests/bench/xen $(if $(QUICK),--quick)
.PHONY: bench bench-containers bench-xen
