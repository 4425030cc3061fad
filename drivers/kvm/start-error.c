/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/start-error.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/guest.h"
#include "drivers/kvm/holders.h"

enum { GRACE_MS = 2000, MAX_TEXT = 2000 };

/* Parts of what emulators say, and what helps. */
static const struct {
    const char *cause, *remedy;
} remedies[] = {
    {"Address already in use", "choose another port for <graphics>, or autoport='yes'"},
    {"Cannot allocate memory", "give the guest less <memory>, or the host more"},
    {"Could not access KVM kernel module", "use <domain type='qemu'>"},
    {"failed to initialize kvm", "use <domain type='qemu'>"},
    {"Image is not in qcow2 format", "say <driver type='raw'/> if the image is a raw one"},
    {"Could not open option rom", "install ipxe-qemu and seabios"},
    {"could not load PC BIOS", "install seabios"},
    {"keyboard layout", "choose a keymap of /usr/share/qemu/keymaps"},
};

/* Without time stamps and the program's name, in one line. */
static char *shorten(const char *output)
{
    g_autofree char *valid = g_utf8_make_valid(output, -1);
    g_auto(GStrv) lines = g_strsplit(g_strstrip(valid), "\n", -1);
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; lines[i]; i++) {
        const char *line = lines[i];
        const char *program = strstr(line, "qemu-system-");
        const char *colon = program ? strstr(program, ": ") : NULL;
        if (strstr(line, "char device redirected to"))
            continue;
        g_string_append_printf(text, "%s%s", text->len ? "; " : "", colon ? colon + 2 : line);
    }
    if (text->len > MAX_TEXT)
        g_string_erase(text, 0, (gssize)(text->len - MAX_TEXT)); /* the end says most */
    return g_utf8_make_valid(text->str, -1);
}

/* The disk that a message is about: its nodes are numbered. */
static const RvDisk *disk_of(const RvDomainDef *def, const char *text)
{
    for (guint i = 0; i < def->disks->len; i++) {
        g_autofree char *node = g_strdup_printf("reeve-%u-", i + 1);
        if (strstr(text, node))
            return g_ptr_array_index(def->disks, i);
    }
    return NULL;
}

static void set_lock_error(const RvGuest *guest, const char *text, GError **error)
{
    const RvDisk *disk = disk_of(guest->def, text);
    g_autofree char *holder = disk ? kvm_holders_find(guest->host, disk) : NULL;
    if (holder && strcmp(holder, guest->def->name) != 0) {
        rv_error_set(error, RV_ERR_RESOURCE_BUSY, "disk %s: '%s' is in use by domain '%s'",
                     disk->target, disk->source.path, holder);
        rv_error_remedy(error, "shut down '%s' first, or give both <shareable/>", holder);
    } else if (disk) {
        rv_error_set(error, RV_ERR_RESOURCE_BUSY, "disk %s: '%s' is in use by another program",
                     disk->target, disk->source.path);
        rv_error_remedy(error, "find it with lsof or fuser");
    } else {
        rv_error_set(error, RV_ERR_RESOURCE_BUSY, "an image is in use: %s", text);
    }
}

void kvm_start_error(RvGuest *guest, GError *fault, GError **error)
{
    const KvmGuest *kvm = kvm_guest(guest);
    int status = -1;
    /* An emulator that refused the setup or hangs is still there. */
    bool broken = !kvm->qmp || qmp_is_broken(kvm->qmp);
    if (!broken || !rv_process_wait(kvm->pidfd, GRACE_MS, &status)) {
        g_propagate_error(error, fault);
        return;
    }
    g_error_free(fault);
    g_autofree char *output = kvm_output_drain(kvm->output);
    g_autofree char *text = shorten(output);
    if (strstr(text, "Failed to get") && strstr(text, "lock")) {
        set_lock_error(guest, text, error);
        return;
    }
    if (!*text)
        rv_error_set(error, RV_ERR_INTERNAL, "QEMU ended with status %d and said nothing", status);
    else
        rv_error_set(error, RV_ERR_INTERNAL, "QEMU ended: %s", text);
    for (size_t i = 0; i < G_N_ELEMENTS(remedies); i++) {
        if (strstr(text, remedies[i].cause)) {
            rv_error_remedy(error, "%s", remedies[i].remedy);
            return;
        }
    }
}
