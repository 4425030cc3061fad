# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon is killed at any instant of a container's start, of a program begun in it, and of its
stop: nothing is left behind, nothing runs twice, what runs runs on. And many containers at once."""

import concurrent.futures
import os
import random
import signal
import subprocess
import threading
import time
import unittest
from pathlib import Path

from harness.container import Containers, Host, container_xml, loops
from harness.daemon import BUILD
from harness.process import Late, processes_with, run, wait_for

KILLS = int(os.environ.get("REEVE_TEST_KILLS", "100"))
MANY = 200


def processes_in(folders):
    """How many processes the cgroups of the daemon's containers have."""
    return sum(len((f / "cgroup.procs").read_text(encoding="ascii").split()) for f in folders
               if (f / "cgroup.procs").exists())


class Crash(Containers, Host):
    def setUp(self):
        super().setUp()
        self.bridge = f"rvc{os.getpid() % 100000}"
        run("ip", "link", "add", self.bridge, "type", "bridge")
        self.addCleanup(run, "ip", "link", "delete", self.bridge)
        self.image = self.daemon.root / "data.img"
        self.image.touch()
        os.truncate(self.image, 8 << 20)
        run("mkfs.ext4", "-q", str(self.image))
        self.qcow2 = self.daemon.root / "data.qcow2"
        run("qemu-img", "convert", "-O", "qcow2", str(self.image), str(self.qcow2))
        self.define(devices=f"<interface type='bridge'><source bridge='{self.bridge}'/></interface>"
                    f"<filesystem type='file'><source file='{self.image}'/><target dir='/data'/>"
                    "</filesystem><filesystem type='file'><driver type='nbd' format='qcow2'/>"
                    f"<source file='{self.qcow2}'/><target dir='/more'/></filesystem>")
        self.uuid = self.virsh("domuuid", "box").strip()

    def cgroups(self):
        found = []
        for mount in (Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").iterdir()):
            found += list((mount / "reeve").glob(f"{self.uuid}-*"))
        return found

    def plugged(self):
        return run("ip", "-o", "link", "show", "master", self.bridge).splitlines()

    def wrong(self):
        """How what the daemon says and what there is on the host differ, if they do."""
        state = self.state()
        begun = [p.name for p in self.folder().glob("*-*/exec*")]
        if self.runtimes() or begun:
            return f"runtimes {self.runtimes()}, {begun}"
        if state == "running":
            own = [f for f in self.cgroups() if not f.name.endswith("-images")]
            freezer = [f for f in own if "freezer" in str(f)] or own[:1]
            found = processes_in(freezer[:1]), len(self.plugged()), len(loops(self.image))
            return found != (1, 1, 1) and f"running: processes, interfaces, loop devices: {found}"
        left = self.left_over() + self.cgroups() + self.plugged() + loops(self.image)
        return state != "shut off" and state or left and f"shut off, but {left}"

    def judge(self, when):
        try:
            wait_for("settled", lambda: not self.wrong(), 20)
        except Late as error:
            raise AssertionError(f"{when}: {self.wrong()}") from error

    def runtimes(self):
        return processes_with(f"--root {self.folder()}/runtime".replace(" ", "\0"))

    def client(self, act):
        if act == "exec":
            return [BUILD / "cli/reeve", "-c", self.daemon.uri("lxc"), "exec", "box", "true"]
        return ["virsh", "-q", "-c", self.daemon.uri("lxc"), act, "box"]

    def kill_within(self, act, delay):
        """Has it done and kills the daemon at an instant of it."""
        client = subprocess.Popen(self.client(act), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)  # which instant it is, is what is tried here
        self.daemon.end(signal.SIGKILL)
        client.wait(30)
        self.daemon.start()
        return f"{act} + {delay * 1000:.1f} ms"

    def test_killed_at_any_instant(self):
        takes = {}
        for act in ("start", "exec", "destroy"):
            began = time.monotonic()
            run(*self.client(act))
            takes[act] = time.monotonic() - began
        for i in range(KILLS):
            # From its first instant to one that is behind its end, in steps.
            act = ("start", "exec", "destroy")[i % 3]
            if act == "start" and self.state() == "running":
                self.virsh("destroy", "box")
            if act != "start" and self.state() != "running":
                self.virsh("start", "box")
            before = self.first()
            self.judge(self.kill_within(act, (i + random.random()) / KILLS * takes[act] * 1.3))
            if act == "exec":
                self.assertEqual(self.first(), before)
        if self.state() == "running":
            self.virsh("destroy", "box")
        self.judge("at the end")

    def first(self):
        """The container's first process."""
        return [p.read_text(encoding="ascii") for p in self.folder().glob("*-*/pid")]


class Many(Containers, Host):
    def test_many_at_once(self):
        connection = self.daemon.connect("lxc")
        self.addCleanup(connection.close)
        local = threading.local()

        def own():
            """A connection of each thread's."""
            if not hasattr(local, "connection"):
                local.connection = self.daemon.connect("lxc")
            return local.connection

        def begin(i):
            own().createXML(container_xml(f"many{i}", self.root, memory=16), 0)

        def finish(i):
            own().lookupByName(f"many{i}").destroy()

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(begin, range(MANY)))
            self.assertEqual(len(connection.listAllDomains(1)), MANY)
            self.assertEqual(len(connection.getAllDomainStats()), MANY)
            pids = {p.read_text(encoding="ascii") for p in self.folder().glob("*-*/pid")}
            self.assertEqual(len(pids), MANY)
            maps = {Path(f"/proc/{p}/uid_map").read_text(encoding="ascii") for p in pids}
            self.assertEqual(len(maps), MANY)
            list(pool.map(finish, range(MANY)))
        self.assertEqual(self.left_over(), [])


if __name__ == "__main__":
    unittest.main()
