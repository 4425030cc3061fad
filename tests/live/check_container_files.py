# SPDX-License-Identifier: LGPL-2.1-or-later
"""reeve cp: files into a container and out of it, while its root does its worst."""

import os
import unittest
from pathlib import Path

from harness.container import Containers, Host


class Files(Containers, Host):
    def copy(self, *args, **how):
        return self.daemon.reeve("cp", *args, scheme="lxc", **how)

    def test_copy(self):
        console = self.begin()
        here = self.daemon.root / "here"
        (here / "sub").mkdir(parents=True)
        (here / "sub/big").write_bytes(os.urandom(3 << 20))
        (here / "link").symlink_to("sub/big")
        (here / "run.sh").write_text("echo from-a-copy\n")
        (here / "run.sh").chmod(0o750)
        self.copy(here, "box:/root/there")
        self.assertEqual(self.ask(console, "sh /root/there/run.sh"), "from-a-copy")
        self.assertIn("-rwxr-x---", self.ask(console, "ls -ln /root/there/run.sh"))
        self.assertEqual(self.ask(console, "ls -n /root/there/sub/big").split()[2], "0")
        self.assertEqual((self.root / "root/there/sub/big").stat().st_uid, 0)
        back = self.daemon.root / "back"
        self.copy("box:/root/there", back)
        self.assertEqual((back / "sub/big").read_bytes(), (here / "sub/big").read_bytes())
        self.assertEqual(os.readlink(back / "link"), "sub/big")
        back.mkdir(exist_ok=True)
        self.copy("box:/root/there/run.sh", back)  # into a folder, over what is there
        self.copy(here / "run.sh", "box:/tmp")
        self.assertEqual(self.ask(console, "sh /tmp/run.sh"), "from-a-copy")

    def test_copy_cannot_be_led_out(self):
        console = self.begin()
        self.ask(console, "ln -s /../../../../var/tmp /tmp/out; ln -s /proc/sys/kernel/domainname "
                 "/tmp/kernel; ln -s /proc/1/root/etc /tmp/magic; mkfifo /tmp/fifo 2>&1; "
                 "mkdir -p /var/tmp; ln -s /var/lib/dpkg/status /tmp/host; mkdir /tmp/d; "
                 "ln -s / /tmp/d/root")
        secret = self.daemon.root / "canary"
        secret.write_text("x")
        self.copy(secret, "box:/tmp/out/escaped")
        self.assertFalse(Path("/var/tmp/escaped").exists())
        self.assertTrue((self.root / "var/tmp/escaped").exists())
        for path in ("/tmp/kernel", "/proc/version", "/tmp/magic/x", "/dev/null", "/tmp/fifo"):
            result = self.copy(secret, f"box:{path}", ok=False)
            self.assertNotEqual(result.returncode, 0, path)
        for path in ("/tmp/host", "/proc/1/environ", "/tmp/kernel", "/dev/zero", "/tmp/fifo", "/../x"):
            result = self.copy(f"box:{path}", self.daemon.root / "got", ok=False)
            self.assertNotEqual(result.returncode, 0, path)
            self.assertFalse((self.daemon.root / "got").exists(), path)
        self.copy("box:/tmp/d", self.daemon.root / "got")
        self.assertEqual(os.readlink(self.daemon.root / "got/root"), "/")

    def test_copy_while_links_change(self):
        """Each component becomes a link again and again: nothing of the host's is read or written."""
        console = self.begin()
        canary = self.daemon.root / "canary"
        canary.write_text("host")
        out = str(self.daemon.root)
        console.type(f"mkdir -p /tmp/a{out} /tmp/b{out}; echo inside > /tmp/a{out}/canary; "
                     "while :; do mv /tmp/a /tmp/x; ln -s / /tmp/a; rm /tmp/a; mv /tmp/x /tmp/a; done\r")
        source = self.daemon.root / "source"
        source.write_text("inside\n")
        for _ in range(40):
            got = self.daemon.root / "got"
            if self.copy(f"box:/tmp/a{out}/canary", got, ok=False).returncode == 0:
                self.assertEqual(got.read_text(), "inside\n")
            self.copy(source, f"box:/tmp/a{out}/canary", ok=False)
            self.assertEqual(canary.read_text(), "host")


if __name__ == "__main__":
    unittest.main()
