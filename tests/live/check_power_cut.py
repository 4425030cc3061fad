# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was acknowledged is there after a power cut: the store is on an ext4 of its own, in a file
behind a loop device, whose ioctl drops everything that did not reach the disk. Needs root."""

import fcntl
import os
import signal
import struct
import threading
import unittest

import libvirt

from check_lifecycle import test_xml
from harness.daemon import Libvirtd, Reeved, daemon_class
from harness.process import run

# linux/fs/ext4: _IOR('X', 125, __u32); 2 is EXT4_GOING_FLAGS_NOLOGFLUSH: as if the plug was pulled.
EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = struct.pack("I", 2)
ROUNDS = 6
WRITERS = 4


class PowerCut(unittest.TestCase):
    def setUp(self):
        if daemon_class() is Libvirtd:
            self.skipTest("libvirtd loses what it acknowledged")
        if os.geteuid() != 0:
            self.skipTest("only root can mount")
        self.daemon = Reeved()
        self.addCleanup(self.daemon.close)
        self.folder = self.daemon.root / "var/lib/reeve"
        self.folder.mkdir(parents=True)
        self.disk = self.daemon.root / "disk.ext4"
        with open(self.disk, "wb") as disk:
            disk.truncate(64 << 20)
        run("mkfs.ext4", "-q", "-F", self.disk)
        self.mount()
        self.addCleanup(run, "umount", "-l", self.folder, ok=False)
        self.daemon.start()

    def mount(self):
        try:
            run("mount", "-o", "loop", self.disk, self.folder)
        except Exception as error:  # no loop devices in this container
            self.skipTest(f"no file system in a loop device here: {error}")

    def cut(self):
        """Pulls the plug under the running daemon, then boots again."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(folder)
        self.daemon.end(signal.SIGKILL)
        run("umount", self.folder)
        self.mount()
        self.daemon.start()

    def names(self):
        connection = self.daemon.connect("test")
        try:
            return {domain.name() for domain in connection.listAllDomains()}
        finally:
            connection.close()

    def test_definitions_and_removals(self):
        """One client, cut right behind the answer: what it was told is what is there."""
        there = set()
        for i in range(ROUNDS):
            connection = self.daemon.connect("test")
            connection.defineXML(test_xml(f"guest-{i}"))
            there.add(f"guest-{i}")
            if i % 2:
                connection.lookupByName(f"guest-{i - 1}").undefine()
                there.remove(f"guest-{i - 1}")
            self.cut()
            self.assertEqual(self.names(), there, f"round {i}")

    def test_while_many_write(self):
        """Cut in the middle of concurrent writing: all that was acknowledged, and the history."""
        acknowledged = set()
        enough = threading.Event()

        def write(writer):
            connection = self.daemon.connect("test")
            for i in range(10000):
                name = f"writer-{writer}-{i}"
                try:
                    connection.defineXML(test_xml(name))
                except libvirt.libvirtError:
                    return  # the power is gone
                acknowledged.add(name)
                if len(acknowledged) > 100:
                    enough.set()

        threads = [threading.Thread(target=write, args=(n,), daemon=True) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        self.assertTrue(enough.wait(60), "nothing was defined")
        self.cut()
        for thread in threads:
            thread.join(30)
            self.assertFalse(thread.is_alive(), "a client hangs")
        self.assertEqual(acknowledged - self.names(), set(), "acknowledged, but lost")
        name = min(acknowledged)
        self.assertIn("define", self.daemon.reeve("history", name))
