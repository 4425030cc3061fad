# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lifecycle by python3-libvirt: states, reasons and events, as libvirtd has them."""

import contextlib
import unittest
from uuid import uuid4

import libvirt

from harness.daemon import Libvirtd, daemon_class
from harness.events import Lifecycle, listening
from harness.guest import READY, Console, linux_xml, tiny_xml

RUNNING, PAUSED, SHUTOFF = (
    libvirt.VIR_DOMAIN_RUNNING,
    libvirt.VIR_DOMAIN_PAUSED,
    libvirt.VIR_DOMAIN_SHUTOFF,
)


def test_xml(name, faults="", actions=""):
    """A simulated guest; `faults` are the attributes of drivers/test/faults.h."""
    return f"""<domain type='test'><name>{name}</name><uuid>{uuid4()}</uuid>
  <metadata><reeve:test xmlns:reeve='urn:reeve:test' {faults}/></metadata>
  <memory unit='MiB'>64</memory><os><type>hvm</type></os>{actions}
  <devices><console type='pty'/></devices></domain>"""


class Base(unittest.TestCase):
    scheme = "qemu"

    @classmethod
    def setUpClass(cls):
        cls.daemon = daemon_class()().start()
        cls.addClassCleanup(cls.daemon.close)
        cls.connection = listening(cls.daemon.connect, cls.scheme)
        cls.addClassCleanup(cls.connection.close)

    def setUp(self):
        self.heard = Lifecycle(self.connection)
        self.addCleanup(self.remove_all)
        self.addCleanup(self.heard.close)

    def remove_all(self):
        for domain in self.connection.listAllDomains():
            for remove in (domain.destroy, domain.undefine):
                with contextlib.suppress(libvirt.libvirtError):
                    remove()

    def is_now(self, domain, state, reason):
        self.assertEqual(domain.state(), [state, reason])

    def test_life(self):
        xml = tiny_xml("guest") if self.scheme == "qemu" else test_xml("guest")
        domain = self.connection.defineXML(xml)
        self.heard.expect(("guest", "defined", 0))
        self.is_now(domain, SHUTOFF, 0)
        self.assertEqual((domain.isActive(), domain.isPersistent(), domain.ID()), (0, 1, -1))

        domain.create()
        self.started("guest")
        self.is_now(domain, RUNNING, 1)
        self.assertEqual(domain.isActive(), 1)
        number = domain.ID()
        self.assertGreater(number, 0)
        self.assertEqual(self.connection.lookupByID(number).name(), "guest")

        domain.suspend()
        self.heard.expect(("guest", "suspended", 0))
        self.is_now(domain, PAUSED, 1)
        domain.resume()
        self.heard.expect(("guest", "resumed", 0))
        self.is_now(domain, RUNNING, 5)

        domain.destroy()
        self.destroyed("guest")
        self.is_now(domain, SHUTOFF, 2)
        domain.undefine()
        self.heard.expect(("guest", "undefined", 0))
        self.heard.quiet()

    # libvirtd lets through what QEMU says of itself while it is started and destroyed.
    def started(self, name):
        if self.daemon.name == "libvirtd":
            self.heard.expect((name, "resumed", 0))
        self.heard.expect((name, "started", 0))

    def destroyed(self, name):
        if self.daemon.name == "libvirtd":
            self.heard.expect((name, "shutdown", 2))
        self.heard.expect((name, "stopped", 1))

    def test_transient(self):
        xml = tiny_xml("fleeting") if self.scheme == "qemu" else test_xml("fleeting")
        domain = self.connection.createXML(xml, libvirt.VIR_DOMAIN_START_PAUSED)
        self.is_now(domain, PAUSED, 1)
        self.assertEqual(domain.isPersistent(), 0)
        domain.destroy()
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.connection.lookupByName("fleeting")
        self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_NO_DOMAIN)

    def test_redefine(self):
        """A definition of a running guest is for its next start."""
        xml = tiny_xml("guest") if self.scheme == "qemu" else test_xml("guest")
        domain = self.connection.defineXML(xml)
        domain.create()
        self.connection.defineXML(xml.replace("</name>", "</name><title>new</title>"))
        self.assertNotIn("<title>", domain.XMLDesc())
        self.assertIn("<title>new<", domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
        domain.undefine()
        self.assertEqual((domain.isActive(), domain.isPersistent()), (1, 0))
        domain.destroy()
        self.assertEqual(self.connection.listAllDomains(), [])

    def test_only_one_domain(self):
        """A subscription for one domain hears of no other."""
        make = tiny_xml if self.scheme == "qemu" else test_xml
        one, two = (self.connection.defineXML(make(name)) for name in ("one", "two"))
        self.heard.expect(("one", "defined", 0), ("two", "defined", 0))
        only = Lifecycle(self.connection, two)
        one.undefine()
        two.undefine()
        self.heard.expect(("one", "undefined", 0), ("two", "undefined", 0))
        only.expect(("two", "undefined", 0))
        only.quiet()
        only.close()


class Kvm(Base):
    def boot(self, actions=""):
        xml = linux_xml("linux").replace("<devices>", f"{actions}<devices>")
        domain = self.connection.createXML(xml)
        self.started("linux")
        console = Console("virsh", "-c", self.daemon.uri(), "console", "linux")
        self.addCleanup(console.close)
        console.expect(READY)
        return domain, console

    def test_shutdown(self):
        domain, _console = self.boot()
        domain.shutdown()
        self.heard.expect(("linux", "shutdown", 1), ("linux", "stopped", 0), seconds=60)
        self.assertEqual(self.connection.listAllDomains(), [])

    def test_guest_powers_off(self):
        _domain, console = self.boot()
        console.type("\rpoweroff\r")
        self.heard.expect(("linux", "shutdown", 1), ("linux", "stopped", 0), seconds=60)

    def test_guest_reboots(self):
        domain, console = self.boot()
        number = domain.ID()
        console.type("\rreboot\r")
        self.heard.expect(("linux", "reboot", 0), seconds=60)
        console.expect(READY)
        self.assertEqual(domain.ID(), number)

    def test_reboot_is_the_end(self):
        _domain, console = self.boot("<on_reboot>destroy</on_reboot>")
        console.type("\rreboot\r")
        self.heard.expect(("linux", "shutdown", 1), ("linux", "stopped", 0), seconds=60)
        self.assertEqual(self.connection.listAllDomains(), [])

    def test_power_off_is_a_restart(self):
        domain, console = self.boot("<on_poweroff>restart</on_poweroff>")
        number = domain.ID()
        console.type("\rpoweroff\r")
        console.expect(READY)
        self.assertEqual((domain.isActive(), domain.ID()), (1, number))


    def test_numbers_at_once(self):
        """Of a disk: as soon as the call that started it is back."""
        image = self.daemon.root / "at-once"
        image.write_bytes(bytes(1 << 20))
        image.chmod(0o666)
        disk = f"""<disk type='file'><source file='{image}'/><target dev='vda' bus='virtio'/></disk>"""
        domain = self.connection.defineXML(tiny_xml("tiny", devices=disk))
        for _ in range(5):
            domain.create()
            self.assertEqual(domain.blockInfo("vda")[0], 1 << 20)
            domain.destroy()
            domain.create()
            self.assertEqual(len(domain.blockStats("vda")), 5)
            domain.destroy()
            domain.create()
            self.assertIn("rd_bytes", domain.blockStatsFlags("vda"))
            domain.destroy()


class Test(Base):
    scheme = "test"

    @classmethod
    def setUpClass(cls):
        if daemon_class() is Libvirtd:
            raise unittest.SkipTest("libvirt's test driver behaves otherwise; ours is like qemu")
        super().setUpClass()

    def test_shutdown_and_reboot(self):
        domain = self.connection.createXML(test_xml("guest"))
        self.started("guest")
        domain.reboot()
        self.heard.expect(("guest", "reboot", 0))
        domain.shutdown()
        self.heard.expect(("guest", "shutdown", 0), ("guest", "stopped", 0))
        self.assertEqual(self.connection.listAllDomains(), [])

    def test_start_fails(self):
        domain = self.connection.defineXML(test_xml("unlucky", "start-fails='out of luck'"))
        self.addCleanup(domain.undefine)
        with self.assertRaises(libvirt.libvirtError) as caught:
            domain.create()
        self.assertIn("out of luck", str(caught.exception))
        self.assertEqual((domain.isActive(), domain.ID()), (0, -1))
        self.heard.expect(("unlucky", "defined", 0))

    def act(self, command, action):
        """Types a command into a guest with that action for it; returns the state it ends in."""
        xml = test_xml("guest", actions=f"<on_{command}>{action}</on_{command}>")
        domain = self.connection.defineXML(xml)
        domain.create()
        self.heard.expect(("guest", "defined", 0))
        self.started("guest")
        with Console("virsh", "-c", self.daemon.uri("test"), "console", "guest") as console:
            console.expect("login: ")
            console.type("root\r")
            console.expect("# ")
            console.type(command + "\r")
            self.heard.expect(*(("guest", *event) for event in self.TELLS[command, action]))
        return domain.state()[0]

    TELLS = {
        ("poweroff", "destroy"): [("shutdown", 0), ("stopped", 0)],
        ("poweroff", "restart"): [("reboot", 0)],
        ("reboot", "destroy"): [("shutdown", 0), ("stopped", 0)],
        ("reboot", "restart"): [("reboot", 0)],
        ("crash", "destroy"): [("crashed", 0), ("stopped", 2)],
        ("crash", "restart"): [("crashed", 0), ("stopped", 2), ("started", 0)],
        ("crash", "preserve"): [("crashed", 0)],
    }

    def test_actions(self):
        """What is to become of a guest that ends, reboots or crashes by itself."""
        ends = {"destroy": SHUTOFF, "restart": RUNNING, "preserve": libvirt.VIR_DOMAIN_CRASHED}
        for command, action in self.TELLS:
            with self.subTest(command=command, action=action):
                try:
                    self.assertEqual(self.act(command, action), ends[action])
                    self.heard.quiet()
                finally:
                    self.remove_all()
                    self.heard.drain(("guest", "undefined", 0))


del Base  # its tests run in its children

if __name__ == "__main__":
    unittest.main()
