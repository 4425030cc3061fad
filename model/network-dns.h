/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a network's name server answers by itself, and whom it asks. */

#include <glib.h>

#include "model/device.h"

typedef struct RvXmlType RvXmlType;
typedef struct RvXmlReader RvXmlReader;
typedef struct RvXmlNode RvXmlNode;

typedef struct {
    char *domain, *address;
} RvDnsForwarder;

typedef struct {
    char *name, *value;
} RvDnsText;

typedef struct {
    char *service, *protocol, *domain, *target;
    unsigned port, priority, weight; /* 0: not said */
} RvDnsService;

typedef struct {
    char *ip;
    GArray *names; /* char * */
} RvDnsHost;

typedef struct {
    RvTristate enable, forward_plain_names;
    GPtrArray *forwarders; /* RvDnsForwarder */
    GPtrArray *texts;      /* RvDnsText */
    GPtrArray *services;   /* RvDnsService */
    GPtrArray *hosts;      /* RvDnsHost */
} RvDns;

extern const RvXmlType rv_dns_xml, rv_dns_host_xml, rv_dns_text_xml, rv_dns_service_xml;
