/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/ports.h"

#include <sys/socket.h>
#include <netdb.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/kvm/device-models.h"
#include "drivers/kvm/host.h"

enum { LAST_PORT = 65535 };

static bool is_automatic(const RvGraphics *graphics)
{
    return graphics->autoport == RV_TRISTATE_ON;
}

/* Whether it can be listened on, as the emulator would. */
static bool is_free(const char *address, int port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    char service[8];
    struct addrinfo *info;
    g_snprintf(service, sizeof(service), "%d", port);
    if (getaddrinfo(address ? address : "127.0.0.1", service, &hints, &info) != 0)
        return true; /* a name: the emulator will find out */
    rv_autofd int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, 1) == 0;
    freeaddrinfo(info);
    return good;
}

/* Takes a number that no guest of ours has, before looking whether anybody else has it. */
static bool reserve(KvmHost *kvm, int port)
{
    g_mutex_lock(&kvm->ports_lock);
    bool added = g_hash_table_add(kvm->ports, GINT_TO_POINTER(port));
    g_mutex_unlock(&kvm->ports_lock);
    return added;
}

static void unreserve(KvmHost *kvm, int port)
{
    g_mutex_lock(&kvm->ports_lock);
    g_hash_table_remove(kvm->ports, GINT_TO_POINTER(port));
    g_mutex_unlock(&kvm->ports_lock);
}

static int find(KvmHost *kvm, const char *address)
{
    for (int port = KVM_VNC_BASE; port <= LAST_PORT; port++) {
        if (!reserve(kvm, port))
            continue;
        if (is_free(address, port))
            return port;
        unreserve(kvm, port);
    }
    return -1;
}

bool kvm_ports_take(const RvDriverHost *host, RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->graphics->len; i++) {
        RvGraphics *graphics = g_ptr_array_index(def->graphics, i);
        /* Viewers read from the live definition where to connect. */
        if (!graphics->listen && graphics->listen_type == RV_LISTEN_ADDRESS)
            graphics->listen = g_strdup(KVM_VNC_ADDRESS);
        if (!is_automatic(graphics))
            continue;
        graphics->port = find(kvm_host(host), graphics->listen);
        if (graphics->port < 0) {
            rv_error_set(error, RV_ERR_OPERATION_FAILED,
                         "no TCP port from %d on is free for the guest's screen on '%s'",
                         KVM_VNC_BASE, graphics->listen);
            return false;
        }
    }
    return true;
}

void kvm_ports_keep(const RvDriverHost *host, const RvDomainDef *def)
{
    for (guint i = 0; i < def->graphics->len; i++) {
        const RvGraphics *graphics = g_ptr_array_index(def->graphics, i);
        if (is_automatic(graphics) && graphics->port > 0)
            reserve(kvm_host(host), graphics->port);
    }
}

void kvm_ports_release(const RvDriverHost *host, const RvDomainDef *def)
{
    for (guint i = 0; i < def->graphics->len; i++) {
        const RvGraphics *graphics = g_ptr_array_index(def->graphics, i);
        if (is_automatic(graphics) && graphics->port > 0)
            unreserve(kvm_host(host), graphics->port);
    }
}
