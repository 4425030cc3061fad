# SPDX-License-Identifier: LGPL-2.1-or-later
"""Numbers of containers, as unmodified clients are told them: what libvirt's own driver tells as
well, and what is ours."""

import os
import re
import unittest

from harness.container import Containers, Host
from harness.daemon import Libvirtd, daemon_class
from harness.process import wait_for

BUSY = "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done"


class Numbers(Containers):
    def rows(self, *command):
        """What virsh prints as "name value"."""
        return dict(re.findall(r"^\s*([\w.]+)[ =:]+(\d+)", self.virsh(*command), re.M))


class Told(Numbers):
    """What libvirt's own driver tells as well."""

    def make_daemon(self):
        return daemon_class()()

    def test_cpu_time(self):
        console = self.begin()
        self.ask(console, BUSY)
        connection = self.daemon.connect("lxc")
        self.addCleanup(connection.close)
        box = connection.lookupByName("box")
        wait_for("CPU time", lambda: box.getCPUStats(True)[0]["cpu_time"] > 5e7)
        (total,) = box.getCPUStats(True)
        self.assertEqual(sorted(total), ["cpu_time", "system_time", "user_time"])
        wait_for("dominfo", lambda: box.info()[4] >= total["cpu_time"])
        each = box.getCPUStats(False)
        self.assertEqual(len(each), os.cpu_count())
        told = self.virsh("cpu-stats", "box")
        self.assertRegex(told, r"Total:\s+cpu_time +\d+\.\d+ seconds")
        if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):  # v2 counts that of all alone
            self.assertEqual({tuple(cpu) for cpu in each}, {()})
            self.assertIn("No per-CPU stats available", told)
            return
        self.assertEqual({tuple(cpu) for cpu in each}, {("cpu_time",)})
        self.assertGreater(sum(cpu["cpu_time"] for cpu in each), 5e7)

    def test_memory(self):
        console = self.begin()
        self.ask(console, "dd if=/dev/zero of=/root/x bs=1M count=20")
        wait_for("memory", lambda: int(self.rows("dommemstat", "box").get("rss", 0)) > 20 << 10)
        told = self.rows("dommemstat", "box")
        self.assertEqual(told["actual"], "65536")
        self.assertIn("swap_in", told)
        self.assertLess(int(told["rss"]), 40 << 10)
        info = self.virsh("dominfo", "box")
        self.assertRegex(info, r"Max memory: +65536 KiB")
        used = int(re.search(r"Used memory: +(\d+) KiB", info)[1])
        self.assertTrue(20 << 10 < used < 40 << 10, used)

    def test_block_devices(self):
        self.begin()
        told = self.virsh("domblkstat", "box")
        self.assertEqual(re.findall(r"(\w+) \d+", told), ["rd_req", "rd_bytes", "wr_req", "wr_bytes"])

    def test_not_running(self):
        self.define()
        for command in (("cpu-stats", "box", "--total"), ("dommemstat", "box"),
                        ("domblkstat", "box"), ("domifstat", "box", "eth0")):
            self.assertIn("domain is not running", self.virsh(*command, ok=False).stderr)


class Own(Numbers, Host):
    """What libvirt's driver does not tell."""

    def stats(self, *groups):
        return self.rows("domstats", "box", *groups)

    def test_memory(self):
        console = self.begin()
        self.ask(console, "dd if=/dev/zero of=/root/x bs=1M count=20")
        wait_for("memory", lambda: int(self.stats("--balloon").get("balloon.rss", 0)) > 20 << 10)
        told = self.stats("--balloon")
        self.assertEqual(told["balloon.available"], "65536")
        self.assertLess(int(told["balloon.unused"]), 44 << 10)
        self.assertIn("balloon.major_fault", told)
        self.virsh("setmem", "box", "48M")
        wait_for("less", lambda: self.stats("--balloon")["balloon.available"] == "49152")
        self.assertEqual(self.stats("--balloon")["balloon.current"], "49152")


if os.environ.get("REEVE_TEST_LIBVIRTD"):
    assert daemon_class() is Libvirtd
    del Own


if __name__ == "__main__":
    unittest.main()
