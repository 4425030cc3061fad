/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/network-dns.h"

#include <string.h>

#include "base/ip-address.h"
#include "base/error.h"
#include "model/xml-table.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static void check_address(RvXmlReader *reader, const RvXmlNode *node, const char *attribute,
                          int code, char **text)
{
    RvIpAddress address;
    if (!*text)
        return;
    if (!rv_ip_address_parse(*text, &address)) {
        rv_xml_error(reader, code, node, attribute, "'%s' is not an address", *text);
        return;
    }
    g_free(*text);
    *text = rv_ip_address_format(&address);
}

static const RvXmlRow forwarder_rows[] = {
    RV_XML_ATTRIBUTE(RvDnsForwarder, domain, "domain", string,
                     .doc = "For names of this domain only."),
    RV_XML_ATTRIBUTE(RvDnsForwarder, address, "addr", string,
                     .doc = "The name server that is asked; without one they are answered here."),
};

static void check_forwarder(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDnsForwarder *forwarder = object;
    check_address(reader, node, "addr", 0, &forwarder->address);
    if (!forwarder->address && !forwarder->domain)
        rv_xml_error(reader, 0, node, NULL,
                     "Invalid forwarder element, must contain at least one of addr or domain");
}

static const RvXmlType forwarder = {
    .doc = "Another name server.",
    .size = sizeof(RvDnsForwarder),
    RV_XML_ROWS(forwarder_rows),
    .check = check_forwarder,
};

static const RvXmlRow text_rows[] = {
    RV_XML_ATTRIBUTE(RvDnsText, name, "name", string, .flags = RV_XML_REQUIRED,
                     .missing_code = RV_ERR_XML_DETAIL, .doc = "Its name."),
    RV_XML_ATTRIBUTE(RvDnsText, value, "value", string, .flags = RV_XML_REQUIRED | RV_XML_KEEP_EMPTY,
                     .missing_code = RV_ERR_XML_DETAIL, .doc = "The text."),
};

static void check_text(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvDnsText *text = object;
    if (text->name && strpbrk(text->name, " ,"))
        rv_xml_error(reader, RV_ERR_XML_DETAIL, node, "name",
                     "prohibited character in DNS TXT record name '%s'", text->name);
}

const RvXmlType rv_dns_text_xml = {
    .doc = "A TXT record.",
    .size = sizeof(RvDnsText),
    RV_XML_ROWS(text_rows),
    .check = check_text,
};

#define NUMBER(field, name, least, ...)                                                            \
    RV_XML_ATTRIBUTE(RvDnsService, field, name, uint, .min = (least), .max = 65535,                \
                     .bad_code = RV_ERR_XML_DETAIL, .doc = __VA_ARGS__)

static const RvXmlRow service_rows[] = {
    RV_XML_ATTRIBUTE(RvDnsService, service, "service", string, .max = 512, .flags = RV_XML_REQUIRED,
                     .bad_code = RV_ERR_XML_DETAIL, .missing_code = RV_ERR_XML_DETAIL,
                     .doc = "The service."),
    RV_XML_ATTRIBUTE(RvDnsService, protocol, "protocol", string, .flags = RV_XML_REQUIRED,
                     .missing_code = RV_ERR_XML_DETAIL, .doc = "The protocol it is reached by."),
    RV_XML_ATTRIBUTE(RvDnsService, domain, "domain", string, .doc = "The domain it is for."),
    RV_XML_ATTRIBUTE(RvDnsService, target, "target", string, .doc = "The host that has it."),
    NUMBER(port, "port", 1, "The port there."),
    NUMBER(priority, "priority", 0, "Lower ones are tried first."),
    NUMBER(weight, "weight", 0, "How often it is chosen among equals."),
};

static void check_service(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvDnsService *service = object;
    if (service->service && service->service[strspn(service->service, LETTERS "_-+/*")])
        rv_xml_error(reader, RV_ERR_XML_DETAIL, node, "service",
                     "invalid character in service attribute '%s'", service->service);
    if (service->protocol && service->protocol[strspn(service->protocol, LETTERS "-+/")])
        rv_xml_error(reader, RV_ERR_XML_DETAIL, node, "protocol",
                     "invalid character in protocol attribute '%s'", service->protocol);
    static const char *const of_target[] = {"port", "priority", "weight"};
    for (unsigned i = 0; !service->target && i < G_N_ELEMENTS(of_target); i++) {
        if (rv_xml_node_attribute(node, of_target[i]))
            rv_xml_error(reader, RV_ERR_XML_DETAIL, node, of_target[i],
                         "%s= is not permitted without target=", of_target[i]);
    }
}

const RvXmlType rv_dns_service_xml = {
    .doc = "An SRV record.",
    .size = sizeof(RvDnsService),
    RV_XML_ROWS(service_rows),
    .check = check_service,
};

static const RvXmlRow host_rows[] = {
    RV_XML_ATTRIBUTE(RvDnsHost, ip, "ip", string, .doc = "Its address."),
    RV_XML_VALUES(RvDnsHost, names, "hostname", string, .max = 4096, .doc = "A name of it."),
};

static void check_host(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDnsHost *host = object;
    check_address(reader, node, "ip", RV_ERR_XML_DETAIL, &host->ip);
}

const RvXmlType rv_dns_host_xml = {
    .doc = "A host that the name server knows.",
    .size = sizeof(RvDnsHost),
    RV_XML_ROWS(host_rows),
    .check = check_host,
};

static const RvXmlRow dns_rows[] = {
    RV_XML_ATTRIBUTE(RvDns, enable, "enable", enum, .names = rv_tristate_bool_names, .min = 1,
                     .fallback = "yes", .doc = "Whether there is a name server."),
    RV_XML_ATTRIBUTE(RvDns, forward_plain_names, "forwardPlainNames", enum, .min = 1,
                     .names = rv_tristate_bool_names, .fallback = "yes",
                     .doc = "Whether names without a domain are asked of others."),
    RV_XML_LIST(RvDns, forwarders, "forwarder", &forwarder, .max = 4096),
    RV_XML_LIST(RvDns, texts, "txt", &rv_dns_text_xml, .max = 65536),
    RV_XML_LIST(RvDns, services, "srv", &rv_dns_service_xml, .max = 65536),
    RV_XML_LIST(RvDns, hosts, "host", &rv_dns_host_xml, .max = 65536),
};

/* An update may name one by half of this. */
static void check_hosts(RvXmlReader *reader, const RvXmlNode *node, const RvDns *dns)
{
    for (guint i = 0; i < dns->hosts->len; i++) {
        const RvDnsHost *host = dns->hosts->pdata[i];
        const RvXmlNode *at = rv_xml_node_child(node, "host", i);
        if (!host->ip)
            rv_xml_error(reader, RV_ERR_XML_DETAIL, at, NULL,
                         "Missing IP address in DNS HOST record");
        if (host->names->len == 0)
            rv_xml_error(reader, RV_ERR_XML_DETAIL, at, NULL,
                         "Missing hostname in DNS HOST record");
    }
}

static void check_dns(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvDns *dns = object;
    check_hosts(reader, node, dns);
    if (dns->enable == RV_TRISTATE_OFF &&
        (dns->forwarders->len || dns->texts->len || dns->services->len || dns->hosts->len))
        rv_xml_error(reader, 0, node, NULL, "Extra data in disabled network");
}

const RvXmlType rv_dns_xml = {
    .doc = "The network's name server.",
    .size = sizeof(RvDns),
    RV_XML_ROWS(dns_rows),
    .check = check_dns,
};
