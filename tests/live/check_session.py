# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon of an ordinary user, in the folders of that user's session."""

import shutil
import unittest

from harness.daemon import BUILD, Libvirtd, Daemon, daemon_class
from harness.guest import READY, Console, image, linux_xml
from harness.host import need_root
from harness.process import run, wait_for

NOBODY = 65534


class Session(Daemon):
    """reeved as its user starts it: without options and without rights."""

    name = "reeved of a session"

    def __init__(self):
        super().__init__()
        self.home, self.runtime = self.root / "home", self.root / "runtime"
        for folder in (self.home, self.runtime):
            folder.mkdir(mode=0o700)
            shutil.chown(folder, NOBODY, NOBODY)
        # The source tree may lie where the user cannot look.
        for program in ("daemon/reeved", "cli/reeve"):
            shutil.copy(BUILD / program, self.root)
        self.socket = self.runtime / "reeve/reeve.sock"
        self.socket_ro = self.runtime / "reeve/reeve-ro.sock"

    def as_user(self, *command):
        return [
            "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "env", "-i", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", f"HOME={self.home}",
            f"XDG_RUNTIME_DIR={self.runtime}", *command,
        ]

    def command(self):
        return self.as_user(self.root / "reeved", "--libvirt-sockets")

    def reeve(self, *args):
        return run(*self.as_user(self.root / "reeve", *args))

    def uri(self, scheme="qemu", readonly=False):
        return super().uri(scheme, readonly).replace("///system", "///session")


class Sessions(unittest.TestCase):
    def setUp(self):
        need_root()  # to become somebody else
        if daemon_class() is Libvirtd:
            self.skipTest("about reeved's own folders")
        self.daemon = Session().start()
        self.addCleanup(self.daemon.close)

    def test_guest(self):
        daemon = self.daemon
        kernel = daemon.root / "kernel"
        shutil.copytree(image(), kernel)
        path = daemon.root / "guest.xml"
        path.write_text(linux_xml("mine").replace(str(image()), str(kernel)))
        daemon.reeve("define", path)
        daemon.reeve("start", "mine")
        with Console(*daemon.as_user("virsh", "-c", daemon.uri(), "console", "mine")) as console:
            console.expect(READY)
        self.assertIn("mine", run(*daemon.as_user("virsh", "-c", "qemu:///session", "list")))
        self.assertEqual(daemon.reeve("uri").strip(), "reeve:///session")
        daemon.restart()
        self.assertEqual(daemon.reeve("domstate", "mine").strip(), "running")
        daemon.reeve("shutdown", "mine")
        wait_for("shut off", lambda: daemon.reeve("domstate", "mine").strip() == "shut off")
        self.assertTrue((daemon.home / ".local/state/reeve").is_dir())


if __name__ == "__main__":
    unittest.main()
