/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/accelerator.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define REMEDY "use <domain type='qemu'>: emulation, slower but correct"

void kvm_accelerator_init(KvmAccelerator *accelerator)
{
    *accelerator = (KvmAccelerator){
        .has_flags = -1,
        .device = "/dev/kvm",
        .cpuinfo = "/proc/cpuinfo",
    };
    g_mutex_init(&accelerator->lock);
}

void kvm_accelerator_clear(KvmAccelerator *accelerator)
{
    g_mutex_clear(&accelerator->lock);
}

static bool opens(const char *device, GError **error)
{
    rv_autofd int fd = open(device, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "this host has no KVM: %s: %s", device,
                     g_strerror(errno));
        return false;
    }
    int version = ioctl(fd, KVM_GET_API_VERSION, 0);
    if (version != KVM_API_VERSION) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "%s is not KVM's, or of version %d", device,
                     version);
        return false;
    }
    return true;
}

#if defined(__x86_64__) || defined(__i386__)
/* The first processor's flags speak for all. */
static bool read_flags(const char *cpuinfo)
{
    char text[8192];
    rv_autofd int fd = open(cpuinfo, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    text[MAX(n, 0)] = 0;
    char *line = strstr(text, "\nflags");
    if (!line)
        return false;
    line[strcspn(line + 1, "\n") + 1] = 0;
    g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
    return g_strv_contains((const char *const *)words, "svm") ||
           g_strv_contains((const char *const *)words, "vmx");
}
#else
static bool read_flags(const char *cpuinfo)
{
    return true;
}
#endif

bool kvm_accelerator_check(KvmAccelerator *accelerator, GError **error)
{
    g_mutex_lock(&accelerator->lock);
    if (accelerator->has_flags < 0)
        accelerator->has_flags = read_flags(accelerator->cpuinfo);
    bool has_flags = accelerator->has_flags;
    g_mutex_unlock(&accelerator->lock);

    if (!opens(accelerator->device, error)) {
        rv_error_remedy(error, "load the kvm module, or " REMEDY);
        return false;
    }
    if (!has_flags) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "%s is there, but the processor has neither svm nor vmx: guests would hang",
                     accelerator->device);
        rv_error_remedy(error, REMEDY);
        return false;
    }
    return true;
}
