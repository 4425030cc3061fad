# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest's QEMU may and may not, and what is said when it cannot start."""

import os
import unittest
from pathlib import Path

import libvirt

from check_reads import qemu_of
from harness.daemon import Libvirtd, daemon_class
from harness.guest import tiny_xml
from harness.host import need_root


def disk_xml(path, kind="raw"):
    return (f"<disk type='file' device='disk'><driver name='qemu' type='{kind}'/>"
            f"<source file='{path}'/><target dev='vda' bus='virtio'/></disk>")


class Guest(unittest.TestCase):
    def setUp(self):
        need_root()
        if daemon_class() is Libvirtd:
            self.skipTest("libvirt confines its guests otherwise")
        self.daemon = daemon_class()().start()
        self.addCleanup(self.daemon.close)
        self.connection = self.daemon.connect()

    def status(self, domain):
        text = Path(f"/proc/{qemu_of(self.daemon, domain)}/status").read_text(encoding="ascii")
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def fails(self, xml):
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.connection.createXML(xml)
        return str(caught.exception)

    def image(self, name, start=b""):
        path = self.daemon.root / name
        path.write_bytes(start)
        os.truncate(path, 1 << 20)
        path.chmod(0o600)
        return path

    def test_confinement(self):
        serial = "<serial type='pty'/>"
        one, two = (self.connection.createXML(tiny_xml(name, devices=serial))
                    for name in ("one", "two"))
        uids = set()
        for domain in (one, two):
            status = self.status(domain)
            uid = status["Uid"].split()
            self.assertEqual(set(uid), {uid[0]})
            self.assertEqual(status["Gid"].split(), uid)
            self.assertEqual(status["Groups"].strip(), "")
            for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                self.assertEqual(int(status[capabilities], 16), 0, capabilities)
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
            uids.add(int(uid[0]))
            pid = qemu_of(self.daemon, domain)
            self.assertNotIn("kvm", os.listdir(f"/proc/{pid}/root/dev"))
        self.assertEqual(len(uids), 2)
        self.assertNotIn(0, uids)
        for domain in (one, two):
            domain.destroy()

    def test_image_of_root_and_its_lock(self):
        """The guest's user cannot open it; QEMU can by its descriptor, and only one of them."""
        disk = disk_xml(self.image("disk.raw"))
        first = self.connection.createXML(tiny_xml("first", devices=disk))
        said = self.fails(tiny_xml("second", devices=disk))
        self.assertIn("is in use by domain 'first'", said)
        first.destroy()
        self.connection.createXML(tiny_xml("second", devices=disk)).destroy()

    def test_images_that_cannot_be(self):
        backed = b"QFI\xfb" + (3).to_bytes(4, "big") + (4096).to_bytes(8, "big")
        missing = self.daemon.root / "nowhere" / "disk.raw"
        self.assertIn(f"'{missing.parent}': No such file", self.fails(
            tiny_xml("guest", devices=disk_xml(missing))))
        self.assertIn("has a backing file", self.fails(
            tiny_xml("guest", devices=disk_xml(self.image("backed", backed), "qcow2"))))
        self.assertIn("is not a qcow2 image", self.fails(
            tiny_xml("guest", devices=disk_xml(self.image("raw"), "qcow2"))))
        self.assertEqual(self.connection.listAllDomains(), [])

    def test_nothing_is_left(self):
        run = self.daemon.root / "run/reeve/drivers/kvm"
        self.fails(tiny_xml("guest", devices=disk_xml("/nowhere/at/all")))
        self.connection.createXML(tiny_xml("guest")).destroy()
        self.assertEqual([p for p in run.rglob("*") if p.name != "uids"], [])


if __name__ == "__main__":
    unittest.main()
