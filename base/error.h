/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Errors: one GError domain whose codes are the numbers of libvirt's virErrorNumber, so that a
 * code travels over the wire as it is.
 *
 * A message says what was attempted on what and why it failed. A remedy, where there is one, is
 * kept apart (what to do next), so that clients can print it on a line of its own. What returns an
 * error does not log it; who consumes it logs it once.
 */

#include <glib.h>
#include <stdbool.h>

#define RV_ERROR (rv_error_quark())
GQuark rv_error_quark(void);

/* The value is the wire's number; error.c has one row of text for each. */
typedef enum {
    RV_ERR_INTERNAL = 1,
    RV_ERR_NO_SUPPORT = 3,
    RV_ERR_NO_CONNECT = 5,
    RV_ERR_INVALID_CONN = 6,
    RV_ERR_INVALID_DOMAIN = 7,
    RV_ERR_INVALID_ARG = 8,
    RV_ERR_OPERATION_FAILED = 9,
    RV_ERR_OS_TYPE = 16,
    RV_ERR_NO_KERNEL = 17,
    RV_ERR_NO_SOURCE = 19,
    RV_ERR_NO_TARGET = 20,
    RV_ERR_NO_NAME = 21,
    RV_ERR_NO_OS = 22,
    RV_ERR_XML = 27,
    RV_ERR_DOM_EXIST = 28,
    RV_ERR_OPERATION_DENIED = 29,
    RV_ERR_CONF_SYNTAX = 33,
    RV_ERR_XML_DETAIL = 35,
    RV_ERR_SYSTEM = 38,
    RV_ERR_RPC = 39,
    RV_ERR_NO_DOMAIN = 42,
    RV_ERR_NO_NETWORK = 43,
    RV_ERR_INVALID_MAC = 44,
    RV_ERR_AUTH_FAILED = 45,
    RV_ERR_NO_STORAGE_POOL = 49,
    RV_ERR_NO_STORAGE_VOL = 50,
    RV_ERR_OPERATION_INVALID = 55,
    RV_ERR_CONFIG_UNSUPPORTED = 67,
    RV_ERR_OPERATION_TIMEOUT = 68,
    RV_ERR_INVALID_STREAM = 73,
    RV_ERR_ARGUMENT_UNSUPPORTED = 74,
    RV_ERR_OPERATION_ABORTED = 78,
    RV_ERR_NO_DOMAIN_METADATA = 80,
    RV_ERR_OVERFLOW = 82,
    RV_ERR_OPERATION_UNSUPPORTED = 84,
    RV_ERR_AGENT_UNRESPONSIVE = 86,
    RV_ERR_RESOURCE_BUSY = 87,
    RV_ERR_ACCESS_DENIED = 88,
    RV_ERR_STORAGE_VOL_EXIST = 90,
    RV_ERR_CPU_INCOMPATIBLE = 91,
    RV_ERR_XML_INVALID_SCHEMA = 92,
    RV_ERR_DEVICE_MISSING = 99,
    RV_ERR_MULTIPLE_DOMAINS = 110,
} RvErrorCode;

/* Sets `error` to the code's text with the formatted detail behind it. */
void rv_error_set(GError **error, RvErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* RV_ERR_SYSTEM: the formatted detail, then strerror(errnum). */
void rv_error_set_errno(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Adds what the user can do to an error already set (NULL or unset: nothing happens). */
void rv_error_remedy(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The remedy of an error, or NULL. Owned by the error. */
const char *rv_error_get_remedy(const GError *error);

/* Which part of libvirt's would have failed so, where that is not the driver at work: a number of
 * its virErrorDomain, which clients see. 0: the driver. */
typedef enum {
    RV_ERROR_SOURCE_RPC = 7,
    RV_ERROR_SOURCE_STORAGE = 18,
    RV_ERROR_SOURCE_NETWORK = 19,
    RV_ERROR_SOURCE_DOMAIN = 20, /* what all drivers have in common */
    RV_ERROR_SOURCE_STREAM = 38,
} RvErrorSource;
void rv_error_source(GError **error, RvErrorSource source);
int rv_error_get_source(const GError *error);
