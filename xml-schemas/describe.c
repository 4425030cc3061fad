/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints what is generated from the tables in model/, and from what drivers say they can do, and
 * kept in the repository: describe grammar|reference NOUN. `make regenerate` writes all of it. */

#include "drivers/network.h"
#include "drivers/reference.h"
#include "model/domain-def.h"
#include "model/network.h"
#include "model/pool.h"
#include "model/volume.h"
#include "model/xml-table.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *noun, *title;
    const RvXmlType *type;
    const char *who;          /* what makes it; NULL: the drivers of domains, or nobody yet */
    const RvSupport *support; /* what of it that can do */
    bool of_drivers;          /* who can do what of it depends on the driver */
} nouns[] = {
    {"domain", "The domain XML", &rv_domain_xml, .of_drivers = true},
    {"network", "The network XML", &rv_network_xml, "network", &rv_network_support},
    {"pool", "The storage pool XML", &rv_pool_xml},
    {"volume", "The storage volume XML", &rv_volume_xml},
};

static char *reference(unsigned i)
{
    const RvXmlDriver maker = {nouns[i].who, nouns[i].support};
    return nouns[i].of_drivers
               ? rv_drivers_reference(nouns[i].type, nouns[i].noun, nouns[i].title)
               : rv_xml_reference(nouns[i].type, nouns[i].noun, nouns[i].title, &maker,
                                  nouns[i].who != NULL);
}

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc == 3 && i < G_N_ELEMENTS(nouns); i++) {
        g_autofree char *text = NULL;
        if (strcmp(argv[2], nouns[i].noun))
            continue;
        if (!strcmp(argv[1], "grammar"))
            text = rv_xml_grammar(nouns[i].type, nouns[i].noun);
        else if (!strcmp(argv[1], "reference"))
            text = reference(i);
        if (text)
            return fputs(text, stdout) < 0;
    }
    fprintf(stderr, "usage: describe grammar|reference NOUN\n");
    return 2;
}
