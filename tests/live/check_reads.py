# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads never wait for a job: not for one that hangs, not for a QEMU that is stopped.

The bound is generous, since the machine may be busy: what is shown is that nobody waits for the
job, which would take for ever. How fast reads are is measured in tests/bench.
"""

import os
import signal
import threading
import time
import unittest

import libvirt

from check_lifecycle import test_xml
from harness.daemon import Libvirtd, daemon_class
from harness.guest import tiny_xml
from harness.process import processes_with, wait_for

CLIENTS = 30
ROUNDS = 20
BOUND = 1.0  # seconds
DESTROY_BOUND = 5.0

READS = {
    "info": lambda domain: domain.info(),
    "state": lambda domain: domain.state(),
    "xml": lambda domain: domain.XMLDesc(),
    "xml, inactive": lambda domain: domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE),
    "active": lambda domain: domain.isActive(),
    "autostart": lambda domain: domain.autostart(),
    "look-up": lambda domain: domain.connect().lookupByUUIDString(domain.UUIDString()),
    "list": lambda domain: domain.connect().listAllDomains(),
    "statistics": lambda domain: domain.connect().domainListGetStats([domain]),
    "statistics of all": lambda domain: domain.connect().getAllDomainStats(),
}


class Blocked:
    """A call that does not return, in a thread with a connection of its own."""

    def __init__(self, connect, name, call):
        self.error = None
        self.entered = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(connect, name, call), daemon=True)
        self.thread.start()
        self.entered.wait(10)

    def run(self, connect, name, call):
        domain = connect().lookupByName(name)
        self.entered.set()
        try:
            call(domain)
        except libvirt.libvirtError as error:
            self.error = error

    def end(self, seconds=DESTROY_BOUND):
        self.thread.join(seconds)
        if self.thread.is_alive():
            raise AssertionError("the blocked call did not come back")
        return self.error


class Reader(threading.Thread):
    """One client, asking everything of some domains again and again."""

    def __init__(self, connect, names):
        super().__init__(daemon=True)
        self.connect, self.names = connect, names
        self.slowest, self.count, self.failure = (0.0, ""), 0, None

    def run(self):
        try:
            connection = self.connect()
            domains = [connection.lookupByName(name) for name in self.names]
            for _ in range(ROUNDS):
                for domain in domains:
                    self.ask(domain)
        except libvirt.libvirtError as error:
            self.failure = str(error)

    def ask(self, domain):
        for what, read in READS.items():
            before = time.monotonic()
            read(domain)
            took = time.monotonic() - before
            self.slowest = max(self.slowest, (took, f"{what} of {domain.name()}"))
            self.count += 1


class Reads(unittest.TestCase):
    def setUp(self):
        if daemon_class() is Libvirtd:
            self.skipTest("libvirtd's reads do wait")
        self.daemon = daemon_class()().start()
        self.addCleanup(self.daemon.close)

    def everybody_is_answered(self, scheme, names):
        readers = [Reader(lambda: self.daemon.connect(scheme), names) for _ in range(CLIENTS)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(60)
        self.assertEqual([r.failure for r in readers if r.failure], [])
        self.assertEqual(sum(r.is_alive() for r in readers), 0, "clients that got no answer")
        self.assertEqual({r.count for r in readers}, {ROUNDS * len(names) * len(READS)})
        took, what = max(reader.slowest for reader in readers)
        self.assertLess(took, BOUND, what)

    def test_hanging_job(self):
        connection = self.daemon.connect("test")
        stuck = connection.createXML(test_xml("stuck", "hang='suspend stats'"))
        connection.createXML(test_xml("other"))
        blocked = Blocked(lambda: self.daemon.connect("test"), "stuck", lambda d: d.suspend())
        self.everybody_is_answered("test", ["stuck", "other"])
        self.assertTrue(blocked.thread.is_alive())

        other = connection.lookupByName("other")
        before = time.monotonic()
        other.suspend()
        other.resume()
        self.assertLess(time.monotonic() - before, BOUND, "a job of another domain")

        before = time.monotonic()
        stuck.destroy()
        self.assertLess(time.monotonic() - before, DESTROY_BOUND)
        self.assertEqual(blocked.end().get_error_code(), libvirt.VIR_ERR_OPERATION_ABORTED)

    def test_many_hanging_jobs(self):
        """More than there are workers and threads that ask for statistics: readers and other
        domains do not notice, nor do jobs of other domains."""
        connection = self.daemon.connect("test")
        names = [f"stuck{i}" for i in range(120)]
        for name in names:
            connection.createXML(test_xml(name, "hang='suspend stats'"))
        other = connection.createXML(test_xml("other"))
        blocked = [
            Blocked(lambda: self.daemon.connect("test"), name, lambda d: d.suspend())
            for name in names
        ]
        before = time.monotonic()
        other.suspend()
        other.resume()
        self.assertLess(time.monotonic() - before, BOUND, "a job of another domain")
        self.everybody_is_answered("test", ["stuck0", "stuck119", "other"])
        before = time.monotonic()
        for name in names:
            connection.lookupByName(name).destroy()
        self.assertLess(time.monotonic() - before, 60)
        for call in blocked:
            self.assertIsNotNone(call.end())

    def test_hanging_start(self):
        connection = self.daemon.connect("test")
        slow = connection.defineXML(test_xml("slow", "hang='start'"))
        blocked = Blocked(lambda: self.daemon.connect("test"), "slow", lambda d: d.create())
        self.everybody_is_answered("test", ["slow"])
        try:
            slow.destroy()
        except libvirt.libvirtError as error:
            self.assertEqual(error.get_error_code(), libvirt.VIR_ERR_OPERATION_INVALID)
        self.assertIsNotNone(blocked.end())
        self.assertEqual(slow.isActive(), 0)

    def test_stopped_qemu(self):
        connection = self.daemon.connect()
        stopped = connection.createXML(tiny_xml("stopped"))
        connection.createXML(tiny_xml("other"))
        pid = wait_for("pid of QEMU", lambda: qemu_of(self.daemon, stopped))
        os.kill(pid, signal.SIGSTOP)
        try:
            blocked = Blocked(self.daemon.connect, "stopped", lambda d: d.suspend())
            self.everybody_is_answered("qemu", ["stopped", "other"])
            connection.lookupByName("other").suspend()
            before = time.monotonic()
            stopped.destroy()
            self.assertLess(time.monotonic() - before, DESTROY_BOUND)
        finally:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        self.assertIsNotNone(blocked.end())
        connection.lookupByName("other").destroy()


def qemu_of(daemon, domain):
    """The pid of a domain's QEMU, known by its uuid and the daemon's folder."""
    pids = set(processes_with(domain.UUIDString())) & set(processes_with(str(daemon.root)))
    return min(pids, default=None)


if __name__ == "__main__":
    unittest.main()
