# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices that come and go, by unmodified virsh, on simulated guests: what the definitions of the
running guest and of its next start then say."""

import re
import signal
import unittest
from uuid import uuid4

from harness.daemon import Reeved
from harness.process import Failed

DISK = "<disk type='file' device='{kind}'>{source}<target dev='{target}'/></disk>"
NIC = "<interface type='bridge'><source bridge='br0'/></interface>"


class Device(unittest.TestCase):
    def setUp(self):
        self.daemon = Reeved().start()
        self.addCleanup(self.daemon.close)
        path = self.write(
            f"""<domain type='test'><name>guest</name><uuid>{uuid4()}</uuid>
  <memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>
  {self.disk("hda", "cdrom")}</devices></domain>"""
        )
        self.virsh("define", path)

    def virsh(self, *args):
        return self.daemon.virsh(*args, scheme="test")

    def write(self, xml):
        path = self.daemon.root / "document.xml"
        path.write_text(xml)
        return path

    @staticmethod
    def disk(target, kind="disk", file=None):
        source = f"<source file='{file}'/>" if file else ""
        return DISK.format(kind=kind, source=source, target=target)

    def targets(self, *options):
        return re.findall(r"<target dev='(\w+)'", self.virsh("dumpxml", "guest", *options))

    def macs(self, *options):
        return re.findall(r"<mac address='([^']+)'", self.virsh("dumpxml", "guest", *options))

    def test_definition(self):
        path = self.write(self.disk("hdb", file="/b"))
        with self.assertRaisesRegex(Failed, "not running"):
            self.virsh("attach-device", "guest", path, "--live")
        self.virsh("attach-device", "guest", path, "--config")
        self.assertEqual(self.targets(), ["hda", "hdb"])
        with self.assertRaisesRegex(Failed, "already"):
            self.virsh("attach-device", "guest", path, "--config")
        self.virsh("update-device", "guest", self.write(self.disk("hdb", file="/c")), "--config")
        self.assertIn("file='/c'", self.virsh("dumpxml", "guest"))
        self.virsh("detach-disk", "guest", "hdb", "--config")
        self.assertEqual(self.targets(), ["hda"])

    def test_running(self):
        self.virsh("start", "guest")
        self.virsh("attach-disk", "guest", "/b", "hdb", "--live")
        self.assertEqual(self.targets(), ["hda", "hdb"])
        self.assertEqual(self.targets("--inactive"), ["hda"])
        self.virsh("change-media", "guest", "hda", "/c.iso", "--insert")
        self.assertIn("file='/c.iso'", self.virsh("dumpxml", "guest"))
        with self.assertRaisesRegex(Failed, "the medium in a CD-ROM"):
            self.virsh("update-device", "guest", self.write(self.disk("hdb", file="/d")))

        self.virsh("attach-device", "guest", self.write(NIC), "--live", "--config")
        (mac,) = self.macs()
        self.assertEqual(self.macs("--inactive"), [mac])

        self.daemon.restart(signal.SIGKILL)
        self.assertEqual((self.targets(), self.macs()), (["hda", "hdb"], [mac]))
        self.virsh("detach-disk", "guest", "hdb", "--live")
        self.virsh("detach-interface", "guest", "bridge", mac, "--persistent")
        self.assertEqual((self.targets(), self.macs(), self.macs("--inactive")), (["hda"], [], []))
        with self.assertRaisesRegex(Failed, "has no interface"):
            self.virsh(
                "detach-device",
                "guest",
                self.write(NIC.replace("</int", "<mac address='52:54:00:1:2:3'/></int")),
            )

    def test_documents(self):
        self.virsh("start", "guest")
        for words, xml in {
            "only one disk, one interface": "<input type='mouse' bus='ps2'/>",
            "hdz|target": "<disk type='file'><source file='/b'/></disk>",
            "parsing": "<disk",
        }.items():
            with self.subTest(xml=xml), self.assertRaisesRegex(Failed, words):
                self.virsh("attach-device", "guest", self.write(xml))
        self.assertEqual(self.targets(), ["hda"])


if __name__ == "__main__":
    unittest.main()
