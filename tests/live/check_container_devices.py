# SPDX-License-Identifier: LGPL-2.1-or-later
"""What of the host containers are given, and what not: <hostdev mode='capabilities'>, namespaces."""

import os
import signal
import unittest
from pathlib import Path

from harness.container import Containers, Host, container_xml
from harness.process import run, wait_for


def hostdev(kind, element, source, more=""):
    return (f"<hostdev mode='capabilities' type='{kind}'><source><{element}>{source}</{element}>"
            f"</source>{more}</hostdev>")


class Nodes(Containers, Host):

    def loop_device(self, name="disk.img"):
        image = self.daemon.root / name
        image.write_bytes(b"from the disk\n".ljust(1 << 20, b"\0"))
        device = run("losetup", "--find", "--show", str(image)).strip()
        self.addCleanup(run, "losetup", "--detach", device)
        return image, device

    def test_storage(self):
        image, device = self.loop_device()
        console = self.begin(devices=hostdev("storage", "block", device))
        self.assertEqual(self.ask(console, f"dd if={device} bs=14 count=1 2>/dev/null"),
                         "from the disk")
        self.assertEqual(self.ask(console, f"ls -n {device}").split()[2], "0")
        self.ask(console, f"echo written > {device}; sync")
        run("sync")
        wait_for("written", lambda: image.read_bytes().startswith(b"written\n"))
        self.assertEqual(Path(device).stat().st_uid, 0)
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])

    def test_misc(self):
        console = self.begin(devices=hostdev("misc", "char", "/dev/net/tun"))
        self.assertIn("bad state", self.ask(console, "cat /dev/net/tun 2>&1"))
        self.assertIn("refused", self.ask(console, "mknod /root/fuse c 10 229 2>&1 || echo refused"))

    def test_only_what_is_given(self):
        """Another device's node in the container's files stays closed, with all rights to make it."""
        _image, given = self.loop_device()
        other = os.makedev(10, 229)
        os.mknod(self.root / "root/fuse", 0o20666, other)
        console = self.begin(devices=hostdev("storage", "block", given))
        self.assertIn("denied", self.ask(console, "cat /root/fuse 2>&1").replace(
            "not permitted", "denied"))

    def test_faults_are_explained(self):
        rows = (
            (hostdev("storage", "block", "/dev/none0"), "/dev/none0"),
            (hostdev("storage", "block", "/dev/zero"), "is not a block device"),
            (hostdev("misc", "char", "/etc/passwd"), "is not a character device"),
            (hostdev("net", "interface", "nodev0"), "nodev0"),
            ("<hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product id='0x2'/>"
             "</source></hostdev>", "hostdev"),
        )
        for devices, words in rows:
            with self.subTest(words):
                self.virsh("undefine", "box", ok=False)
                self.define(devices=devices)
                result = self.virsh("start", "box", ok=False)
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(words, result.stderr)
                self.assertEqual(self.left_over(), [])


class Lent(Containers, Host):
    """Network devices come back, those of hardware and those that are none."""

    def setUp(self):
        super().setUp()
        self.lent, self.far = (f"rv{end}{os.getpid() % 100000}" for end in "np")
        run("ip", "link", "add", self.lent, "type", "veth", "peer", "name", self.far)
        self.addCleanup(run, "ip", "link", "delete", self.far)
        run("ip", "link", "set", self.far, "up")
        run("ip", "address", "add", "10.217.7.1/24", "dev", self.far)
        self.devices = hostdev("net", "interface", self.lent,
                               "<ip address='10.217.7.2' family='ipv4' prefix='24'/>"
                               "<route family='ipv4' address='0.0.0.0' gateway='10.217.7.1'/>")

    def is_here(self):
        return Path(f"/sys/class/net/{self.lent}").exists()

    def test_lent(self):
        console = self.begin(devices=self.devices)
        self.assertFalse(self.is_here())
        self.assertIn("1 packets received", self.ask(console, "ping -c 1 -W 5 10.217.7.1"))
        self.assertIn(f"default via 10.217.7.1 dev {self.lent}", self.ask(console, "ip route"))
        path = self.daemon.root / "other.xml"
        path.write_text(container_xml("other", self.root, devices=self.devices))
        self.assertIn(self.lent, self.virsh("create", path, ok=False).stderr)
        self.assertIn("1 packets received", self.ask(console, "ping -c 1 -W 5 10.217.7.1"))
        console.type("exit 0\r")
        wait_for("back", self.is_here)
        wait_for("shut off", lambda: self.state() == "shut off")
        self.assertEqual(self.left_over(), [])

    def test_back_after_a_killed_daemon(self):
        self.begin(devices=self.devices)
        self.daemon.restart(signal.SIGKILL)
        wait_for("running", lambda: self.state() == "running")
        self.virsh("destroy", "box")
        self.assertTrue(self.is_here())
        self.virsh("start", "box")
        self.assertFalse(self.is_here())

    def test_back_after_an_end_that_nobody_saw(self):
        self.begin(devices=self.devices)
        pid = int(self.virsh("domid", "box"))
        self.daemon.end(signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        self.daemon.start()
        wait_for("back", self.is_here)
        self.assertEqual(self.state(), "shut off")
        wait_for("nothing left", lambda: not self.left_over())
        self.virsh("start", "box")
        self.assertFalse(self.is_here())

    def test_back_after_a_failed_start(self):
        self.define(devices=self.devices + hostdev("net", "interface", "nodev0"))
        self.assertIn("nodev0", self.virsh("start", "box", ok=False).stderr)
        self.assertTrue(self.is_here())
        self.assertEqual(self.left_over(), [])


class Runc(Nodes):
    """The same by the other runtime."""

    conf = "container_runtime = runc"
    test_faults_are_explained = None


if __name__ == "__main__":
    unittest.main()
