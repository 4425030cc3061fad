# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests of Xen that are saved and restored, and daemons that are killed at work."""

import os
import signal
import unittest
from pathlib import Path

from check_xen import Xen
from harness.guest import xen_xml
from harness.process import Failed, run, wait_for


class Save(Xen):
    """Of a PV guest; those of the others are in check_xen."""

    def setUp(self):
        super().setUp()
        self.define(xen_xml("pv", memory_mib=96))
        console = self.boot("pv")
        self.tell(console)
        console.close()

    def own_image(self):
        uuid = self.virsh("domuuid", "pv").strip()
        return Path(self.daemon.root) / f"var/lib/reeve/saved/{uuid}.image"

    def managed(self):
        rows = self.virsh("dominfo", "pv").splitlines()
        return next(row for row in rows if "Managed save" in row).split()[-1] == "yes"

    def test_everything(self):
        self.managed_save()
        self.file()
        self.damage()
        self.interrupted()
        self.virsh("destroy", "pv")
        self.expect_nothing_left()

    def managed_save(self):
        self.virsh("managedsave", "pv")
        self.assertEqual(self.virsh("domstate", "pv", "--reason").strip(), "shut off (saved)")
        self.assertTrue(self.managed())
        self.expect_nothing_left()
        self.virsh("start", "pv")
        self.assertEqual(self.virsh("domstate", "pv", "--reason").strip(), "running (restored)")
        self.assertFalse(self.managed() or self.own_image().exists())
        self.expect_alive("pv")

    def file(self):
        self.image = self.daemon.root / "pv.sav"
        with self.assertRaisesRegex(Failed, "nowhere"):
            self.virsh("save", "pv", "/nowhere/pv.sav")
        self.virsh("suspend", "pv")
        with self.assertRaisesRegex(Failed, "has to run"):
            self.virsh("save", "pv", self.image)
        self.virsh("resume", "pv")
        self.expect_alive("pv")
        self.virsh("save", "pv", self.image, "--paused")
        self.assertIn("<name>pv</name>", self.virsh("save-image-dumpxml", self.image))
        self.virsh("restore", self.image)
        self.assertEqual(self.state("pv"), "paused")
        with self.assertRaisesRegex(Failed, "already active"):
            self.virsh("restore", self.image)
        self.virsh("resume", "pv")
        self.expect_alive("pv")
        self.virsh("destroy", "pv")

    def damage(self):
        good = self.image.stat().st_size
        bad = self.daemon.root / "bad.sav"
        run("cp", self.image, bad)
        os.truncate(bad, good // 2)
        with self.assertRaisesRegex(Failed, "it should have"):
            self.virsh("restore", bad)
        run("cp", self.image, bad)
        with open(bad, "r+b") as file:
            file.seek(good // 2)
            file.write(os.urandom(65536))
        with self.assertRaisesRegex(Failed, "libxl says"):
            self.virsh("restore", bad)
        bad.unlink()
        self.expect_nothing_left()
        self.virsh("restore", self.image, "--running")
        self.image.unlink()
        self.expect_alive("pv")

    def interrupted(self):
        """libxl dies in the middle of it, or is told to stop: the guest goes on."""
        client = self.begin("managedsave", "pv")
        os.kill(self.await_toolstack("save"), signal.SIGABRT)
        self.assertIn("signal 6", client.communicate(timeout=120)[1])
        self.expect_alive("pv")
        self.assertFalse(self.managed())

    def test_killed(self):
        """Either it runs, as if nothing had been, or it is saved."""
        image = self.own_image()
        instants = {
            "libxl at work": lambda: self.toolstack("save"),
            "some of its memory": lambda: written(image.parent) > 8 << 20,
            "all of it": lambda: image.exists() or self.state("pv") == "shut off",
        }
        for what, seen in instants.items():
            with self.subTest(what):
                self.kill_when(what, seen, "managedsave", "pv")
                running = self.state("pv") == "running"
                self.assertEqual((self.managed(), image.exists()), (not running,) * 2)
                self.assertEqual(len(os.listdir(image.parent)), 0 if running else 1)
                self.expect_only(*["pv"] * running)
                if running:
                    self.expect_alive("pv")
        self.virsh("start", "pv")
        self.expect_alive("pv")


def written(folder):
    """How much of an image there is, by whatever name."""
    return max((path.stat().st_size for path in folder.glob("*")), default=0)


class Killed(Xen):
    """The daemon is killed just when something of a start, or of an end, was seen."""

    def setUp(self):
        super().setUp()
        run("ip", "link", "add", "xenbr9", "type", "bridge")
        self.addCleanup(run, "ip", "link", "del", "xenbr9")
        devices = """<interface type='bridge'><source bridge='xenbr9'/></interface>
        <graphics type='vnc' port='-1'/>"""
        self.define(xen_xml("other", memory_mib=96))
        self.define(xen_xml("victim", memory_mib=96, devices=devices))
        self.virsh("start", "other", "--paused")
        self.other = self.virsh("domid", "other")

    @staticmethod
    def interfaces():
        return os.listdir("/sys/class/net/xenbr9/brif")

    def check(self):
        """What the daemon says is what there is, and the other guest saw nothing of it."""
        running = self.state("victim") != "shut off"
        self.expect_only("other", *["victim"] * running)
        self.assertEqual((len(self.interfaces()), len(self.models())), (running, running))
        self.assertEqual(self.virsh("domid", "other"), self.other)
        return running

    def test_start(self):
        instants = {
            "a domain": lambda: len(self.entries("/local/domain")) == 3,
            "an interface": self.interfaces,
        }
        for what, seen in instants.items():
            self.kill_when(what, seen, "start", "victim")
            if self.check():
                self.virsh("destroy", "victim")
        self.virsh("start", "victim")
        self.assertTrue(self.check())

    def test_end(self):
        instants = {
            "no device model": lambda: not self.models(),
            "no interface": lambda: not self.interfaces(),
        }
        for what, seen in instants.items():
            self.virsh("start", "victim")
            self.assertTrue(self.check())
            self.kill_when(what, seen, "destroy", "victim")
            self.assertFalse(self.check(), what)
        self.virsh("destroy", "other")
        self.expect_nothing_left()


class Boot(Xen):
    """A guest that comes with its host, and whose memory is then written."""

    def boot_host(self):
        """As the daemon sees it."""
        self.daemon.end()
        (self.daemon.root / "run/reeve/autostarted").unlink()
        self.daemon.start()

    def test_autostart_and_dump(self):
        self.define(xen_xml("auto", memory_mib=96))
        self.define(xen_xml("other", memory_mib=96))
        self.virsh("autostart", "auto")
        self.boot_host()
        self.await_state("auto", "running", 120)
        self.expect_only("auto")

        core = self.daemon.root / "core"
        self.daemon.reeve("dump", "auto", core, seconds=120)
        self.assertEqual(self.state("auto"), "running")
        self.expect_core(core, 90 << 20)
        self.virsh("dump", "auto", core, "--crash")
        self.expect_core(core, 90 << 20)
        self.assertEqual(self.virsh("domstate", "auto", "--reason").strip(), "shut off (crashed)")
        self.daemon.restart()
        self.assertEqual(self.state("auto"), "shut off")  # once a boot
        self.expect_nothing_left()


if __name__ == "__main__":
    unittest.main()
