/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/sysinfo.h"

#include "base/enum.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ENTRIES 1024

static const char *const type_names[] = {"smbios", "fwcfg", NULL};
G_STATIC_ASSERT(G_N_ELEMENTS(type_names) == RV_SYSINFO_LAST + 1);

static const char *const bios_names[] = {"vendor", "version", "date", "release", NULL};
static const char *const system_names[] = {"manufacturer", "product", "version", "serial",
                                           "uuid",         "sku",     "family",  NULL};
static const char *const board_names[] = {"manufacturer", "product",  "version", "serial",
                                          "asset",        "location", NULL};
static const char *const chassis_names[] = {"manufacturer", "version", "serial", "asset", "sku",
                                            NULL};

static const RvXmlRow entry_rows[] = {
    RV_XML_ATTRIBUTE(RvSysinfoEntry, name, "name", string, .flags = RV_XML_ABI,
                     .doc = "What it tells: vendor, version, serial, ..."),
    RV_XML_TEXT(RvSysinfoEntry, value, string, .flags = RV_XML_ABI, .doc = "The text."),
};
static const RvXmlType entry = {
    .doc = "A text in the table.",
    .size = sizeof(RvSysinfoEntry),
    RV_XML_ROWS(entry_rows),
};

static bool is_told(const GPtrArray *entries, unsigned before, const char *name)
{
    for (unsigned i = 0; i < before; i++) {
        if (!strcmp(((RvSysinfoEntry *)entries->pdata[i])->name, name))
            return true;
    }
    return false;
}

/* What the table has no place for is dropped, as libvirt does it. */
static void keep_known(RvSysinfoTable *table, const char *const *names)
{
    GPtrArray *entries = table->entries;
    for (unsigned i = 0; i < entries->len;) {
        const RvSysinfoEntry *at = entries->pdata[i];
        if (at->name && at->value && rv_enum_from_string(names, at->name) >= 0 &&
            !is_told(entries, i, at->name))
            i++;
        else
            rv_xml_free(&entry, g_ptr_array_remove_index(entries, i));
    }
}

static RvSysinfoEntry *find(const RvSysinfoTable *table, const char *name)
{
    for (unsigned i = 0; table && i < table->entries->len; i++) {
        RvSysinfoEntry *at = table->entries->pdata[i];
        if (!g_strcmp0(at->name, name))
            return at;
    }
    return NULL;
}

/* Month, day and year, of two or four digits. */
static bool is_date(const char *text)
{
    char *end;
    long month = strtol(text, &end, 10);
    if (*end++ != '/')
        return false;
    long day = strtol(end, &end, 10);
    if (*end++ != '/')
        return false;
    long year = strtol(end, &end, 10);
    return !*end && month >= 1 && month <= 12 && day >= 1 && day <= 31 && year >= 0 &&
           (year < 100 || year >= 1900);
}

static void check_bios(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    keep_known(object, bios_names);
    const RvSysinfoEntry *date = find(object, "date");
    if (date && !is_date(date->value))
        rv_xml_error(reader, RV_ERR_XML_DETAIL, node, NULL,
                     "its date is '%s', which is not of the form mm/dd/yyyy", date->value);
}

static void check_system(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    keep_known(object, system_names);
}

static void check_board(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    keep_known(object, board_names);
}

static void check_chassis(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    keep_known(object, chassis_names);
}

static const RvXmlRow table_rows[] = {
    RV_XML_LIST(RvSysinfoTable, entries, "entry", &entry, .max = MAX_ENTRIES, .flags = RV_XML_ABI),
};
#define TABLE(check_, doc_)                                                                        \
    {                                                                                              \
        .doc = doc_, .size = sizeof(RvSysinfoTable), RV_XML_ROWS(table_rows), .check = check_      \
    }
static const RvXmlType bios = TABLE(check_bios, "The firmware: vendor, version, date, release.");
static const RvXmlType system_xml =
    TABLE(check_system,
          "The machine: manufacturer, product, version, serial, uuid, sku, family.");
static const RvXmlType board =
    TABLE(check_board,
          "A board: manufacturer, product, version, serial, asset, location.");
static const RvXmlType chassis =
    TABLE(check_chassis, "The case: manufacturer, version, serial, asset, sku.");

static const RvXmlRow oem_rows[] = {
    RV_XML_VALUES(RvSysinfo, oem_strings, "entry", string, .max = MAX_ENTRIES,
                  .flags = RV_XML_KEEP_EMPTY | RV_XML_ABI, .doc = "Any text."),
};
static const RvXmlType oem = {RV_XML_ROWS(oem_rows)};

static const RvXmlRow blob_rows[] = {
    RV_XML_ATTRIBUTE(RvFirmwareBlob, name, "name", string, .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "Its name, which begins with opt/."),
    RV_XML_ATTRIBUTE(RvFirmwareBlob, file, "file", string,
                     .doc = "A file of the host with the value."),
    RV_XML_TEXT(RvFirmwareBlob, value, string, .doc = "The value itself."),
};

static void check_blob(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvFirmwareBlob *blob = object;
    if (!blob->file && !blob->value)
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "it has neither a value nor a file");
    if (blob->file)
        g_clear_pointer(&blob->value, g_free);
}

static const RvXmlType blob = {
    .doc = "A file for the firmware.",
    .size = sizeof(RvFirmwareBlob),
    RV_XML_ROWS(blob_rows),
    .check = check_blob,
};

#define SMBIOS RV_XML_WHEN(RvSysinfo, type, RV_XML_BIT(RV_SYSINFO_SMBIOS))
#define FWCFG RV_XML_WHEN(RvSysinfo, type, RV_XML_BIT(RV_SYSINFO_FWCFG))

static const RvXmlRow rows[] = {
    RV_XML_ATTRIBUTE(RvSysinfo, type, "type", enum, .names = type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                     .doc = "SMBIOS tables, or files for the firmware."),
    RV_XML_CHILD(RvSysinfo, bios, "bios", &bios, .flags = RV_XML_ABI, SMBIOS),
    RV_XML_CHILD(RvSysinfo, system, "system", &system_xml, .flags = RV_XML_ABI, SMBIOS),
    RV_XML_LIST(RvSysinfo, boards, "baseBoard", &board, .max = 64, .flags = RV_XML_ABI, SMBIOS),
    RV_XML_CHILD(RvSysinfo, chassis, "chassis", &chassis, .flags = RV_XML_ABI, SMBIOS),
    RV_XML_GROUP("oemStrings", &oem, SMBIOS, .doc = "Texts of the maker."),
    RV_XML_LIST(RvSysinfo, blobs, "entry", &blob, .max = MAX_ENTRIES, .flags = RV_XML_ABI, FWCFG),
};

static void drop_empty(RvSysinfoTable **table, const RvXmlType *type)
{
    if (*table && !(*table)->entries->len) {
        rv_xml_free(type, *table);
        *table = NULL;
    }
}

static void check(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvSysinfo *info = object;
    if (info->type != RV_SYSINFO_SMBIOS)
        return;
    drop_empty(&info->bios, &bios);
    drop_empty(&info->system, &system_xml);
    drop_empty(&info->chassis, &chassis);
    for (unsigned i = info->boards->len; i-- > 0;) {
        if (!((RvSysinfoTable *)info->boards->pdata[i])->entries->len)
            rv_xml_free(&board, g_ptr_array_remove_index(info->boards, i));
    }
}

const RvXmlType rv_sysinfo_xml = {
    .doc = "What firmware tables say of the machine.",
    .size = sizeof(RvSysinfo),
    RV_XML_ROWS(rows),
    .check = check,
};

void rv_sysinfo_settle(RvXmlReader *reader, const RvXmlNode *domain, const GPtrArray *list,
                       RvUuid *uuid)
{
    for (unsigned i = 0; i < list->len; i++) {
        const RvSysinfo *info = list->pdata[i];
        const RvXmlNode *node =
            rv_xml_node_child(rv_xml_node_child(domain, "sysinfo", i), "system", 0);
        RvSysinfoEntry *given =
            info->type == RV_SYSINFO_SMBIOS ? find(info->system, "uuid") : NULL;
        RvUuid wanted;
        if (!given)
            continue;
        if (!rv_uuid_parse(given->value, &wanted)) {
            rv_xml_error(reader, RV_ERR_XML_DETAIL, node, NULL, "its uuid '%s' is no UUID",
                         given->value);
            continue;
        }
        if (rv_uuid_is_zero(uuid))
            *uuid = wanted;
        else if (!rv_uuid_equal(uuid, &wanted))
            rv_xml_error(reader, RV_ERR_XML_DETAIL, node, NULL, "its uuid is not the domain's");
        g_free(given->value);
        given->value = g_malloc(RV_UUID_STRING_LEN + 1);
        rv_uuid_format(&wanted, given->value);
    }
}
