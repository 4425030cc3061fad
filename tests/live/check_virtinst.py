# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-install, virt-xml and virt-clone, unmodified: a guest is made, changed and copied. It has no
disk: for one they ask for storage pools."""

import shutil
import unittest
import xml.etree.ElementTree as tree

from harness.daemon import Reeved
from harness.guest import READY, Console, image
from harness.host import need_root
from harness.process import run


class Virtinst(unittest.TestCase):
    def setUp(self):
        need_root()
        if shutil.which("virt-install") is None:
            self.skipTest("no virt-install here")
        self.daemon = Reeved().start()
        self.addCleanup(self.daemon.close)

    def tool(self, name, *args):
        return run(name, "--connect", self.daemon.uri(), *args, seconds=60)

    def dump(self, name):
        return tree.fromstring(self.daemon.virsh("dumpxml", "--inactive", name))

    def test_life(self):
        """What virt-install writes by itself, timers among it, is what the guest starts with."""
        folder = image()
        self.tool(
            "virt-install", "--name", "made", "--virt-type", "qemu", "--memory", "128",
            "--disk", "none", "--network", "user", "--graphics", "none", "--noautoconsole", "--import",
            "--osinfo", "detect=on,require=off", "--boot",
            f"kernel={folder}/vmlinuz,initrd={folder}/initrd,kernel_args=console=ttyS0 quiet",
        )
        console = Console("virsh", "-c", self.daemon.uri(), "console", "made")
        self.addCleanup(console.close)
        console.expect(READY, 120)
        self.assertEqual(
            {timer.get("name") for timer in self.dump("made").findall("clock/timer")},
            {"rtc", "pit", "hpet"},
        )

        self.tool("virt-xml", "made", "--edit", "--memory", "160", "--define")
        self.tool("virt-xml", "made", "--add-device", "--rng", "/dev/urandom", "--define")
        self.assertEqual(self.dump("made").findtext("memory"), str(160 << 10))
        self.assertIsNotNone(self.dump("made").find("devices/rng"))

        self.daemon.virsh("destroy", "made")
        self.tool("virt-clone", "--original", "made", "--name", "copied", "--auto-clone")
        self.assertNotEqual(self.dump("copied").findtext("uuid"), self.dump("made").findtext("uuid"))
        self.daemon.virsh("start", "copied")
