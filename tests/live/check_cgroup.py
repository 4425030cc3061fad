# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each guest is in a cgroup of its own, on cgroup v2, v1 or both, which ends with it."""

import os
import unittest
from pathlib import Path
from uuid import uuid4

from harness.daemon import Reeved
from harness.guest import tiny_xml
from harness.host import need, need_cgroup2, need_root
from harness.process import processes_with, wait_for

TOP = Path("/sys/fs/cgroup")


def groups(pid):
    """The folders of the cgroups that a process is in, those that are the top left out."""
    found = []
    for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines():
        _, controllers, path = line.split(":", 2)
        if path == "/":
            continue
        places = [TOP / controllers, TOP / controllers.split("=")[-1], TOP / "unified"]
        if not controllers:
            places = [TOP, TOP / "unified"]
        for place in places:
            if (place / path.lstrip("/") / "cgroup.procs").exists():
                found.append(place / path.lstrip("/"))
                break
    return found


class Cgroup(unittest.TestCase):
    def setUp(self):
        need_root()
        try:
            (TOP / "reeve-probe").mkdir()
            (TOP / "reeve-probe").rmdir()
            writable = True
        except OSError:
            writable = any(os.access(place, os.W_OK) for place in TOP.glob("*/cgroup.procs"))
        need("cgroup2", writable, "no cgroup hierarchy can be written here")
        self.daemon = Reeved().start()
        self.addCleanup(self.daemon.close)
        self.uuid = str(uuid4())
        path = self.daemon.root / "guest.xml"
        path.write_text(tiny_xml("grouped", uuid=self.uuid))
        self.daemon.virsh("create", path)
        (self.qemu,) = processes_with(self.uuid)

    def memory_limit(self):
        """Bytes, as its cgroup has it."""
        for group in groups(self.qemu):
            for file in ("memory.limit_in_bytes", "memory.max"):
                if (group / file).exists():
                    return (group / file).read_text(encoding="ascii").strip()
        raise AssertionError("its memory is limited nowhere")

    def test_memory_is_limited(self):
        virsh = self.daemon.virsh
        virsh("memtune", "grouped", "--hard-limit", "900M", "--swap-hard-limit", "1G", "--live")
        self.assertEqual(self.memory_limit(), str(900 << 20))
        self.assertRegex(virsh("memtune", "grouped"), r"hard_limit *: 921600")
        self.daemon.restart()
        virsh("memtune", "grouped", "--hard-limit", "800M", "--live")
        self.assertEqual(self.memory_limit(), str(800 << 20))
        refused = virsh("schedinfo", "grouped", "--live", "cpu_shares=7", ok=False)
        self.assertIn("not supported by driver kvm", refused.stderr)
        virsh("destroy", "grouped")
        path = self.daemon.root / "guest.xml"
        limit = "</memory><memtune><hard_limit unit='MiB'>700</hard_limit></memtune>"
        path.write_text(path.read_text().replace("</memory>", limit))
        virsh("create", path)
        (self.qemu,) = processes_with(self.uuid)
        self.assertEqual(self.memory_limit(), str(700 << 20))

    def test_is_its_own_and_ends_with_the_guest(self):
        own = [group for group in groups(self.qemu) if group not in groups("self")]
        self.assertTrue(own, "the guest is in no cgroup of its own")
        for group in own:
            inside = (group / "cgroup.procs").read_text(encoding="ascii").split()
            self.assertEqual(inside, [str(self.qemu)], group)
        self.daemon.virsh("destroy", "grouped")
        wait_for("end of the cgroups", lambda: not any(g.exists() for g in own), 10)

    def test_is_not_that_of_another_daemon(self):
        other = Reeved().start()
        self.addCleanup(other.close)
        path = other.root / "guest.xml"
        path.write_text(tiny_xml("same", uuid=self.uuid))
        other.virsh("create", path)
        (theirs,) = set(processes_with(self.uuid)) - {self.qemu}
        shared = [group for group in groups(theirs) if group in groups(self.qemu)]
        self.assertEqual(shared, [group for group in shared if group in groups("self")])
        other.virsh("destroy", "same")
        self.assertEqual(processes_with(self.uuid), [self.qemu])

    def test_version_2_has_controllers_and_a_bound_on_processes(self):
        need_cgroup2()
        (group,) = groups(self.qemu)
        self.assertIn("pids", (group / "cgroup.controllers").read_text(encoding="ascii").split())
        self.assertTrue((group / "pids.max").read_text(encoding="ascii").strip().isdigit())
        self.assertGreater(int((group / "cpu.stat").read_text(encoding="ascii").split()[1]), 0)
        self.daemon.virsh("destroy", "grouped")
