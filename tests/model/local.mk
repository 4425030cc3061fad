# SPDX-License-Identifier: LGPL-2.1-or-later
if HAVE_CHECK
model_tests = \
	tests/model/check-definition \
	tests/model/check-diagnostics \
	tests/model/check-domain-bombs \
	tests/model/check-domain-complete \
	tests/model/check-domain-faults \
	tests/model/check-domain-field \
	tests/model/check-domain-grammar \
	tests/model/check-domain-mutations \
	tests/model/check-domain-sample \
	tests/model/check-domain-state \
	tests/model/check-domain-tables \
	tests/model/check-domain-xml \
	tests/model/check-key tests/model/check-network \
	tests/model/check-storage-xml \
	tests/model/check-support \
	tests/model/check-xml-document \
	tests/model/check-xml-locate
check_PROGRAMS += $(model_tests)
TESTS += $(model_tests)
endif
model_tests_libs = $(MODEL_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
model_tests_mutation = tests/model/mutation.c tests/model/mutation.h \
	tests/model/sample.c tests/model/sample.h
model_tests_golden = tests/model/golden.c tests/model/golden.h

tests_model_check_domain_xml_SOURCES = tests/model/check-domain-xml.c $(model_tests_golden)
tests_model_check_domain_xml_LDADD = $(model_tests_libs)

tests_model_check_domain_complete_SOURCES = tests/model/check-domain-complete.c
tests_model_check_domain_complete_LDADD = $(model_tests_libs)

tests_model_check_domain_grammar_SOURCES = \
	tests/model/check-domain-grammar.c $(model_tests_mutation) $(model_tests_golden)
tests_model_check_domain_grammar_LDADD = $(DRIVERS_LIBS) $(model_tests_libs)

tests_model_check_domain_field_SOURCES = tests/model/check-domain-field.c $(model_tests_golden)
tests_model_check_domain_field_LDADD = $(model_tests_libs)

tests_model_check_xml_document_SOURCES = tests/model/check-xml-document.c
tests_model_check_xml_document_LDADD = $(model_tests_libs)

tests_model_check_xml_locate_SOURCES = tests/model/check-xml-locate.c
tests_model_check_xml_locate_LDADD = $(model_tests_libs)

tests_model_check_domain_faults_SOURCES = tests/model/check-domain-faults.c
tests_model_check_domain_faults_LDADD = $(model_tests_libs)

tests_model_check_domain_bombs_SOURCES = tests/model/check-domain-bombs.c
tests_model_check_domain_bombs_LDADD = $(model_tests_libs)

tests_model_check_definition_SOURCES = tests/model/check-definition.c
tests_model_check_definition_LDADD = $(model_tests_libs)

tests_model_check_diagnostics_SOURCES = tests/model/check-diagnostics.c
tests_model_check_diagnostics_LDADD = $(model_tests_libs)

tests_model_check_domain_state_SOURCES = tests/model/check-domain-state.c
tests_model_check_domain_state_LDADD = $(model_tests_libs)

tests_model_check_key_SOURCES = tests/model/check-key.c
tests_model_check_key_LDADD = $(model_tests_libs)

tests_model_check_support_SOURCES = tests/model/check-support.c
tests_model_check_support_LDADD = $(model_tests_libs)

tests_model_check_network_SOURCES = tests/model/check-network.c $(model_tests_golden)
tests_model_check_network_LDADD = $(DRIVERS_LIBS) $(model_tests_libs)

tests_model_check_domain_tables_SOURCES = tests/model/check-domain-tables.c
tests_model_check_domain_tables_LDADD = $(model_tests_libs)

tests_model_check_domain_mutations_SOURCES = \
	tests/model/check-domain-mutations.c $(model_tests_mutation) $(model_tests_golden)
tests_model_check_domain_mutations_LDADD = $(model_tests_libs)

tests_model_check_domain_sample_SOURCES = \
	tests/model/check-domain-sample.c tests/model/sample.c tests/model/sample.h
tests_model_check_domain_sample_LDADD = $(model_tests_libs)

EXTRA_DIST += tests/model/data

tests_model_check_storage_xml_SOURCES = tests/model/check-storage-xml.c $(model_tests_golden)
tests_model_check_storage_xml_LDADD = $(model_tests_libs)
