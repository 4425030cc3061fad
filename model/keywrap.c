/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/keywrap.h"

#include "base/error.h"

const char *const rv_keywrap_cipher_names[] = {"aes", "dea", NULL};

static const RvXmlRow cipher_rows[] = {
    RV_XML_ATTRIBUTE(RvKeywrapCipher, name, "name", enum, .names = rv_keywrap_cipher_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "The cipher."),
    RV_XML_ATTRIBUTE(RvKeywrapCipher, state, "state", enum, .names = rv_tristate_switch_names,
                     .min = 1, .flags = RV_XML_REQUIRED, .doc = "Whether the guest can use it."),
};
static const RvXmlType cipher = {
    .doc = "A cipher whose keys are protected.",
    .size = sizeof(RvKeywrapCipher),
    RV_XML_ROWS(cipher_rows),
};

static const RvXmlRow rows[] = {
    RV_XML_LIST(RvKeywrap, ciphers, "cipher", &cipher, .max = 16, .flags = RV_XML_ABI),
};

static void check(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const GPtrArray *ciphers = ((RvKeywrap *)object)->ciphers;
    bool seen[G_N_ELEMENTS(rv_keywrap_cipher_names)] = {false};
    for (unsigned i = 0; i < ciphers->len; i++) {
        int name = ((RvKeywrapCipher *)ciphers->pdata[i])->name;
        if (seen[name])
            rv_xml_error(reader, RV_ERR_INTERNAL, rv_xml_node_child(node, "cipher", i), "name",
                         "cipher '%s' was said before", rv_keywrap_cipher_names[name]);
        seen[name] = true;
    }
}

const RvXmlType rv_keywrap_xml = {
    .doc = "Ciphers that protect keys of a guest on s390.",
    .size = sizeof(RvKeywrap),
    RV_XML_ROWS(rows),
    .check = check,
};
