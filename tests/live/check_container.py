# SPDX-License-Identifier: LGPL-2.1-or-later
"""Containers of a busybox under the daemon, driven by an unmodified virsh."""

import os
import signal
import unittest
from pathlib import Path

from harness.container import busybox_root, container_xml
from harness.daemon import Libvirtd, Reeved, daemon_class
from harness.guest import Console
from harness.process import wait_for

READY = "reeve-container: ready"


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class Containers(unittest.TestCase):
    """A daemon, a root for containers, and what is done with both."""

    conf = ""

    def make_daemon(self):
        return Reeved(conf=self.conf)

    def setUp(self):
        self.daemon = self.make_daemon().start()
        self.addCleanup(self.daemon.close)
        self.addCleanup(self.destroy_all)
        self.root = busybox_root(self.daemon.root / "container")

    def virsh(self, *args, **how):
        return self.daemon.virsh(*args, scheme="lxc", **how)

    def destroy_all(self):
        for name in self.virsh("list", "--name").split():
            self.virsh("destroy", name, ok=False)

    def define(self, name="box", **how):
        path = self.daemon.root / f"{name}.xml"
        path.write_text(container_xml(name, self.root, **how))
        self.virsh("define", path)

    def begin(self, name="box", **how):
        """Defines and starts it. Returns its console, where it has said that it is ready."""
        self.define(name, **how)
        self.virsh("start", name)
        console = self.console(name)
        console.expect(READY)
        return console

    def console(self, name="box"):
        console = Console("virsh", "-c", self.daemon.uri("lxc"), "console", name)
        self.addCleanup(console.close)
        console.expect("Escape character")  # before that, what is typed is lost
        return console

    def state(self, name="box"):
        return self.virsh("domstate", name).strip()

    def reason(self, name="box"):
        return self.virsh("domstate", "--reason", name).strip()

    def ask(self, console, command):
        """What a command in the container prints."""
        console.type(f"echo $((4+3))-begins; {command}; echo $((4+4))-ends\r")
        return console.expect("8-ends").rsplit("7-begins", 1)[1].strip()


class Life(Containers):
    """What libvirt's own driver does as well."""

    def make_daemon(self):
        return daemon_class()()

    def test_console_and_destroy(self):
        console = self.begin()
        self.assertEqual(self.state(), "running")
        self.assertIn("LXC", self.virsh("version"))
        console.type("echo $((6 * 7))-answer\r")
        console.expect("42-answer")
        self.virsh("destroy", "box")
        self.assertEqual(self.reason(), "shut off (destroyed)")

    def test_pause(self):
        console = self.begin()
        self.virsh("suspend", "box")
        self.assertEqual(self.state(), "paused")
        console.type("echo $((6 * 7))-answer\r")
        self.virsh("resume", "box")
        console.expect("42-answer")
        self.assertEqual(self.state(), "running")

    def test_end_by_itself(self):
        console = self.begin()
        console.type("exit 0\r")
        wait_for("shut off", lambda: self.state() == "shut off")


class Own(Containers):
    """What is ours: how containers are kept apart, and what becomes of them without a daemon."""

    def folder(self):
        return self.daemon.root / "run/reeve/drivers/container"

    def left_over(self):
        """All that containers of this daemon have on the host."""
        found = [str(p) for p in self.folder().glob("*-*")]
        found += [str(p) for name in ("ids", "runtime") for p in (self.folder() / name).glob("*")]
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        return found + [line for line in mounts.splitlines() if str(self.daemon.root) in line]

    def test_adopted_after_kill(self):
        console = self.begin()
        self.ask(console, "kept=yes")
        self.daemon.restart(signal.SIGKILL)
        wait_for("running", lambda: self.state() == "running")
        console = self.console()
        console.type("echo still-$kept\r")
        console.expect("still-yes")
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])

    def test_ended_while_no_daemon_ran(self):
        console = self.begin()
        self.daemon.end(signal.SIGKILL)
        pid = int(next(self.folder().glob("*-*/pid")).read_text(encoding="ascii"))
        os.kill(pid, signal.SIGKILL)
        console.close()
        self.daemon.start()
        wait_for("shut off", lambda: self.state() == "shut off")
        wait_for("clean", lambda: not self.left_over())

    def test_users(self):
        (self.root / "root/host-file").write_text("x")
        console = self.begin()
        self.assertEqual(self.ask(console, "id -u"), "0")
        self.assertEqual(self.ask(console, "cat /proc/self/uid_map").split()[2], "65536")
        self.assertEqual(self.ask(console, "ls -n /root/host-file").split()[2], "0")
        self.ask(console, "touch /root/made")
        self.assertEqual((self.root / "root/made").stat().st_uid, 0)
        pid = int(next(self.folder().glob("*-*/pid")).read_text(encoding="ascii"))
        self.assertGreater(Path(f"/proc/{pid}").stat().st_uid, 65535)

    def test_shutdown(self):
        console = self.begin()
        self.virsh("shutdown", "box")
        console.expect("reeve-container: going down")
        wait_for("shut off", lambda: self.reason() == "shut off (shutdown)")

    def test_reboot_from_inside(self):
        console = self.begin()
        console.type("exec reboot -f\r")
        wait_for("another id", lambda: "2" in self.virsh("list", "--id").split())
        self.console().expect(READY)
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])

    def test_power_off_from_inside(self):
        console = self.begin()
        console.type("exec poweroff -f\r")
        wait_for("shut off", lambda: self.reason() == "shut off (shutdown)")

    def test_crash(self):
        console = self.begin()
        console.type("exec sh -c 'sleep 1000'\r")
        pid = int(next(self.folder().glob("*-*/pid")).read_text(encoding="ascii"))
        os.kill(pid, signal.SIGSEGV)
        os.kill(pid, signal.SIGKILL)
        wait_for("crashed", lambda: self.reason() == "shut off (crashed)")
        wait_for("clean", lambda: not self.left_over())

    def test_first_program(self):
        init = (
            "<init>/bin/sh</init><initarg>-c</initarg>"
            "<initarg>echo reeve-container: ready; id; pwd; env; exec sleep 1000</initarg>"
            "<initenv name='COLOUR'>blue</initenv><initdir>/var</initdir>"
            "<inituser>tester</inituser>"
        )
        console = self.begin(init=init)
        told = console.expect("LIBVIRT_LXC_NAME=box")
        told += console.expect("COLOUR=blue")
        self.assertIn("uid=1000(tester) gid=1001(testers)", told)
        self.assertIn("/var\r\n", told)

    def test_faults_are_explained(self):
        rows = (
            ("<init>/bin/test-init</init>", "/nowhere", "/nowhere"),
            ("<init>/bin/nothing</init>", self.root, "/bin/nothing"),
            ("<init>/bin/sh</init><inituser>nobody-here</inituser>", self.root, "nobody-here"),
            ("<init>/bin/sh</init>", "/", "the host's own root"),
        )
        for init, root, words in rows:
            with self.subTest(words):
                path = self.daemon.root / "bad.xml"
                path.write_text(container_xml("bad", root, init=init))
                self.virsh("define", path)
                result = self.virsh("start", "bad", ok=False)
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(words, result.stderr)
                self.assertEqual(self.left_over(), [])
                self.virsh("undefine", "bad")


class Runc(Own):
    """The same by the other runtime."""

    conf = "container_runtime = runc"


if os.environ.get("REEVE_TEST_LIBVIRTD"):
    assert daemon_class() is Libvirtd
    del Own, Runc


if __name__ == "__main__":
    unittest.main()
