# SPDX-License-Identifier: LGPL-2.1-or-later
"""What root of a container must not be able to do, tried by root of a container."""

import shutil
import unittest
from pathlib import Path

from harness.container import Containers, Host

# Each would print "done" if it worked.
ACTS = (
    # File systems and devices.
    "mount -t tmpfs none /mnt",
    "mount -t proc proc /mnt",
    "mount -t sysfs sysfs /mnt",
    "mount -t cgroup none /mnt",
    "mount -t cgroup2 none /mnt",
    "mount -o remount,rw /sys",
    "mount -o bind /proc /mnt",
    "mount -o remount,rw /proc/sys",
    "umount /proc",
    "umount /proc/kcore",
    "umount /sys",
    "mknod /tmp/disk b 254 0",
    "mknod /tmp/disk b 8 0",
    "mknod /tmp/mem c 1 1",
    "mknod /dev/kmsg c 1 11",
    "mknod /tmp/kvm c 10 232",
    "swapon /tmp/swap",
    "chroot /proc/1/root/../../.. test -e /var/lib/dpkg/status",
    "ls /proc/1/root/../../var/lib/dpkg/status",
    "cat /dev/vda",
    "cat /dev/mem",
    "test -s /proc/kcore",
    "dd if=/proc/kmsg bs=1 count=1 | grep -q .",
    "test -s /proc/kallsyms",
    "test -s /proc/keys",
    "ls /sys/firmware/acpi",
    "ls /sys/kernel/debug/tracing",
    # Settings of the kernel.
    "echo 1 > /proc/sys/kernel/panic",
    "echo /tmp/x > /proc/sys/kernel/core_pattern",
    "echo /tmp/x > /proc/sys/kernel/modprobe",
    "echo 1 > /proc/sys/vm/drop_caches",
    "echo 0 > /proc/sys/kernel/randomize_va_space",
    "echo 1 > /proc/sys/fs/suid_dumpable",
    "echo 100 > /proc/sys/fs/file-max",
    "echo b > /proc/sysrq-trigger",
    "echo x > /sys/kernel/uevent_helper",
    "echo 1 > /sys/kernel/mm/ksm/run",
    "echo x > /sys/power/state",
    "echo 1 > /sys/module/kernel/parameters/panic",
    "hostname somebody-else && test $(cat /proc/sys/kernel/hostname) = reeve-host",
    "date -s 2000-01-01; test $(date +%Y) = 2000",
    "insmod /tmp/x.ko",
    # Cgroups: no limit can be lifted, no other group entered, no helper run.
    "echo 1000000 > /sys/fs/cgroup/pids/pids.max",
    "test -e /sys/fs/cgroup/pids.max && echo max > /sys/fs/cgroup/pids.max",
    "echo -1 > /sys/fs/cgroup/memory/memory.limit_in_bytes",
    "test -e /sys/fs/cgroup/memory.max && echo max > /sys/fs/cgroup/memory.max",
    "echo a > /sys/fs/cgroup/devices/devices.allow",
    "echo /tmp/x > /sys/fs/cgroup/memory/release_agent",
    "echo /tmp/x > /sys/fs/cgroup/systemd/release_agent",
    "echo 1 > /sys/fs/cgroup/systemd/notify_on_release && "
    "echo /tmp/x > /sys/fs/cgroup/systemd/release_agent",
    # Namespaces and other processes.
    "unshare -m true",
    "unshare -n true",
    "unshare -p -f true",
    "unshare -U true",
    "unshare -i true",
    "unshare -u true",
    "nsenter -t 1 -m true",
    "nsenter -t 1 -n true",
    "kill -0 $(sed -n 's/^PPid:.//p' /proc/1/status) 2>/dev/null && "
    "test $(sed -n 's/^PPid:.//p' /proc/1/status) != 0",
    "test $(ls /proc | grep -c '^[0-9]') -gt 10",
    # Privileges.
    "grep -q 'NoNewPrivs:.0' /proc/self/status",
    "grep -q 'Seccomp:.0' /proc/self/status",
    "grep -q 'CapEff:.000001ffffffffff' /proc/self/status",
    "chown 70000:70000 /tmp",
    # Descriptors and folders of others.
    "ls -l /proc/1/fd | grep -v -e pts -e null -e pipe -e total -e tty -e test-init | grep -q .",
    "readlink /proc/1/cwd | grep -v '^/$'",
    "readlink /proc/1/exe | grep -e crun -e runc -e memfd",
    "ip link set eth0 netns 1",
)


class Escape(Containers, Host):
    def test_forbidden_acts(self):
        console = self.begin()
        self.ask(console, "mkdir -p /mnt; dd if=/dev/zero of=/tmp/swap bs=64k count=1 2>/dev/null")
        worked = []
        for act in ACTS:
            if "done" in self.ask(console, f"({act}) >/dev/null 2>&1 && echo do''ne"):
                worked.append(act)
        self.assertEqual(worked, [])
        self.assertGreaterEqual(len(ACTS), 60)

    def test_cannot_overwrite_the_runtime(self):
        """A first program that is a link to the runtime's own process: nothing is written."""
        (self.root / "bin/self").symlink_to("/proc/self/exe")
        before = self.sums()
        self.define("self", init="<init>/bin/self</init>")
        self.virsh("start", "self", ok=False)
        self.virsh("destroy", "self", ok=False)
        self.assertEqual(self.sums(), before)

    def sums(self):
        programs = (shutil.which("crun"), shutil.which("runc"))
        return [Path(program).read_bytes() for program in programs if program]

    def test_apart_from_each_other(self):
        one = self.begin("one")
        two = self.begin("two")
        self.ask(one, "echo secret > /dev/shm/of-one; echo secret > /run/of-one")
        self.assertEqual(self.ask(two, "cat /dev/shm/of-one /run/of-one 2>/dev/null"), "")
        maps = [self.ask(console, "cat /proc/self/uid_map").split()[1] for console in (one, two)]
        self.assertNotEqual(maps[0], maps[1])
        for name in ("pid", "net", "ipc", "uts", "mnt", "user", "cgroup"):
            spaces = {self.ask(c, f"readlink /proc/self/ns/{name}") for c in (one, two)}
            self.assertEqual(len(spaces), 2, name)


class EscapeOfRunc(Escape):
    conf = "container_runtime = runc"


if __name__ == "__main__":
    unittest.main()
