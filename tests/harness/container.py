# SPDX-License-Identifier: LGPL-2.1-or-later
"""Containers for tests: a root of a busybox, definitions, and what tests of them share."""

import os
import shutil
import unittest
from pathlib import Path

from harness.daemon import Reeved
from harness.guest import Console

READY = "reeve-container: ready"

APPLETS = """
    cat chmod chown cp date dd df echo env false grep halt head hostname id ifconfig insmod ip kill
    ln ls md5sum mkdir mknod mount mv nc nsenter ping poweroff ps pwd readlink reboot rm sed seq sh sleep
    stty su swapon sync tail test timeout touch tr true tty umount unshare wc wget yes
""".split()

# Answers what is asked at its console, and obeys the signals that a busybox init would.
INIT = """#!/bin/sh
trap 'echo reeve-container: going down; exit 0' TERM USR2
echo reeve-container: ready
while true; do
    IFS= read -r line || { sleep 1; continue; }
    eval "$line"
done
"""


def busybox_root(folder):
    """Fills an empty folder with what a small container needs. Returns it."""
    folder = Path(folder)
    for name in ("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "var"):
        (folder / name).mkdir(parents=True)
        (folder / name).chmod(0o1777 if name == "tmp" else 0o755)
    folder.chmod(0o755)
    shutil.copy("/bin/busybox", folder / "bin/busybox")
    for applet in APPLETS:
        (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc/passwd").write_text(
        "root:x:0:0:root:/root:/bin/sh\ntester:x:1000:1001::/tmp:/bin/sh\n"
    )
    (folder / "etc/group").write_text("root:x:0:\ntesters:x:1001:\n")
    (folder / "bin/test-init").write_text(INIT)
    (folder / "bin/test-init").chmod(0o755)
    return folder


def container_xml(name, root, init="<init>/bin/test-init</init>", devices="", more="", memory=64):
    """The definition of a container of this root."""
    return f"""<domain type='lxc'>
  <name>{name}</name>
  <memory unit='MiB'>{memory}</memory>
  <os><type>exe</type>{init}</os>
  {more}
  <devices>
    <filesystem type='mount'><source dir='{root}'/><target dir='/'/></filesystem>
    {devices}
    <console type='pty'/>
  </devices>
</domain>
"""


def loops(image):
    """The loop devices that a file is behind."""
    found = []
    for path in Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            if path.read_text(encoding="utf-8").split(" (")[0].strip() == str(image):
                found.append(path.parts[3])
        except OSError:
            pass
    return found


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
        console.expect("Escape character")
        console.connected()
        return console

    def state(self, name="box"):
        return self.virsh("domstate", name).strip()

    def reason(self, name="box"):
        return self.virsh("domstate", "--reason", name).strip()

    def ask(self, console, command):
        """What a command in the container prints."""
        console.type(f"echo $((4+3))-begins; {command}; echo $((4+4))-ends\r")
        return console.expect("8-ends").rsplit("7-begins", 1)[1].strip()


class Host:
    """What containers of a daemon of ours have on the host."""

    def folder(self):
        return self.daemon.root / "run/reeve/drivers/container"

    def left_over(self):
        """All that containers of this daemon have on the host."""
        found = [str(p) for p in self.folder().glob("*-*")]
        found += [str(p) for name in ("ids", "runtime") for p in (self.folder() / name).glob("*")]
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        return found + [line for line in mounts.splitlines() if str(self.daemon.root) in line]
