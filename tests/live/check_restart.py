# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon is disposable: killed at any moment, it finds its guests again, and loses nothing."""

import os
import random
import signal
import subprocess
import threading
import time
import unittest

import libvirt

from check_lifecycle import test_xml
from check_reads import qemu_of
from harness.daemon import Libvirtd, daemon_class
from harness.guest import READY, Console, linux_xml, tiny_xml
from harness.process import gone, processes_with, wait_for

RUNNING, PAUSED, SHUTOFF = (
    libvirt.VIR_DOMAIN_RUNNING,
    libvirt.VIR_DOMAIN_PAUSED,
    libvirt.VIR_DOMAIN_SHUTOFF,
)


class Base(unittest.TestCase):
    def setUp(self):
        if daemon_class() is Libvirtd:
            self.skipTest("the private libvirtd ends with its guests")
        self.daemon = daemon_class()().start()
        self.addCleanup(self.daemon.close)

    def kill(self):
        self.daemon.restart(signal.SIGKILL)

    def lookup(self, name, scheme="qemu"):
        return self.daemon.connect(scheme).lookupByName(name)

    def settled(self, name, state, scheme="qemu"):
        """Waits until the daemon has found out about the guest."""
        domain = self.lookup(name, scheme)
        wait_for(f"state {state} of {name}", lambda: domain.state()[0] == state, 20)
        return domain


class Simulated(Base):
    def test_states(self):
        connection = self.daemon.connect("test")
        running = connection.defineXML(test_xml("running"))
        running.create()
        fleeting = connection.createXML(test_xml("fleeting"))
        paused = connection.defineXML(test_xml("paused"))
        paused.create()
        paused.suspend()
        connection.defineXML(test_xml("off")).setAutostart(0)
        was = {d.name(): (d.state()[0], d.ID(), d.UUIDString(), d.isPersistent())
               for d in (running, fleeting, paused)}
        cpu = running.info()[4]
        self.kill()

        for name, (state, number, uuid, persistent) in was.items():
            domain = self.settled(name, state, "test")
            self.assertEqual(
                (domain.ID(), domain.UUIDString(), domain.isPersistent()), (number, uuid, persistent)
            )
        self.assertEqual(self.lookup("off", "test").state()[0], SHUTOFF)
        running = self.lookup("running", "test")
        wait_for("CPU time", lambda: running.info()[4] > cpu)
        fresh = self.daemon.connect("test").createXML(test_xml("fresh"))
        self.assertGreater(fresh.ID(), max(number for _, number, _, _ in was.values()))

        with Console("virsh", "-c", self.daemon.uri("test"), "console", "running") as console:
            console.expect("login: ")
            console.type("root\rpoweroff\r")
            wait_for("end of running", lambda: running.state()[0] == SHUTOFF, 10)
        self.lookup("paused", "test").destroy()
        self.lookup("fleeting", "test").destroy()
        self.assertEqual(
            {d.name() for d in self.daemon.connect("test").listAllDomains()},
            {"running", "paused", "off", "fresh"},
        )

    def test_gone_meanwhile(self):
        connection = self.daemon.connect("test")
        kept = connection.defineXML(test_xml("kept", "gone='yes'"))
        kept.create()
        connection.createXML(test_xml("lost", "gone='yes'"))
        self.kill()
        self.settled("kept", SHUTOFF, "test")
        wait_for(
            "end of lost",
            lambda: {d.name() for d in self.daemon.connect("test").listAllDomains()} == {"kept"},
        )
        self.assertEqual(self.left_of_guests(), [])

    def left_of_guests(self):
        return sorted(p.name for p in (self.daemon.root / "run/reeve").rglob("*")
                      if p.suffix == ".guest" or p.parent.name == "guests")

    def test_powered_off_meanwhile(self):
        """The power button was pressed, and the guest went while no daemon was there."""
        connection = self.daemon.connect("test")
        guest = connection.defineXML(test_xml("guest", "shutdown-ms='300'"))
        guest.create()
        guest.shutdown()
        self.kill()
        self.settled("guest", SHUTOFF, "test")

    def test_killed_while_destroying(self):
        """Half of it may be done by then: the next daemon does the rest."""
        guest = self.daemon.connect("test").defineXML(test_xml("guest", "delay-ms='700'"))
        guest.create()
        (noted,) = (self.daemon.root / "run/reeve/guests").glob("*.json")
        command = ["virsh", "-q", "-c", self.daemon.uri("test"), "destroy", "guest"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL):
            wait_for("its beginning", lambda: '"phase": "ending"' in noted.read_text())
            self.kill()
        self.settled("guest", SHUTOFF, "test")
        self.assertEqual(self.left_of_guests(), [])

    def test_cannot_be_told(self):
        """One guest hangs when it is looked for: the others are there, and it can be destroyed."""
        connection = self.daemon.connect("test")
        for name, faults in (("stuck", "hang='adopt'"), ("other", "")):
            connection.defineXML(test_xml(name, faults)).create()
        self.kill()
        other = self.settled("other", RUNNING, "test")
        other.suspend()
        stuck = self.lookup("stuck", "test")
        self.assertEqual(stuck.state()[0], RUNNING)
        stuck.destroy()
        self.assertEqual(stuck.state()[0], SHUTOFF)
        stuck.undefine()

    def test_autostart_is_once_a_boot(self):
        domain = self.daemon.connect("test").defineXML(test_xml("auto"))
        domain.setAutostart(1)
        self.daemon.restart()
        started = self.lookup("auto", "test").isActive()
        if started:
            self.lookup("auto", "test").destroy()
        self.daemon.restart()
        self.assertEqual(self.lookup("auto", "test").isActive(), 0, "it was started twice")

    def test_any_moment(self):
        """Killed in the middle of anything, nothing is lost, doubled or left behind."""
        seed = int(os.environ.get("REEVE_SEED", time.time_ns() & 0xFFFFFFFF))
        chance = random.Random(seed)
        defined = set()
        for turn in range(8):
            with self.subTest(turn=turn, seed=seed):
                self.disturb(chance, defined, turn)

    def disturb(self, chance, defined, turn):
        worker = threading.Thread(target=self.work, args=(turn, defined), daemon=True)
        worker.start()
        time.sleep(chance.uniform(0.005, 0.25))
        self.kill()
        worker.join(30)
        self.assertFalse(worker.is_alive(), "a client waits for a daemon that has died")

        connection = self.daemon.connect("test")
        there = {domain.name(): domain for domain in connection.listAllDomains()}
        self.assertLessEqual(defined, set(there), "acknowledged, and lost")
        for name, domain in there.items():
            wait_for(f"{name} to settle", lambda d=domain: d.state()[0] in (RUNNING, PAUSED, SHUTOFF))
            if domain.isActive():
                domain.destroy()
        self.assertEqual(self.left_of_guests(), [])

    def work(self, turn, defined):
        """Makes and starts domains until the daemon dies."""
        try:
            connection = self.daemon.connect("test")
            for i in range(10000):
                name = f"t{turn}-{i}"
                domain = connection.defineXML(test_xml(name))
                defined.add(name)
                domain.create()
                domain.suspend()
        except libvirt.libvirtError:
            pass


class Kvm(Base):
    def test_linux(self):
        connection = self.daemon.connect()
        linux = connection.defineXML(linux_xml("linux"))
        linux.create()
        with self.console("linux") as console:
            console.expect(READY)
        number, pid = linux.ID(), qemu_of(self.daemon, linux)
        self.kill()

        linux = self.settled("linux", RUNNING)
        self.assertEqual((linux.ID(), qemu_of(self.daemon, linux)), (number, pid))
        with self.console("linux") as console:
            console.connected()
            console.type("\recho $((6 * 7))-answer\r")
            console.expect("42-answer")
        linux.suspend()
        linux.resume()
        linux.destroy()
        self.assertEqual(linux.state()[0], SHUTOFF)
        wait_for("end of QEMU", lambda: gone(pid))

    def console(self, name):
        return Console("virsh", "-c", self.daemon.uri(), "console", name)

    def test_ended_meanwhile(self):
        connection = self.daemon.connect()
        guest = connection.defineXML(tiny_xml("guest"))
        guest.create()
        pid = wait_for("pid of QEMU", lambda: qemu_of(self.daemon, guest))
        self.daemon.end(signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        wait_for("end of QEMU", lambda: gone(pid))
        self.daemon.start()
        guest = self.settled("guest", SHUTOFF)
        guest.create()
        self.assertEqual(guest.state()[0], RUNNING)
        guest.destroy()

    def test_stopped_qemu_is_found(self):
        connection = self.daemon.connect()
        stuck, other = (connection.defineXML(tiny_xml(name)) for name in ("stuck", "other"))
        stuck.create()
        other.create()
        pid = wait_for("pid of QEMU", lambda: qemu_of(self.daemon, stuck))
        os.kill(pid, signal.SIGSTOP)
        self.kill()
        other = self.settled("other", RUNNING)
        other.suspend()
        stuck = self.lookup("stuck")
        self.assertEqual(stuck.isActive(), 1)
        before = time.monotonic()
        stuck.destroy()
        self.assertLess(time.monotonic() - before, 10)
        wait_for("end of QEMU", lambda: gone(pid))
        other.destroy()

    def test_killed_while_starting(self):
        """A half-started guest is either there or not, and never twice."""
        connection = self.daemon.connect()
        guest = connection.defineXML(tiny_xml("guest"))
        uuid = guest.UUIDString()
        for delay in (0.0, 0.01, 0.03, 0.06, 0.1, 0.2):
            with self.subTest(delay=delay):
                starter = threading.Thread(target=self.start_quietly, daemon=True)
                starter.start()
                time.sleep(delay)
                self.kill()
                starter.join(20)
                guest = self.lookup("guest")
                wait_for("a verdict", lambda g=guest: g.state()[0] in (RUNNING, PAUSED, SHUTOFF))
                if guest.isActive():
                    self.assertEqual(len(self.qemus(uuid)), 1)
                    guest.destroy()
                wait_for("no QEMU", lambda: not self.qemus(uuid), 10)

    def qemus(self, uuid):
        pids = set(processes_with(uuid)) & set(processes_with(str(self.daemon.root)))
        return [pid for pid in pids if not gone(pid)]

    def start_quietly(self):
        try:
            self.lookup("guest").create()
        except libvirt.libvirtError:
            pass


del Base

if __name__ == "__main__":
    unittest.main()
