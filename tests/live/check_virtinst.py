# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-install, virt-xml and virt-clone, unmodified: guests are made, changed and copied, with disks
in storage pools and without."""

import shutil
import unittest
import xml.etree.ElementTree as tree

from check_network import LAN, RANGE, InNamespace, network, why_no_rules
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

    def install(self, name, *disk):
        folder = image()
        self.tool(
            "virt-install", "--name", name, "--virt-type", "qemu", "--memory", "128",
            *disk, "--network", "user", "--graphics", "none", "--noautoconsole", "--import",
            "--osinfo", "detect=on,require=off", "--boot",
            f"kernel={folder}/vmlinuz,initrd={folder}/initrd,kernel_args=console=ttyS0 quiet",
        )
        self.assertEqual(self.daemon.virsh("domstate", name).strip(), "running")
        return self.dump(name).find("devices/disk")

    def test_disk_of_a_pool(self):
        """A volume is made in a pool; the guest's disk can also be named by pool and volume."""
        folder = self.daemon.root / "pool"
        self.daemon.virsh("pool-define-as", "p", "dir", "--target", folder)
        self.daemon.virsh("pool-build", "p")
        self.daemon.virsh("pool-start", "p")
        disk = self.install("made", "--disk", "size=1,pool=p,sparse=yes")
        self.assertEqual(disk.find("source").get("file"), f"{folder}/made.qcow2")
        self.assertIn("made.qcow2", self.daemon.virsh("vol-list", "p"))
        self.daemon.virsh("destroy", "made")

        document = self.dump("made")
        disk = document.find("devices/disk")
        disk.set("type", "volume")
        disk.find("source").attrib.clear()
        disk.find("source").attrib.update(pool="p", volume="made.qcow2")
        path = self.daemon.root / "volume.xml"
        path.write_bytes(tree.tostring(document))
        self.daemon.virsh("define", path)
        self.daemon.virsh("start", "made")
        self.assertIn("made.qcow2", self.daemon.virsh("domblklist", "made"))
        self.daemon.virsh("destroy", "made")
        self.daemon.virsh("undefine", "made", "--remove-all-storage")
        self.assertEqual(list(folder.iterdir()), [])

    def test_disk_of_a_path(self):
        """virt-install makes a pool of the folder by itself."""
        folder = self.daemon.root / "images"
        folder.mkdir()
        self.install("made", "--disk", f"path={folder}/disk.raw,size=1,format=raw,sparse=yes")
        self.assertEqual((folder / "disk.raw").stat().st_size, 1 << 30)
        self.assertIn("images", self.daemon.virsh("pool-list", "--name"))
        self.daemon.virsh("destroy", "made")


class Plain(InNamespace, unittest.TestCase):
    def test_said_nothing(self):
        """What virt-install chooses by itself: the default network and pool, a screen, channels."""
        need_root()
        if shutil.which("virt-install") is None:
            self.skipTest("no virt-install here")
        if why_no_rules():
            self.skipTest(why_no_rules())
        self.daemon = self.make(Reeved).start()
        self.addCleanup(self.daemon.close)
        lan = f"<forward mode='nat'/><bridge name='rvplain0' stp='off'/>{LAN.format(RANGE.format(''))}"
        self.virsh("net-define", self.file(network("default", lan)))
        self.virsh("net-start", "default")
        self.addCleanup(self.virsh, "net-destroy", "default")
        self.virsh("pool-define-as", "default", "dir", "--target", self.daemon.root / "pool")
        self.virsh("pool-build", "default")
        self.virsh("pool-start", "default")
        run("virt-install", "--connect", self.daemon.uri(), "--name", "plain", "--virt-type", "qemu",
            "--memory", "1024", "--disk", "size=1", "--import", "--osinfo", "debian11",
            "--noautoconsole", seconds=60)
        told = self.daemon.virsh("dumpxml", "plain")
        for part in ("<source network='default' bridge='rvplain0'/>", "plain.qcow2", "<graphics "):
            self.assertIn(part, told)
        self.daemon.virsh("destroy", "plain")
        self.daemon.virsh("undefine", "plain", "--remove-all-storage")
