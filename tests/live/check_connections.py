# SPDX-License-Identifier: LGPL-2.1-or-later
"""One daemon, several drivers: what each URI shows, and what each client may."""

import unittest

import libvirt

from check_lifecycle import test_xml
from harness.daemon import Libvirtd, daemon_class
from harness.guest import tiny_xml


class Connections(unittest.TestCase):
    def setUp(self):
        if daemon_class() is Libvirtd:
            self.skipTest("libvirtd has no connection for all drivers")
        self.daemon = daemon_class()().start()
        self.addCleanup(self.daemon.close)
        self.kvm, self.test, self.all = (
            self.daemon.connect(scheme) for scheme in ("qemu", "test", "reeve")
        )

    def names(self, connection):
        return sorted(domain.name() for domain in connection.listAllDomains())

    def test_two_drivers(self):
        self.kvm.defineXML(tiny_xml("real"))
        self.test.defineXML(test_xml("simulated"))
        self.assertEqual(self.names(self.kvm), ["real"])
        self.assertEqual(self.names(self.test), ["simulated"])
        self.assertEqual(self.names(self.all), ["real", "simulated"])
        self.assertEqual(self.kvm.getType(), "QEMU")
        self.assertEqual(self.test.getType(), "TEST")
        for connection, name in ((self.kvm, "simulated"), (self.test, "real")):
            with self.assertRaises(libvirt.libvirtError) as caught:
                connection.lookupByName(name)
            self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_NO_DOMAIN)

    def test_each_by_its_driver(self):
        real = self.all.defineXML(tiny_xml("real"))
        simulated = self.all.defineXML(test_xml("simulated"))
        for domain in (real, simulated):
            domain.create()
            self.assertEqual(domain.state()[0], libvirt.VIR_DOMAIN_RUNNING)
        self.assertEqual(len(self.all.getAllDomainStats()), 2)
        self.assertIn("type='test'", simulated.XMLDesc())
        for domain in (real, simulated):
            domain.destroy()
            domain.undefine()
        self.assertEqual(self.names(self.all), [])

    def test_same_name(self):
        """Names are each driver's own; asked of all, the answer is an error that names both."""
        one = self.kvm.defineXML(tiny_xml("twin"))
        two = self.test.defineXML(test_xml("twin"))
        self.assertEqual(self.kvm.lookupByName("twin").UUIDString(), one.UUIDString())
        self.assertEqual(self.test.lookupByName("twin").UUIDString(), two.UUIDString())
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.all.lookupByName("twin")
        self.assertRegex(str(caught.exception), "kvm.*test|test.*kvm")
        self.assertEqual(self.names(self.all), ["twin", "twin"])

    def test_wrong_driver(self):
        with self.assertRaises(libvirt.libvirtError):
            self.test.defineXML(tiny_xml("real"))
        with self.assertRaises(libvirt.libvirtError):
            self.kvm.defineXML(test_xml("simulated"))
        self.assertEqual(self.names(self.all), [])

    def test_no_such_driver(self):
        for scheme in ("vbox", "nonsense"):
            with self.subTest(scheme), self.assertRaises(libvirt.libvirtError):
                libvirt.open(self.daemon.uri(scheme))

    def test_read_only(self):
        self.test.createXML(test_xml("guest"))
        reader = self.daemon.connect("test", readonly=True)
        guest = reader.lookupByName("guest")
        self.assertEqual(guest.state()[0], libvirt.VIR_DOMAIN_RUNNING)
        self.assertIn("<name>guest<", guest.XMLDesc())
        with self.assertRaises(libvirt.libvirtError):
            guest.destroy()


if __name__ == "__main__":
    unittest.main()
