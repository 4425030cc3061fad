# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that are saved and restored, by unmodified clients."""

import json
import random
import signal
import subprocess
import threading
import time
import unittest
from pathlib import Path

import libvirt

from check_lifecycle import test_xml
from harness.daemon import Libvirtd, daemon_class
from harness.events import Lifecycle, listening
from harness.process import Failed, wait_for

RUNNING, PAUSED, SHUTOFF = (
    libvirt.VIR_DOMAIN_RUNNING,
    libvirt.VIR_DOMAIN_PAUSED,
    libvirt.VIR_DOMAIN_SHUTOFF,
)


def unplaced(path):
    """What reeved writes to until the image is complete."""
    return path.with_name(path.name + ".reeve-new")


class Base(unittest.TestCase):
    def setUp(self):
        self.daemon = daemon_class()().start()
        self.addCleanup(self.daemon.close)

    def need_ours(self, why):
        if daemon_class() is Libvirtd:
            self.skipTest(why)


class Simulated(Base):
    """libvirt's test driver has all its domains in one connection only: so has this one."""

    def setUp(self):
        super().setUp()
        self.connection = listening(self.daemon.connect, "test")
        self.image = str(self.daemon.root / "guest.sav")

    def test_save_and_restore(self):
        domain = self.connection.defineXML(test_xml("vm"))
        domain.create()
        heard = Lifecycle(self.connection)
        domain.save(self.image)
        self.assertEqual(domain.state(), [SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_SAVED])
        self.assertIn("<name>vm</name>", self.connection.saveImageGetXMLDesc(self.image))
        self.connection.restore(self.image)
        self.assertEqual(domain.state(), [RUNNING, libvirt.VIR_DOMAIN_RUNNING_RESTORED])
        self.assertEqual(domain.isPersistent(), 1)
        heard.expect(("vm", "stopped", 4), ("vm", "started", 2))
        with self.assertRaisesRegex(libvirt.libvirtError, "already active|already exists"):
            self.connection.restore(self.image)

    def test_transient(self):
        domain = self.connection.createXML(test_xml("fleeting"))
        with self.assertRaisesRegex(libvirt.libvirtError, "managed save for transient"):
            domain.managedSave()
        domain.save(self.image)
        with self.assertRaises(libvirt.libvirtError):
            self.connection.lookupByName("fleeting")
        self.connection.restore(self.image)
        again = self.connection.lookupByName("fleeting")
        self.assertEqual((again.UUIDString(), again.isPersistent()), (domain.UUIDString(), 0))

    def test_managed(self):
        domain = self.connection.defineXML(test_xml("vm"))
        saved = libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE
        self.assertEqual(domain.managedSaveRemove(), 0)
        with self.assertRaisesRegex(libvirt.libvirtError, "not running"):
            domain.managedSave()
        domain.create()
        self.assertEqual(domain.hasManagedSaveImage(), 0)
        domain.managedSave()
        self.assertEqual(domain.hasManagedSaveImage(), 1)
        self.assertEqual([d.name() for d in self.connection.listAllDomains(saved)], ["vm"])
        with self.assertRaisesRegex(libvirt.libvirtError, "managed save image exists"):
            domain.undefine()
        domain.managedSaveRemove()
        self.assertEqual(domain.hasManagedSaveImage(), 0)
        domain.create()
        domain.managedSave()
        domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE)

    def test_refusals(self):
        domain = self.connection.defineXML(test_xml("vm"))
        with self.assertRaisesRegex(libvirt.libvirtError, "not running"):
            domain.save(self.image)
        domain.create()
        with self.assertRaises(libvirt.libvirtError):
            domain.save("/nowhere/at/all")
        self.assertEqual(domain.state()[0], RUNNING)
        for text in ("", "no image at all", "x" * 10000):
            with open(self.image, "w", encoding="ascii") as file:
                file.write(text)
            with self.assertRaises(libvirt.libvirtError):
                self.connection.restore(self.image)
            with self.assertRaises(libvirt.libvirtError):
                self.connection.saveImageGetXMLDesc(self.image)


class Virsh(Base):
    """What one client saves, another finds."""

    def setUp(self):
        super().setUp()
        self.need_ours("each connection of libvirt's test driver has domains of its own")
        self.image = self.daemon.root / "guest.sav"

    def virsh(self, *args):
        return self.daemon.virsh(*args, scheme="test")

    def define(self, name, faults=""):
        path = self.daemon.root / "guest.xml"
        path.write_text(test_xml(name, faults))
        self.virsh("define", path)

    def state(self, name):
        return self.virsh("domstate", name, "--reason").strip()

    def managed(self, name):
        line = [row for row in self.virsh("dominfo", name).splitlines() if "Managed save" in row]
        return line[0].split()[-1]

    def test_managed_start(self):
        self.define("vm")
        self.virsh("start", "vm")
        before = self.cpu_time("vm")
        self.virsh("managedsave", "vm")
        self.assertEqual((self.managed("vm"), self.state("vm")), ("yes", "shut off (saved)"))
        self.assertIn("<name>vm</name>", self.virsh("managedsave-dumpxml", "vm"))
        self.daemon.restart()
        self.assertEqual(self.managed("vm"), "yes")
        self.assertIn("saved", self.virsh("list", "--all", "--managed-save"))
        self.virsh("start", "vm")
        self.assertEqual((self.managed("vm"), self.state("vm")), ("no", "running (restored)"))
        self.assertGreater(self.cpu_time("vm"), before)

        self.virsh("managedsave", "vm")
        self.virsh("start", "vm", "--force-boot")
        self.assertEqual((self.managed("vm"), self.state("vm")), ("no", "running (booted)"))

    def cpu_time(self, name):
        return self.daemon.connect("test").lookupByName(name).info()[4]

    def test_paused(self):
        self.define("vm")
        self.virsh("start", "vm", "--paused")
        self.virsh("save", "vm", self.image)
        self.virsh("restore", self.image)
        self.assertEqual(self.state("vm"), "paused (user)")
        self.virsh("resume", "vm")
        self.virsh("save", "vm", self.image, "--paused")
        self.virsh("restore", self.image, "--running")
        self.assertEqual(self.state("vm"), "running (restored)")

    def test_damage(self):
        self.define("vm")
        self.virsh("start", "vm")
        self.virsh("save", "vm", self.image)
        good = self.image.read_bytes()
        self.assertEqual(good[:18], b"reeve saved guest\n")
        bad = {
            "cut short|it should have": good[:-1],
            "it should have": good + b"x",
            "cut short": good[:4500],
            "no file of a saved guest": b"R" + good[1:],
            "is damaged": good.replace(b'"xml-bytes": ', b'"xml-bytes": 1'),
            "definition is damaged": good.replace(b"<name>vm", b"<name>wm"),
            "a version": good.replace(b'"version": 1', b'"version": 9'),
            "to its end": good.replace(b'"complete": true', b'"complete": false')[:-1],
        }
        for words, data in bad.items():
            with self.subTest(words):
                self.image.write_bytes(data)
                with self.assertRaisesRegex(Failed, words):
                    self.virsh("restore", self.image)
                self.assertEqual(self.state("vm"), "shut off (saved)")
        self.image.write_bytes(good)
        self.virsh("restore", self.image)

    def test_not_in_place_of_a_device(self):
        self.define("vm")
        self.virsh("start", "vm")
        with self.assertRaisesRegex(Failed, "no plain file"):
            self.virsh("save", "vm", "/dev/null")
        self.assertEqual(self.state("vm"), "running (booted)")

    def test_destroyed_meanwhile(self):
        self.define("vm", "hang='save'")
        self.virsh("start", "vm")
        said = []

        def save():
            try:
                self.virsh("save", "vm", self.image)
            except Failed as failure:
                said.append(str(failure))

        saver = threading.Thread(target=save)
        saver.start()
        wait_for("the save", unplaced(self.image).exists, 20)
        self.assertEqual(self.state("vm"), "running (booted)")
        self.virsh("destroy", "vm")
        saver.join(30)
        self.assertIn("was cancelled", said[0])
        self.assertEqual(self.state("vm"), "shut off (destroyed)")
        self.assertFalse(self.image.exists() or unplaced(self.image).exists())

    def own_image(self, name):
        uuid = self.virsh("domuuid", name).strip()
        return Path(self.daemon.root) / f"var/lib/reeve/saved/{uuid}.image"

    def begin(self, *args):
        return subprocess.Popen(
            ["virsh", "-q", "-c", self.daemon.uri("test"), *args], stderr=subprocess.DEVNULL
        )

    def test_killed_while_saving(self):
        """The next daemon lets the guest go on, and nothing is left of the image."""
        self.define("vm", "hang='save'")
        self.virsh("start", "vm")
        image = self.own_image("vm")
        for args, path in ((("managedsave", "vm"), image), (("save", "vm", self.image), self.image)):
            client = self.begin(*args)
            wait_for("the save", unplaced(path).exists, 20)
            self.daemon.restart(signal.SIGKILL)
            client.wait(30)
            wait_for("the guest", lambda: self.state("vm").startswith("running"), 20)
            wait_for("no image", lambda p=path: not unplaced(p).exists(), 20)
            self.assertFalse(path.exists())
            self.assertEqual(self.managed("vm"), "no")

    def judge(self, image):
        """Either it runs and has no image, or it is off and has one."""
        wait_for("its end", lambda: not json.loads(self.daemon.reeve("-o", "json", "jobs")), 20)
        running = self.state("vm").startswith("running")
        self.assertEqual(self.managed("vm"), "no" if running else "yes")
        self.assertEqual(image.exists(), not running)

    def test_killed_at_any_instant(self):
        self.define("vm", "delay-ms='40'")
        image = self.own_image("vm")
        for _ in range(12):
            if self.state("vm").startswith("shut off"):
                self.virsh("start", "vm")
                self.assertEqual(self.managed("vm"), "no")
            client = self.begin("managedsave", "vm")
            time.sleep(random.uniform(0.02, 0.2))
            self.daemon.restart(signal.SIGKILL)
            client.wait(30)
            self.judge(image)
            self.assertFalse(unplaced(image).exists())

    def test_killed_while_restoring(self):
        self.define("vm", "delay-ms='40'")
        self.virsh("start", "vm")
        image = self.own_image("vm")
        for _ in range(12):
            if self.state("vm").startswith("running"):
                self.virsh("managedsave", "vm")
            client = self.begin("start", "vm")
            time.sleep(random.uniform(0.02, 0.2))
            self.daemon.restart(signal.SIGKILL)
            client.wait(30)
            self.judge(image)


if __name__ == "__main__":
    unittest.main()
