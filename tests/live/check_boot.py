# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real Linux guest under the daemon, driven by an unmodified virsh."""

import os
import signal
import unittest

from check_reads import qemu_of
from harness.daemon import Libvirtd, daemon_class
from harness.guest import READY, Console, linux_xml
from harness.process import gone, wait_for


class Boot(unittest.TestCase):
    def setUp(self):
        self.daemon = daemon_class()().start()
        self.addCleanup(self.daemon.close)

    def define(self, xml):
        path = self.daemon.root / "guest.xml"
        path.write_text(xml)
        self.daemon.virsh("define", path)

    def console(self, name):
        console = Console("virsh", "-c", self.daemon.uri(), "console", name)
        self.addCleanup(console.close)
        return console

    def state(self, name):
        return self.daemon.virsh("domstate", name).strip()

    def test_console_and_shutdown(self):
        self.define(linux_xml("boot"))
        self.daemon.virsh("start", "boot")
        console = self.console("boot")
        console.expect(READY)
        console.type("\recho $((6 * 7))-answer\r")
        console.expect("42-answer")
        self.assertEqual(self.state("boot"), "running")
        self.daemon.virsh("inject-nmi", "boot")
        console.expect("NMI received")
        self.daemon.virsh("shutdown", "boot")
        console.expect("reeve-guest: going down")
        wait_for("shut off", lambda: self.state("boot") == "shut off")

    def test_last_words(self):
        """What a guest writes last is shown even when the daemon looks after the guest's end."""
        if daemon_class() is Libvirtd:
            self.skipTest("libvirtd loses it")
        self.define(linux_xml("boot"))
        self.daemon.virsh("start", "boot")
        console = self.console("boot")
        console.expect(READY)
        console.type("\rsleep 1; echo $((6 * 7))-last; poweroff -f\r")
        console.expect("poweroff -f")
        qemu = qemu_of(self.daemon, self.daemon.connect().lookupByName("boot"))
        os.kill(self.daemon.pid(), signal.SIGSTOP)
        try:
            wait_for("end of QEMU", lambda: gone(qemu))
        finally:
            os.kill(self.daemon.pid(), signal.SIGCONT)
        console.expect("42-last")
        self.assertEqual(console.process.wait(10), 0)

    def test_reboot(self):
        self.define(linux_xml("boot"))
        self.daemon.virsh("start", "boot")
        before = self.daemon.virsh("domid", "boot")
        console = self.console("boot")
        console.expect(READY)
        console.type("\rreboot\r")
        console.expect("reeve-guest: going down")
        console.expect(READY)
        self.assertEqual(self.daemon.virsh("domid", "boot"), before)
        self.daemon.virsh("send-key", "boot", "KEY_LEFTCTRL", "KEY_LEFTALT", "KEY_DELETE")
        console.expect("reeve-guest: going down")
        self.daemon.virsh("destroy", "boot")
        self.assertEqual(self.state("boot"), "shut off")


if __name__ == "__main__":
    unittest.main()
