# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon is killed at any instant of a container's start and stop: nothing is left behind,
nothing runs twice, what runs runs on. And many containers at once."""

import concurrent.futures
import os
import random
import signal
import subprocess
import threading
import time
import unittest
from pathlib import Path

from harness.container import Containers, Host, container_xml
from harness.process import run, wait_for

KILLS = int(os.environ.get("REEVE_TEST_KILLS", "40"))
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
        self.define(devices=f"<interface type='bridge'><source bridge='{self.bridge}'/></interface>")
        self.uuid = self.virsh("domuuid", "box").strip()

    def cgroups(self):
        found = []
        for mount in (Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").iterdir()):
            found += list((mount / "reeve").glob(f"{self.uuid}-*"))
        return found

    def plugged(self):
        return run("ip", "-o", "link", "show", "master", self.bridge).splitlines()

    def judge(self, when):
        """What the daemon says and what there is on the host are the same."""
        wait_for(f"settled {when}", lambda: self.state() in ("running", "shut off"), 30)
        if self.state() == "running":
            freezer = [f for f in self.cgroups() if "freezer" in str(f)] or self.cgroups()[:1]
            wait_for(f"one process {when}", lambda: processes_in(freezer[:1]) == 1, 10)
            self.assertEqual(len(self.plugged()), 1, when)
            return
        wait_for(f"clean {when}", lambda: not self.left_over() and not self.cgroups(), 30)
        wait_for(f"unplugged {when}", lambda: not self.plugged(), 10)

    def kill_within(self, command, latest):
        """Runs a command and kills the daemon at an instant of it."""
        delay = random.random() * latest
        client = subprocess.Popen(
            ["virsh", "-q", "-c", self.daemon.uri("lxc"), command, "box"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)  # which instant it is, is what is tried here
        self.daemon.end(signal.SIGKILL)
        client.wait(30)
        self.daemon.start()
        return f"{command} + {delay * 1000:.1f} ms"

    def test_killed_at_any_instant(self):
        began = time.monotonic()
        self.virsh("start", "box")
        started = time.monotonic() - began
        for _ in range(KILLS):
            running = self.state() == "running"
            self.judge(self.kill_within("destroy" if running else "start", started * 1.5))
        if self.state() == "running":
            self.virsh("destroy", "box")
        self.judge("at the end")


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
