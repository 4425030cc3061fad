/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The document of networks: what is kept, what is refused, and that what is generated from its tables
 * is current. */

#include "base/error.h"
#include "drivers/network.h"
#include "model/network.h"
#include "model/xml-table.h"
#include "tests/model/golden.h"

#include <libxml/relaxng.h>
#include <string.h>

#include "tests/check-main.h"

static RvNetworkDef *read_network(const char *more, GError **error)
{
    g_autofree char *text = g_strdup_printf("<network><name>n</name>%s</network>", more);
    return rv_xml_parse(&rv_network_xml, "network", text, strlen(text), 0, NULL, error);
}

static char *write_network(const RvNetworkDef *def)
{
    GString *text = g_string_new(NULL);
    rv_xml_write(&rv_network_xml, "network", def, 0, 0, text);
    return g_string_free(text, FALSE);
}

/* ---- Kept ----------------------------------------------------------------------------------- */

#define IP "<ip address='10.1.2.1' prefix='24'/>"
#define DHCP(more) "<ip address='10.1.2.1' prefix='24'><dhcp>" more "</dhcp></ip>"

static const struct {
    const char *xml, *kept; /* a part of what is written */
} good[] = {
    {"", "<bridge stp='on' delay='0'/>"},
    {"<forward/>" IP, "<forward mode='nat'/>"},
    {"<forward dev='eth0'/>" IP, "<forward dev='eth0' mode='nat'>\n    <interface dev='eth0'/>"},
    {"<forward mode='bridge'/><bridge name='br0'/>", "<bridge name='br0'/>"},
    {"<forward mode='hostdev'><pf dev='eth0'/></forward>", "<forward mode='hostdev' managed='no'>"},
    {DHCP("<range start='10.1.2.2' end='10.1.2.9'><lease expiry='2' unit='hours'/></range>"),
     "<lease expiry='2' unit='hours'/>"},
    {DHCP("<range start='10.1.2.2' end='10.1.2.9'><lease expiry='0'/></range>"),
     "<lease expiry='0'/>"},
    {"<ip family='ipv6' address='FD00:0::1' prefix='64'/>", "address='fd00::1'"},
    {IP "<route address='10.9.0.0' prefix='16' gateway='10.1.2.7'/>", "gateway='10.1.2.7'"},
    {"<dnsmasq:options xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>"
     "<dnsmasq:option value='x=1'/></dnsmasq:options>", "<dnsmasq:option value='x=1'/>"},
};

/* What is written can be read, says the same, and is what the grammar says. */
START_TEST(keeps)
{
    g_autoptr(GError) error = NULL;
    RvNetworkDef *def = read_network(good[_i].xml, &error);
    ck_assert_msg(def, "%s: %s", good[_i].xml, error ? error->message : "");
    g_autofree char *text = write_network(def);
    ck_assert_msg(strstr(text, good[_i].kept), "%s", text);
    RvNetworkDef *again =
        rv_xml_parse(&rv_network_xml, "network", text, strlen(text), 0, NULL, &error);
    ck_assert_msg(again, "%s: %s", text, error ? error->message : "");
    ck_assert(rv_xml_equal(&rv_network_xml, "network", def, again, 0, NULL));

    g_autofree char *rng = rv_xml_grammar(&rv_network_xml, "network");
    xmlRelaxNGParserCtxtPtr context = xmlRelaxNGNewMemParserCtxt(rng, (int)strlen(rng));
    xmlRelaxNGPtr grammar = xmlRelaxNGParse(context);
    xmlRelaxNGValidCtxtPtr valid = xmlRelaxNGNewValidCtxt(grammar);
    xmlDocPtr document = xmlReadMemory(text, (int)strlen(text), NULL, NULL, 0);
    ck_assert_msg(xmlRelaxNGValidateDoc(valid, document) == 0, "%s", text);
    xmlFreeDoc(document);
    xmlRelaxNGFreeValidCtxt(valid);
    xmlRelaxNGFree(grammar);
    xmlRelaxNGFreeParserCtxt(context);
    rv_xml_free(&rv_network_xml, def);
    rv_xml_free(&rv_network_xml, again);
}
END_TEST

/* ---- Refused -------------------------------------------------------------------------------- */

static const struct {
    const char *xml;
    int code;
    const char *words;
} bad[] = {
    {"<forward mode='nat'/>", RV_ERR_XML, "no IP address provided"},
    {"<forward mode='up'/>", RV_ERR_CONFIG_UNSUPPORTED, "network/forward"},
    {"<forward mode='open' dev='eth0'/>" IP, RV_ERR_XML, "forward dev not allowed"},
    {"<forward mode='bridge'/><bridge name='b' stp='on'/>", RV_ERR_XML, "delay/stp/zone"},
    {"<forward mode='bridge'><interface dev='a'/></forward><bridge name='b'/>", RV_ERR_XML,
     "not both"},
    {"<forward mode='bridge'/><bridge name='b'/>" IP, RV_ERR_CONFIG_UNSUPPORTED, "Unsupported <ip>"},
    {"<forward mode='route'><nat/></forward>" IP, RV_ERR_XML, "<nat> is for mode nat"},
    {"<ip address='10.1.2.1' prefix='24' netmask='255.255.255.0'/>", RV_ERR_CONFIG_UNSUPPORTED,
     "both a prefix and a netmask"},
    {"<ip address='10.1.2.1' netmask='255.0.255.0'/>", RV_ERR_CONFIG_UNSUPPORTED, "not the mask"},
    {"<ip address='fd00::1' prefix='64'/>", RV_ERR_CONFIG_UNSUPPORTED, "does not fit"},
    {DHCP("<range start='10.1.3.2' end='10.1.3.9'/>"), RV_ERR_INTERNAL, "not entirely within"},
    {DHCP("<range start='10.1.2.9' end='10.1.2.2'/>"), RV_ERR_INTERNAL, "behind its end"},
    {DHCP("<range start='10.1.2.0' end='10.1.2.9'/>"), RV_ERR_INTERNAL, "address of the network"},
    {DHCP("<range start='10.1.2.2' end='10.1.2.9'><lease expiry='1'/></range>"),
     RV_ERR_CONFIG_UNSUPPORTED, "2 minutes"},
    {DHCP("<host ip='10.1.2.2'/>"), RV_ERR_XML, "mac= or name="},
    {DHCP("<host mac='01:00:00:00:00:00' ip='10.1.2.2'/>"), RV_ERR_XML, "one interface"},
    {DHCP("<host name='a' ip='10.1.2.2'/>") DHCP("<host name='b' ip='10.1.2.3'/>"),
     RV_ERR_CONFIG_UNSUPPORTED, "Multiple IPv4 dhcp"},
    {IP "<route address='10.9.0.0' prefix='16' gateway='10.3.0.1'/>", RV_ERR_CONFIG_UNSUPPORTED,
     "unreachable"},
    {"<dns enable='no'><txt name='a' value='b'/></dns>", RV_ERR_XML, "Extra data"},
    {"<dns><host ip='10.1.2.3'/></dns>", RV_ERR_XML_DETAIL, "Missing hostname"},
    {"<dns><srv service='a' protocol='tcp' port='5'/></dns>", RV_ERR_XML_DETAIL, "without target="},
    {"<portgroup name='a'/><portgroup name='a'/>", RV_ERR_CONFIG_UNSUPPORTED, "same name"},
    {"<vlan><tag id='7'/></vlan>", RV_ERR_CONFIG_UNSUPPORTED, "vlan configuration"},
    {"<mac address='01:00:00:00:00:00'/>", RV_ERR_XML, "address of a group"},
};

START_TEST(refuses)
{
    g_autoptr(GError) error = NULL;
    ck_assert_msg(!read_network(bad[_i].xml, &error), "%s", bad[_i].xml);
    ck_assert_msg(strstr(error->message, bad[_i].words), "%s: %s", bad[_i].xml, error->message);
    ck_assert_msg(error->code == bad[_i].code, "%s: %d: %s", bad[_i].xml, error->code,
                  error->message);
}
END_TEST

START_TEST(is_current)
{
    const char *srcdir = g_getenv("srcdir") ? g_getenv("srcdir") : ".";
    const RvXmlDriver maker = {"network", &rv_network_support};
    g_autofree char *rng = rv_xml_grammar(&rv_network_xml, "network");
    g_autofree char *page =
        rv_xml_reference(&rv_network_xml, "network", "The network XML", &maker, 1);
    g_autofree char *rng_path = g_build_filename(srcdir, "xml-schemas/network.rng", NULL);
    g_autofree char *page_path = g_build_filename(srcdir, "docs/network-xml.md", NULL);
    golden_compare(rng_path, rng);
    golden_compare(page_path, page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network");
    TCase *cases = tcase_create("network");
    tcase_add_loop_test(cases, keeps, 0, G_N_ELEMENTS(good));
    tcase_add_loop_test(cases, refuses, 0, G_N_ELEMENTS(bad));
    tcase_add_test(cases, is_current);
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
