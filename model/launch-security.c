/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/launch-security.h"

RV_ENUM(rv_launch_security_type, RvLaunchSecurityType, RV_LAUNCH_SECURITY_LAST, "none", "sev",
        "s390-pv");

#define SEV RV_XML_WHEN(RvLaunchSecurity, type, RV_XML_BIT(RV_LAUNCH_SECURITY_SEV))

static const RvXmlRow rows[] = {
    RV_XML_ATTRIBUTE(RvLaunchSecurity, type, "type", enum, .names = rv_launch_security_type_names,
                     .min = 1, .flags = RV_XML_REQUIRED, .doc = "By what it is protected."),
    RV_XML_ATTRIBUTE(RvLaunchSecurity, kernel_hashes, "kernelHashes", enum, .min = 1, SEV,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether hashes of a directly booted kernel are measured."),
    RV_XML_LEAF(RvLaunchSecurity, cbitpos, "cbitpos", int, .max = INT_MAX, .absent = -1, SEV,
                .fallback = "the host's", .doc = "The bit that marks encrypted pages."),
    RV_XML_LEAF(RvLaunchSecurity, reduced_bits, "reducedPhysBits", int, .max = INT_MAX,
                .absent = -1, SEV, .fallback = "the host's",
                .doc = "How many bits addresses lose by it."),
    RV_XML_LEAF(RvLaunchSecurity, policy, "policy", hex4, SEV,
                .flags = RV_XML_REQUIRED | RV_XML_NOT_EMPTY | RV_XML_ALWAYS,
                .doc = "What the host may do with the guest."),
    RV_XML_LEAF(RvLaunchSecurity, dh_cert, "dhCert", string, SEV,
                .doc = "The owner's Diffie-Hellman key, in base64."),
    RV_XML_LEAF(RvLaunchSecurity, session, "session", string, SEV,
                .doc = "The owner's session, in base64."),
};

const RvXmlType rv_launch_security_xml = {
    .doc = "Memory that the host cannot read.",
    .size = sizeof(RvLaunchSecurity),
    RV_XML_ROWS(rows),
};
