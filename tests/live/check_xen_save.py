# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests of Xen that are saved and restored, and daemons that are killed at work."""

import json
import os
import signal
import subprocess
import time
import unittest
from pathlib import Path

from check_xen import Xen
from harness.guest import Console, xen_xml
from harness.process import Failed, Late, run, wait_for


class Save(Xen):
    """The guest's shell remembers what it was told."""

    def setUp(self):
        super().setUp()
        self.define(xen_xml("pv", memory_mib=96))
        console = self.boot("pv")
        console.type("\rT=remembered; echo $T-$((6 * 7))\r")
        console.expect("remembered-42")
        console.close()

    def expect_alive(self):
        """It answers, and remembers what it was told. What is typed before a restored guest has its
        console again is lost."""
        uri = self.daemon.uri("xen")
        with Console("virsh", "-c", uri, "console", "pv", "--force") as console:
            console.expect("Escape character", 60)
            for _ in range(12):
                console.type("\recho $T-$((6 * 7))\r")
                try:
                    return console.expect("remembered-42", 5)
                except Late:
                    continue
        raise AssertionError("the guest does not answer")

    def begin(self, *args):
        return subprocess.Popen(
            ["virsh", "-q", "-c", self.daemon.uri("xen"), *args],
            stderr=subprocess.PIPE, text=True
        )

    def own_image(self):
        uuid = self.virsh("domuuid", "pv").strip()
        return Path(self.daemon.root) / f"var/lib/reeve/saved/{uuid}.image"

    def managed(self):
        rows = self.virsh("dominfo", "pv").splitlines()
        return next(row for row in rows if "Managed save" in row).split()[-1] == "yes"

    def toolstack(self, operation):
        """The process in which libxl does it."""
        found = []

        def see():
            found[:] = run("pgrep", "-f", f"reeve-libxl {operation}", ok=False).stdout.split()
            return found

        wait_for(f"libxl to {operation}", see, 60, every=0.01)
        return int(found[0])

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
        self.expect_alive()

    def file(self):
        self.image = self.daemon.root / "pv.sav"
        with self.assertRaisesRegex(Failed, "nowhere"):
            self.virsh("save", "pv", "/nowhere/pv.sav")
        self.virsh("suspend", "pv")
        with self.assertRaisesRegex(Failed, "has to run"):
            self.virsh("save", "pv", self.image)
        self.virsh("resume", "pv")
        self.expect_alive()
        self.virsh("save", "pv", self.image, "--paused")
        self.assertIn("<name>pv</name>", self.virsh("save-image-dumpxml", self.image))
        self.virsh("restore", self.image)
        self.assertEqual(self.state("pv"), "paused")
        with self.assertRaisesRegex(Failed, "already active"):
            self.virsh("restore", self.image)
        self.virsh("resume", "pv")
        self.expect_alive()
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
        self.expect_alive()

    def interrupted(self):
        """libxl dies in the middle of it, or is told to stop: the guest goes on."""
        client = self.begin("managedsave", "pv")
        os.kill(self.toolstack("save"), signal.SIGABRT)
        self.assertIn("signal 6", client.communicate(timeout=120)[1])
        self.expect_alive()
        self.assertFalse(self.managed())

    def test_killed(self):
        """Either it runs, as if nothing had been, or it is saved."""
        for delay in (0.2, 2):
            if self.state("pv") != "running":
                self.virsh("start", "pv")
            client = self.begin("managedsave", "pv")
            time.sleep(delay)
            self.daemon.restart(signal.SIGKILL)
            client.communicate(timeout=120)
            self.await_quiet()
            running = self.state("pv") == "running"
            self.assertEqual((self.managed(), self.own_image().exists()), (not running,) * 2)
            self.assertEqual(len(os.listdir(self.own_image().parent)), 0 if running else 1)
            wait_for("as many domains", lambda: len(self.names()) == 1 + running, 60)
            if running:
                self.expect_alive()

    def await_quiet(self):
        wait_for("no job", lambda: not json.loads(self.daemon.reeve("-o", "json", "jobs")), 120)


class Killed(Xen):
    """The daemon is killed at many instants of a start, and of an end."""

    def begin(self, *args):
        return subprocess.Popen(
            ["virsh", "-q", "-c", self.daemon.uri("xen"), *args], stderr=subprocess.DEVNULL
        )

    def kill_during(self, delay, *args):
        client = self.begin(*args)
        time.sleep(delay)
        self.daemon.restart(signal.SIGKILL)
        client.wait(120)
        wait_for("no job", lambda: not json.loads(self.daemon.reeve("-o", "json", "jobs")), 120)

    def check(self, name, others):
        """What the daemon says is what Xen says."""
        running = self.state(name) != "shut off"
        wanted = sorted(["Domain-0", *others, *([name] if running else [])])
        wait_for(f"{wanted}", lambda: sorted(self.names()) == wanted, 60)
        return running

    def test_start_and_end(self):
        bridge = "<interface type='bridge'><source bridge='xenbr9'/></interface>"
        run("ip", "link", "add", "xenbr9", "type", "bridge")
        self.addCleanup(run, "ip", "link", "del", "xenbr9")
        self.define(xen_xml("other", memory_mib=96))
        self.define(xen_xml("victim", memory_mib=96, devices=bridge))
        self.virsh("start", "other")
        number = self.virsh("domid", "other")
        for delay in (0.5, 2):
            self.kill_during(delay, "start", "victim")
            if not self.check("victim", ["other"]):
                self.virsh("start", "victim")
            self.assertEqual(self.state("victim"), "running")
            self.kill_during(delay / 2, "destroy", "victim")
            if self.check("victim", ["other"]):
                self.virsh("destroy", "victim")
            self.check("victim", ["other"])
            self.assertEqual(self.virsh("domid", "other"), number)
        self.virsh("destroy", "other")
        self.expect_nothing_left()
        self.assertEqual(os.listdir("/sys/class/net/xenbr9/brif"), [])


if __name__ == "__main__":
    unittest.main()
