# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the flags of a dump add and leave out, and native formats. The same of libvirtd."""

import unittest
import xml.etree.ElementTree as tree

import libvirt

from harness.daemon import daemon_class

INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE
SECURE = libvirt.VIR_DOMAIN_XML_SECURE
MIGRATABLE = libvirt.VIR_DOMAIN_XML_MIGRATABLE
UPDATE_CPU = libvirt.VIR_DOMAIN_XML_UPDATE_CPU
LEFT_OUT = {("usb", "piix3-uhci"), ("pci", "pci-root")}


def xml(machine="pc", cpu="", devices=""):
    return (
        "<domain type='qemu'><name>formats</name>"
        "<uuid>7d3c1a52-5a41-4b0a-9c51-0c4e6f0a1b2c</uuid><memory unit='MiB'>64</memory>"
        f"<os><type arch='x86_64' machine='{machine}'>hvm</type></os>{cpu}"
        f"<devices>{devices}<graphics type='vnc' passwd='secret'/></devices></domain>"
    )


def controllers(text):
    found = tree.fromstring(text).findall("devices/controller")
    return {(each.get("type"), each.get("model")) for each in found}


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = daemon_class()().start()
        cls.addClassCleanup(cls.daemon.close)
        cls.connection = cls.daemon.connect()
        cls.addClassCleanup(cls.connection.close)

    def define(self, *args, **how):
        domain = self.connection.defineXML(xml(*args, **how))
        self.addCleanup(domain.undefine)
        return domain

    def test_secrets(self):
        domain = self.define()
        self.assertNotIn("secret", domain.XMLDesc())
        self.assertNotIn("secret", domain.XMLDesc(INACTIVE))
        self.assertIn("passwd='secret'", domain.XMLDesc(SECURE))
        self.assertIn("passwd='secret'", domain.XMLDesc(MIGRATABLE))

    def test_migratable(self):
        """Older versions added the only USB controller and PCI's root of a pc by themselves."""
        domain = self.define()
        self.assertLessEqual(LEFT_OUT, controllers(domain.XMLDesc()))
        self.assertFalse(LEFT_OUT & controllers(domain.XMLDesc(MIGRATABLE)))

    def test_migratable_two(self):
        domain = self.define(
            devices="<controller type='pci' index='0' model='pci-root'/>"
            "<controller type='pci' index='1' model='pci-bridge'/>"
            "<controller type='usb' index='0' model='qemu-xhci'/>"
        )
        self.assertEqual(controllers(domain.XMLDesc()), controllers(domain.XMLDesc(MIGRATABLE)))

    def test_migratable_q35(self):
        domain = self.define("q35")
        self.assertEqual(controllers(domain.XMLDesc()), controllers(domain.XMLDesc(MIGRATABLE)))

    def test_migratable_is_taken(self):
        """What was left out is added again."""
        domain = self.define()
        before = domain.XMLDesc(SECURE)
        again = self.connection.defineXML(domain.XMLDesc(MIGRATABLE))
        self.assertEqual(before, again.XMLDesc(SECURE))

    def test_live_is_taken(self):
        """A dump of a running guest, with the path of its channel's socket, starts another one."""
        channel = ("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/>"
                   "</channel>")
        domain = self.define(devices=channel)
        for _ in range(2):
            domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
            live = domain.XMLDesc(SECURE)
            domain.destroy()
            self.assertIn("<source mode='bind' path='/", live)
            domain = self.connection.defineXML(live)
            self.assertNotIn("path=", domain.XMLDesc())

    def test_update_cpu(self):
        """A model that is named, and one that is the host's own, stay what they are."""
        named = "<cpu mode='custom' match='exact' check='none'><model>qemu64</model></cpu>"
        for cpu in (named, "<cpu mode='maximum'/>"):
            with self.subTest(cpu):
                domain = self.connection.defineXML(xml(cpu=cpu))
                plain = tree.fromstring(domain.XMLDesc()).find("cpu")
                updated = tree.fromstring(domain.XMLDesc(UPDATE_CPU)).find("cpu")
                self.assertEqual(plain.get("mode"), updated.get("mode"))
                self.assertEqual(plain.findtext("model"), updated.findtext("model"))
                domain.undefine()

    def test_host_model(self):
        """It means the model that the capabilities name, with what differs; what the definition says
        of a feature holds. The guest that starts has that CPU."""
        capabilities = tree.fromstring(self.connection.getDomainCapabilities(None, "x86_64", None,
                                                                             "qemu"))
        model = capabilities.find("cpu/mode[@name='host-model']")
        self.assertEqual(model.get("supported"), "yes")
        policies = {feature.get("name"): feature.get("policy") for feature in model.iter("feature")}
        policies["avx2"] = "disable"
        domain = self.connection.defineXML(
            xml(cpu="<cpu mode='host-model'><feature policy='disable' name='avx2'/></cpu>"))
        self.assertIsNone(tree.fromstring(domain.XMLDesc()).find("cpu/model"))
        domain.create()
        self.addCleanup(domain.destroy)
        running = tree.fromstring(domain.XMLDesc()).find("cpu")
        for cpu in (tree.fromstring(domain.XMLDesc(UPDATE_CPU | INACTIVE)).find("cpu"), running):
            self.assertEqual(cpu.get("mode"), "custom")
            self.assertEqual(cpu.findtext("model"), model.findtext("model"))
            self.assertEqual(cpu.findtext("vendor"), model.findtext("vendor"))
            self.assertEqual({feature.get("name"): feature.get("policy")
                              for feature in cpu.iter("feature")}, policies)

    def test_other_vendor(self):
        """A guest whose CPU has to be of another vendor than the host's does not start."""
        domain = self.connection.defineXML(
            xml(cpu="<cpu mode='custom' match='exact' check='partial'>"
                    "<model fallback='allow'>qemu64</model><vendor>Hygon</vendor></cpu>"))
        self.refused(domain.create)

    def test_stable(self):
        """Defining what was dumped changes nothing, whichever flags it was dumped with."""
        domain = self.define()
        before = domain.XMLDesc(SECURE)
        for flags in (SECURE, SECURE | INACTIVE, SECURE | MIGRATABLE, SECURE | UPDATE_CPU):
            with self.subTest(flags):
                self.connection.defineXML(domain.XMLDesc(flags))
                self.assertEqual(before, domain.XMLDesc(SECURE))

    def refused(self, call, *args):
        with self.assertRaises(libvirt.libvirtError) as raised:
            call(*args)
        return raised.exception.get_error_code()

    def test_unknown_flag(self):
        domain = self.define()
        self.assertEqual(self.refused(domain.XMLDesc, 1 << 9), libvirt.VIR_ERR_INVALID_ARG)

    def test_to_native(self):
        text = self.connection.domainXMLToNative("qemu-argv", xml())
        self.assertIn("qemu-system-x86_64", text)
        self.assertIn("-name", text)
        code = self.refused(self.connection.domainXMLToNative, "lines", xml())
        self.assertEqual(code, libvirt.VIR_ERR_INVALID_ARG)

    def test_to_native_of_virsh(self):
        path = self.daemon.root / "native.xml"
        path.write_text(xml())
        self.assertIn("-machine", self.daemon.virsh("domxml-to-native", "qemu-argv", "--xml", path))

    def test_from_native(self):
        code = self.refused(self.connection.domainXMLFromNative, "qemu-argv", "qemu -m 64")
        self.assertEqual(code, libvirt.VIR_ERR_NO_SUPPORT)
