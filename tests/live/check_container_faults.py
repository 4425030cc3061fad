# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts on which containers cannot run, and definitions that clash: the error says what to do."""

import os
import subprocess
import unittest

from harness.container import Containers, Host, container_xml
from harness.daemon import Reeved
from harness.process import gone, wait_for


class Runtimes(Containers, Host):
    def make_daemon(self):
        daemon = Reeved()
        (daemon.root / "runtime").write_text(self.runtime)
        (daemon.root / "runtime").chmod(0o755)
        config = daemon.root / "etc/reeve/reeved.conf"
        config.parent.mkdir(parents=True)
        config.write_text(f"[reeved]\ncontainer_runtime = {self.name(daemon)}\n")
        return daemon

    runtime = "#!/bin/sh\necho crun version 0.9.1\n"

    def name(self, daemon):
        return daemon.root / "runtime"

    def destroy_all(self):
        """There are none."""

    words = ("0.9.1", "1.0 or newer")

    def test_is_told(self):
        path = self.daemon.root / "box.xml"
        path.write_text(container_xml("box", self.root))
        result = self.daemon.reeve("create", path, scheme="lxc", ok=False)
        for words in self.words:
            self.assertIn(words, result.stderr)
        self.assertEqual(self.left_over(), [])


class Missing(Runtimes):
    def name(self, daemon):
        return "no-such-runtime"

    words = ("there is no OCI runtime 'no-such-runtime'", "install crun")


class Closed(Runtimes):
    """The way to the run folder is root's alone."""

    def make_daemon(self):
        daemon = Reeved()
        daemon.root.chmod(0o700)
        return daemon

    @property
    def words(self):
        return (f"cannot pass through '{self.daemon.root}' (mode 0700)", "chmod o+x")


class WithoutMemory(Reeved):
    """A daemon on a host where this controller is not mounted."""

    def command(self):
        script = 'umount -l /sys/fs/cgroup/memory && exec "$@"'
        return ["unshare", "-m", "sh", "-c", script, "sh", *super().command()]


@unittest.skipUnless(os.path.ismount("/sys/fs/cgroup/memory"), "cgroup v2 has one mount only")
class Controllers(Runtimes):
    words = ("the cgroup controller 'memory' is not mounted", "mount ")

    def make_daemon(self):
        return WithoutMemory()


PID_FILE = 'while [ "$1" != --pid-file ]; do shift; done; '

# What stands in a runtime's place, and what the error says of it.
IMPOSTORS = (
    ("exit 0", ("not which process is its first",)),
    (PID_FILE + ': >"$2"', ("not which process is its first",)),
    (PID_FILE + 'echo 1 >"$2"', ("not in the container's cgroup",)),
    (PID_FILE + 'echo $PPID >"$2"', ("not in the container's cgroup",)),
    (r"printf 'oh\033[31m\377\n' >&2; exit 3", ("failed with exit code 3: oh [31m",)),
    ("yes", ("wrote more than",)),
)


class Impostors(Containers, Host):
    """Programs that are no runtimes: nothing is left of them, and nobody else's process is touched."""

    def imposture(self, script):
        path = self.daemon.root / "impostor"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        self.define("bad", devices=f"<emulator>{path}</emulator>")

    def test_is_told(self):
        for script, expected in IMPOSTORS:
            with self.subTest(script):
                self.imposture(script)
                told = self.virsh("start", "bad", ok=False).stderr
                for words in expected:
                    self.assertIn(words, told)
                self.assertNotIn("\033", told)
                self.assertEqual(self.left_over(), [])
            self.virsh("undefine", "bad")

    def test_one_that_hangs(self):
        """Others are not kept waiting, and who has had enough of it destroys it."""
        self.imposture(f"trap '' TERM; echo $$ >{self.daemon.root}/hangs; sleep 1000")
        start = subprocess.Popen(["virsh", "-c", self.daemon.uri("lxc"), "start", "bad"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(start.stderr.close)
        hangs = self.daemon.root / "hangs"
        wait_for("the impostor", lambda: hangs.exists() and hangs.read_text())
        self.begin()
        self.assertIn("start", self.daemon.reeve("jobs", scheme="lxc"))
        self.virsh("destroy", "bad")
        self.assertIn("was cancelled", start.communicate(timeout=60)[1])
        self.assertTrue(gone(int(hangs.read_text())))
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])


class Clashes(Containers, Host):
    def test_names(self):
        self.begin()
        path = self.daemon.root / "again.xml"
        path.write_text(container_xml("box", self.root))
        for command in ("define", "create"):
            result = self.virsh(command, path, ok=False)
            self.assertIn("already exists", result.stderr)
        self.assertEqual(self.state(), "running")
        self.assertEqual(len(list(self.folder().glob("*-*"))), 1)

    def test_root_that_goes_away(self):
        self.define()
        (self.root / "bin/test-init").rename(self.root / "bin/gone")
        result = self.virsh("start", "box", ok=False)
        self.assertIn("test-init", result.stderr)
        self.assertEqual(self.left_over(), [])
        (self.root / "bin/gone").rename(self.root / "bin/test-init")
        self.virsh("start", "box")

    def test_initctl(self):
        init = "<init>/bin/sh</init><initarg>-c</initarg><initarg>mkfifo /run/initctl; " \
               "echo reeve-container: ready; head -c 384 /run/initctl > /root/request</initarg>"
        self.begin(init=init)
        self.virsh("shutdown", "--mode", "initctl", "box")
        wait_for("its end", lambda: self.state() == "shut off", 20)
        self.assertEqual((self.root / "root/request").read_bytes()[8:9], b"0")


if __name__ == "__main__":
    unittest.main()
