# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LIBRARIES += libmodel.a
libmodel_a_SOURCES =
MODEL_LIBS = libmodel.a $(XML_LIBS)
