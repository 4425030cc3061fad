# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest of type kvm where KVM works (a host with svm or vmx, or a box of tests/lab)."""

import os
import unittest
from pathlib import Path
from uuid import uuid4

from harness.daemon import daemon_class
from harness.guest import READY, Console, linux_xml
from harness.host import need_kvm, need_root
from harness.process import processes_with, wait_for


class Kvm(unittest.TestCase):
    def setUp(self):
        need_root()
        need_kvm()
        self.daemon = daemon_class()().start()
        self.addCleanup(self.daemon.close)

    def test_boots_is_listed_and_destroyed(self):
        uuid = str(uuid4())
        path = self.daemon.root / "guest.xml"
        path.write_text(linux_xml("accelerated", virt="kvm", uuid=uuid,
                                  cpu="<cpu mode='host-model'/>"))
        self.daemon.virsh("define", path)
        self.daemon.virsh("start", "accelerated", seconds=120)
        console = Console("virsh", "-c", self.daemon.uri(), "console", "accelerated")
        self.addCleanup(console.close)
        console.expect(READY, 120)

        self.assertEqual(self.daemon.virsh("list", "--name").split(), ["accelerated"])
        self.assertIn("<domain type='kvm'", self.daemon.virsh("dumpxml", "accelerated"))
        (pid,) = processes_with(uuid)
        held = {os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()}
        self.assertTrue(any("kvm-vm" in link for link in held), held)

        self.daemon.virsh("destroy", "accelerated")
        wait_for("end of QEMU", lambda: not processes_with(uuid), 10)
        self.assertEqual(self.daemon.virsh("domstate", "accelerated").strip(), "shut off")
