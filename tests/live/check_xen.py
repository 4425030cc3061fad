# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests of Xen, in a host that Xen runs (a box of tests/lab)."""

import os
import signal
import subprocess
import unittest
from uuid import uuid4

from harness.daemon import daemon_class
from harness.events import Lifecycle, listening
from harness.guest import READY, Console, image, xen_xml
from harness.host import need, need_root, need_xen
from harness.process import Failed, run, wait_for

BOOT_SECONDS = 120  # by emulation, beside others


class Xen(unittest.TestCase):
    """A daemon and its clients; what tests need of Xen's own tools."""

    def setUp(self):
        need_root()
        need_xen()
        self.daemon = daemon_class()().start()
        self.addCleanup(self.daemon.close)
        self.addCleanup(self.end_guests)

    def end_guests(self):
        for name in self.names()[1:]:
            run("xl", "destroy", name, ok=False, seconds=60)

    def virsh(self, *args, **how):
        return self.daemon.virsh(*args, scheme="xen", **{"seconds": 120, **how})

    def define(self, xml):
        path = self.daemon.root / "guest.xml"
        path.write_text(xml)
        self.virsh("define", path)

    def boot(self, name):
        self.virsh("start", name)
        console = self.console(name)
        console.expect(READY, BOOT_SECONDS)
        return console

    def console(self, name):
        console = Console("virsh", "-c", self.daemon.uri("xen"), "console", name)
        self.addCleanup(console.close)
        return console

    def state(self, name):
        return self.virsh("domstate", name).strip()

    def await_state(self, name, state, seconds=60):
        wait_for(f"{name} to be {state}", lambda: self.state(name) == state, seconds)

    @staticmethod
    def names():
        """What xl says there is; a domain that goes has no name any more."""
        rows = run("xl", "list", seconds=60).strip().split("\n")[1:]
        return [row.split()[0] for row in rows]

    @staticmethod
    def need_paging():
        """Guests that are not PV need page tables of the processor's, or Xen's in their place."""
        words = run("xl", "info").split()
        need("paging", "hap" in words or "shadow" in words, "Xen has neither HAP nor shadow paging")

    def expect_nothing_left(self):
        """Neither a domain nor its entries in xenstore, nor a device model."""
        wait_for("the end of all domains", lambda: self.names() == ["Domain-0"], 30)
        for path in ("/local/domain", "/libxl"):
            listed = run("xenstore-list", path, ok=False, seconds=60).stdout.split()
            self.assertEqual([d for d in listed if d != "0"], [], path)
        # One that has ended may still wait to be reaped: the README tells of it.
        models = ("pgrep", "-r", "D,R,S,T", "-f", "xen-qemu-system")
        wait_for("the end of device models", lambda: not run(*models, ok=False).stdout, 30)


class Pv(Xen):
    def test_life(self):
        self.define(xen_xml("pv"))
        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        console = self.boot("pv")
        heard.expect(("pv", "started", 0))
        console.type("\recho $((6 * 7))-answer\r")
        console.expect("42-answer")
        self.assertIn("Domain-0", self.virsh("list", "--name").split())
        self.assertEqual(self.names(), ["Domain-0", "pv"])

        self.virsh("suspend", "pv")
        heard.expect(("pv", "suspended", 0))
        self.assertEqual(self.state("pv"), "paused")
        self.virsh("resume", "pv")
        heard.expect(("pv", "resumed", 0))

        self.virsh("shutdown", "pv")
        console.expect("reeve-guest: going down", 60)
        heard.expect(("pv", "stopped", 0), seconds=60)
        self.assertEqual(self.state("pv"), "shut off")
        self.expect_nothing_left()


class Pvh(Xen):
    def test_life(self):
        self.need_paging()
        self.define(xen_xml("pvh", kind="xenpvh"))
        console = self.boot("pvh")
        self.virsh("suspend", "pvh")
        self.assertEqual(self.state("pvh"), "paused")
        self.virsh("resume", "pvh")
        self.virsh("shutdown", "pvh")
        console.expect("reeve-guest: going down", 60)
        self.await_state("pvh", "shut off")
        self.expect_nothing_left()


class Hvm(Xen):
    def test_life(self):
        self.need_paging()
        self.define(xen_xml("hvm", kind="hvm", devices="<graphics type='vnc' port='-1'/>"))
        self.boot("hvm")
        self.assertRegex(self.virsh("vncdisplay", "hvm"), r":\d+")
        self.assertIn("xen-qemu-system", run("pgrep", "-a", "-f", "xen-qemu-system"))
        self.virsh("suspend", "hvm")
        self.assertEqual(self.state("hvm"), "paused")
        self.virsh("resume", "hvm")
        self.virsh("destroy", "hvm")
        self.expect_nothing_left()


class Strangers(Xen):
    """Domains that this daemon did not make."""

    def test_first_domain(self):
        self.assertIn("Domain-0", self.virsh("list", "--name").split())
        self.assertEqual(self.virsh("domid", "Domain-0").strip(), "0")
        for command in ("destroy", "shutdown", "suspend"):
            with self.assertRaisesRegex(Failed, "Domain-0"):
                self.virsh(command, "Domain-0")
        self.assertEqual(self.state("Domain-0"), "running")


class Mishaps(Xen):
    """What goes wrong in libxl, or with the daemon, stays where it is."""

    def begin_start(self, name):
        """A client that starts it, and the process in which libxl creates it."""
        client = subprocess.Popen(
            ["virsh", "-q", "-c", self.daemon.uri("xen"), "start", name],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(client.stderr.close)
        found = []

        def see():
            found[:] = run("pgrep", "-f", "reeve-libxl create", ok=False).stdout.split()
            return found

        wait_for("libxl at work", see, 60, every=0.01)
        return client, int(found[0])

    def test_call_that_dies_or_hangs(self):
        self.define(xen_xml("other"))
        self.define(xen_xml("victim"))
        self.virsh("start", "other")

        client, pid = self.begin_start("victim")
        os.kill(pid, signal.SIGABRT)
        _, said = client.communicate(timeout=60)
        self.assertIn("signal 6", said)
        self.assertEqual(self.state("victim"), "shut off")
        wait_for("one guest", lambda: self.names() == ["Domain-0", "other"], 60)

        client, pid = self.begin_start("victim")
        os.kill(pid, signal.SIGSTOP)
        self.virsh("suspend", "other")
        self.assertEqual(self.state("other"), "paused")
        self.virsh("destroy", "victim")
        client.communicate(timeout=60)
        self.assertNotEqual(client.returncode, 0)
        self.assertEqual(self.state("victim"), "shut off")
        self.assertEqual(self.names(), ["Domain-0", "other"])

        watcher = int(run("pgrep", "-f", "reeve-libxl watch"))
        os.kill(watcher, signal.SIGABRT)
        self.virsh("resume", "other")
        self.virsh("destroy", "other")
        self.expect_nothing_left()

    def test_bad_definitions(self):
        kernel = self.daemon.root / "kernel"
        kernel.write_text("no kernel at all\n")
        disk = "<disk type='file'><source file='/nowhere'/><target dev='xvda'/></disk>"
        nic = "<interface type='bridge'><source bridge='nowhere'/></interface>"
        good = xen_xml("bad")
        bad = {
            "nowhere": [xen_xml("bad", devices=disk), xen_xml("bad", devices=nic)],
            "libxl says": [good.replace(f"{image()}/vmlinuz", str(kernel))],
            "memory": [xen_xml("bad", memory_mib=100000)],
        }
        for words, documents in bad.items():
            for xml in documents:
                with self.subTest(words=words, xml=xml):
                    self.define(xml)
                    with self.assertRaisesRegex(Failed, words):
                        self.virsh("start", "bad")
                    self.assertEqual(self.state("bad"), "shut off")
                    self.virsh("undefine", "bad")
        self.expect_nothing_left()


if __name__ == "__main__":
    unittest.main()
