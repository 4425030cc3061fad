# SPDX-License-Identifier: LGPL-2.1-or-later
# Grammars and reference pages come from the tables in model/ and from the drivers' lists of what
# they can do; tests hold them to be current.
noinst_PROGRAMS += xml-schemas/describe
xml_schemas_describe_SOURCES = xml-schemas/describe.c
xml_schemas_describe_LDADD = $(DRIVERS_LIBS) $(MODEL_LIBS) $(BASE_LIBS)

schemadir = $(pkgdatadir)/schemas
dist_schema_DATA = xml-schemas/domain.rng xml-schemas/network.rng xml-schemas/pool.rng \
	xml-schemas/volume.rng
EXTRA_DIST += docs/domain-xml.md docs/network-xml.md docs/pool-xml.md docs/volume-xml.md

.PHONY: regenerate
regenerate: xml-schemas/describe
	xml-schemas/describe grammar domain > $(srcdir)/xml-schemas/domain.rng
	xml-schemas/describe reference domain > $(srcdir)/docs/domain-xml.md
	xml-schemas/describe grammar network > $(srcdir)/xml-schemas/network.rng
	xml-schemas/describe reference network > $(srcdir)/docs/network-xml.md
	xml-schemas/describe grammar pool > $(srcdir)/xml-schemas/pool.rng
	xml-schemas/describe reference pool > $(srcdir)/docs/pool-xml.md
	xml-schemas/describe grammar volume > $(srcdir)/xml-schemas/volume.rng
	xml-schemas/describe reference volume > $(srcdir)/docs/volume-xml.md
