# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole Debian with systemd as a container's init: it boots, somebody logs in at its console, and
it powers off when asked. Its root is made by debootstrap once and kept in the build's folder."""

import os
import shutil
import subprocess
import unittest

from harness.container import Containers, Host, container_xml
from harness.daemon import BUILD
from harness.process import run, wait_for

ARCHIVE = BUILD / "build/debian-container.tar"


def make_archive(folder):
    """Returns why it could not be made, or None."""
    if not shutil.which("debootstrap"):
        return "needs debootstrap"
    command = ["debootstrap", "--variant=minbase", "--include=systemd-sysv,login", "bookworm",
               str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    except subprocess.TimeoutExpired:
        return "debootstrap took more than 200 s"
    if made.returncode != 0:
        return f"debootstrap: {made.stdout.strip().splitlines()[-1:]}"
    run("chroot", folder, "sh", "-c", "echo root:reeve | chpasswd")
    ARCHIVE.parent.mkdir(exist_ok=True)
    run("tar", "-C", folder, "-cf", f"{ARCHIVE}.{os.getpid()}", ".", seconds=120)
    os.rename(f"{ARCHIVE}.{os.getpid()}", ARCHIVE)
    return None


class System(Containers, Host):
    def setUp(self):
        super().setUp()
        folder = self.daemon.root / "debian"
        folder.mkdir()
        if not ARCHIVE.exists():
            why = make_archive(self.daemon.root / "made")
            if why:
                self.skipTest(why)
        run("tar", "-C", folder, "-xf", ARCHIVE, seconds=120)
        folder.chmod(0o755)
        (folder / "etc/machine-id").write_text("")
        path = self.daemon.root / "debian.xml"
        path.write_text(container_xml("debian", folder, init="<init>/sbin/init</init>", memory=512))
        self.virsh("define", path)

    def log(self):
        return (self.daemon.root / "var/log/reeve/guests/debian.log").read_text(errors="replace")

    def test_boot_log_in_and_power_off(self):
        self.virsh("start", "debian")
        console = self.console("debian")
        console.expect("login: ", 120)
        console.type("root\r")
        console.expect("Password: ")
        console.type("reeve\r")
        console.expect("# ")
        console.type("systemctl is-system-running --wait; echo $((6 * 7))-answer\r")
        self.assertIn("running", console.expect("42-answer", 120))
        self.virsh("shutdown", "debian")
        wait_for("shut off", lambda: self.reason("debian") == "shut off (shutdown)", 120)
        self.assertIn("power", self.log().lower())
        self.assertEqual(self.left_over(), [])

    def test_reboot(self):
        self.virsh("start", "debian")
        self.console("debian").expect("login: ", 120)
        before = self.virsh("domid", "debian")
        self.virsh("reboot", "debian")
        wait_for("another id", lambda: self.virsh("domid", "debian").strip() not in
                 ("-", before.strip()), 60)
        self.console("debian").expect("login: ", 120)


if __name__ == "__main__":
    unittest.main()
