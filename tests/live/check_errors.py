# SPDX-License-Identifier: LGPL-2.1-or-later
"""Wrong calls by python3-libvirt: the error's code, domain and text are libvirtd's.

Run with --libvirtd, the rows are compared with what libvirtd says. Where ours says something else
on purpose, the row has a pattern for it and the reason.
"""

import re
import unittest

import libvirt

from harness.daemon import daemon_class
from harness.guest import tiny_xml

UUID = "11111111-2222-4333-8444-%012d"
DOM, QEMU, XML = libvirt.VIR_FROM_DOMAIN, libvirt.VIR_FROM_QEMU, libvirt.VIR_FROM_XML
BAD_FLAG = 1 << 20

# Reasons for texts of our own.
LAYER = (DOM, QEMU)  # libvirtd names the layer that found the error, ours always the driver
PLACE = "ours names line, column, path and what was expected"
FUNCTION = "ours names the kind of error first, and the procedure instead of a function"


class Row:
    """One wrong call. `ours`: a pattern of our text where it is not libvirtd's, and why."""

    def __init__(self, label, call, code, domain, text, ours=None, why=None):
        self.label, self.call = label, call
        self.code, self.domain, self.text = code, domain, text
        self.ours, self.why = ours, why


def xml(name, number=None, extra="", devices=""):
    uuid = f"<uuid>{UUID % number}</uuid>" if number else ""
    return (
        f"<domain type='qemu'><name>{name}</name>{uuid}<memory unit='MiB'>16</memory>"
        f"<os><type>hvm</type></os>{extra}<devices>{devices}</devices></domain>"
    )


def disk(attributes="type='file'", inside="<source file='/x'/><target dev='vda'/>"):
    return f"<disk {attributes}>{inside}</disk>"


NOT_FOUND = "Domain not found: no domain with matching "
GONE = NOT_FOUND + f"uuid '{UUID % 3}' (gone)"
INVALID = "Requested operation is not valid: "
READ_ONLY = "operation forbidden: read only access prevents "

LOOKUPS = [
    Row("name", lambda c: c.lookupByName("none"), 42, QEMU, NOT_FOUND + "name 'none'"),
    Row("uuid", lambda c: c.lookupByUUIDString(UUID % 9), 42, QEMU,
        NOT_FOUND + f"uuid '{UUID % 9}'"),
    Row("id", lambda c: c.lookupByID(9999), 42, QEMU, NOT_FOUND + "id 9999"),
]

REMOVED = [
    Row("info", lambda d: d.info(), 42, QEMU, GONE),
    Row("xml", lambda d: d.XMLDesc(), 42, QEMU, GONE),
    Row("start", lambda d: d.create(), 42, QEMU, GONE),
    Row("undefine", lambda d: d.undefine(), 42, QEMU, GONE),
    Row("autostart", lambda d: d.setAutostart(1), 42, QEMU, GONE),
    Row("destroy", lambda d: d.destroy(), 42, QEMU, GONE),
]

INACTIVE = [
    Row("shutdown", lambda d: d.shutdown(), 55, QEMU, INVALID + "domain is not running"),
    Row("reboot", lambda d: d.reboot(), 55, DOM, INVALID + "domain is not running"),
    Row("reset", lambda d: d.reset(), 55, DOM, INVALID + "domain is not running"),
    Row("destroy", lambda d: d.destroy(), 55, DOM, INVALID + "domain is not running"),
    Row("suspend", lambda d: d.suspend(), 55, DOM, INVALID + "domain is not running"),
    Row("resume", lambda d: d.resume(), 55, DOM, INVALID + "domain is not running"),
    Row("console", lambda d: d.openConsole(None, d.connect().newStream()), 55, DOM,
        INVALID + "domain is not running"),
    Row("start with flags", lambda d: d.createWithFlags(BAD_FLAG), 8, QEMU,
        "unsupported flags (0x100000) in function qemuDomainCreateWithFlags",
        r".*unsupported flags \(0x100000\)", FUNCTION),
    Row("xml with flags", lambda d: d.XMLDesc(BAD_FLAG), 8, QEMU,
        "unsupported flags (0x100000) in function qemuDomainGetXMLDesc",
        r".*unsupported flags \(0x100000\)", FUNCTION),
    Row("undefine with flags", lambda d: d.undefineFlags(BAD_FLAG), 8, QEMU,
        "unsupported flags (0x100000) in function qemuDomainUndefineFlags",
        r".*unsupported flags \(0x100000\)", FUNCTION),
]

ACTIVE = [  # a transient domain
    Row("start", lambda d: d.create(), 55, QEMU, INVALID + "domain is already running"),
    Row("resume", lambda d: d.resume(), 55, QEMU, INVALID + "domain is already running"),
    Row("undefine", lambda d: d.undefine(), 55, QEMU, INVALID + "cannot undefine transient domain"),
    Row("autostart", lambda d: d.setAutostart(1), 55, QEMU,
        INVALID + "cannot set autostart for transient domain"),
    Row("console", lambda d: d.openConsole(None, d.connect().newStream()), 1, QEMU,
        "internal error: cannot find character device <null>"),
    Row("destroy with flags", lambda d: d.destroyFlags(BAD_FLAG), 8, QEMU,
        "unsupported flags (0x100000) in function qemuDomainDestroyFlags",
        r".*unsupported flags \(0x100000\)", FUNCTION),
    Row("shutdown with flags", lambda d: d.shutdownFlags(BAD_FLAG), 8, QEMU,
        "unsupported flags (0x100000) in function qemuDomainShutdownFlags",
        r".*unsupported flags \(0x100000\)", FUNCTION),
]

CLASHES = [
    Row("name of another", lambda c: c.defineXML(xml("off", 8)), 9, DOM,
        f"operation failed: domain 'off' already exists with uuid {UUID % 1}"),
    Row("uuid of another", lambda c: c.defineXML(xml("other", 1)), 9, DOM,
        f"operation failed: domain 'off' is already defined with uuid {UUID % 1}"),
    Row("create, name of another", lambda c: c.createXML(xml("on", 8)), 9, DOM,
        f"operation failed: domain 'on' already exists with uuid {UUID % 2}"),
    Row("create, uuid of another", lambda c: c.createXML(xml("other", 2)), 9, DOM,
        f"operation failed: domain 'on' is already defined with uuid {UUID % 2}"),
    Row("create what runs", lambda c: c.createXML(xml("on", 2)), 55, DOM,
        INVALID + "domain 'on' is already active"),
]


def define(text):
    return lambda c: c.defineXML(text)


HEAD = "<domain type='qemu'><name>x</name>"
OS = "<os><type>hvm</type></os>"

DOCUMENTS = [
    Row("empty", define(""), 35, DOM, "(domain_definition):1: Document is empty\n(null)\n^",
        r"(?s).*empty", PLACE),
    Row("not XML", define("hello"), 35, DOM,
        "(domain_definition):1: Start tag expected, '<' not found\nhello\n^",
        r"(?s).*(1:1|Start tag expected)", PLACE),
    Row("not closed", define("<domain>"), 35, DOM,
        "(domain_definition):1: Premature end of data in tag domain line 1\n<domain>\n--------^",
        r"(?s).*domain", PLACE),
    Row("another root", define("<network/>"), 27, XML,
        "XML error: expecting root element of 'domain', not 'network'", r".*network", PLACE),
    Row("no name", define("<domain type='qemu'><memory>1024</memory>" + OS + "</domain>"), 21, DOM,
        "missing name information", r".*name", PLACE),
    Row("name with a slash", define(xml("a/b")), 27, DOM, "XML error: name a/b cannot contain '/'",
        r".*'/'", PLACE),
    Row("no memory", define(HEAD + OS + "</domain>"), 27, DOM,
        "XML error: Memory size must be specified via <memory> or in the <numa> configuration",
        r".*memory", PLACE),
    Row("memory no number", define(HEAD + "<memory>abc</memory>" + OS + "</domain>"), 27, XML,
        "XML error: Invalid value 'abc' for element or attribute './memory[1]'", r".*'abc'", PLACE),
    Row("no os", define(HEAD + "<memory>1024</memory></domain>"), 27, DOM,
        "XML error: an os <type> must be specified", r".*os", PLACE),
    Row("os unknown", define(HEAD + "<memory>1024</memory><os><type>zz</type></os></domain>"), 67,
        DOM, "unsupported configuration: unknown OS type 'zz'", r".*'zz'", PLACE),
    Row("current over maximum", define(xml("x", extra="<vcpu current='3'>2</vcpu>")), 67, DOM,
        "unsupported configuration: maximum vCPU count must not be less than current vCPU count",
        r".*(vcpu|vCPU)", PLACE),
    Row("disk's device", define(xml("x", devices=disk("type='file' device='flopy'"))), 27, XML,
        "XML error: Invalid value for attribute 'device' in element 'disk': 'flopy'.",
        r".*'flopy'", PLACE),
    Row("disk's type", define(xml("x", devices=disk("type='zz'"))), 27, XML,
        "XML error: Invalid value for attribute 'type' in element 'disk': 'zz'.", r".*'zz'", PLACE),
    Row("disk without target", define(xml("x", devices=disk(inside="<source file='/x'/>"))), 20,
        DOM, "missing target information for device /x", r".*target", PLACE),
    Row("two disks, one target", define(xml("x", devices=disk() + disk())), 27, DOM,
        "XML error: target 'vda' duplicated for disk sources '/x' and '/x'", r".*'vda'", PLACE),
    Row("interface's MAC",
        define(xml("x", devices="<interface type='user'><mac address='zz'/></interface>")), 27,
        DOM, "XML error: unable to parse mac address 'zz'", r".*'zz'", PLACE),
    Row("CD-ROM drive on virtio",
        define(xml("x", devices=disk("type='file'") + "\n" +
                   disk("device='cdrom'", "<target dev='vdb' bus='virtio'/>"))), 67, QEMU,
        "unsupported configuration: disk type of 'vdb' does not support ejectable media",
        r".* 2:40: domain/devices/disk\[2\]/target/@bus: ", PLACE),
    Row("architecture", define(xml("x").replace("<type>", "<type arch='vax'>")), 67, DOM,
        "unsupported configuration: Unknown architecture vax", r".*vax", PLACE),
    Row("unknown element, strict", lambda c: c.defineXMLFlags(xml("x", extra="<zork/>"), 1), 92,
        XML, "XML document failed to validate against schema: Unable to validate doc against "
        "/usr/share/libvirt/schemas/domain.rng\nElement domain has extra content: zork\n",
        r"(?s).*zork", PLACE),
]

READERS = [  # a read-only connection; the client library refuses these before we could
    Row("start", lambda c: c.lookupByName("off").create(), 29, DOM, READ_ONLY + "virDomainCreate"),
    Row("destroy", lambda c: c.lookupByName("on").destroy(), 29, DOM,
        READ_ONLY + "virDomainDestroy"),
    Row("define", define(xml("x")), 29, DOM, READ_ONLY + "virDomainDefineXML"),
    Row("console", lambda c: c.lookupByName("on").openConsole(None, c.newStream()), 29, DOM,
        READ_ONLY + "virDomainOpenConsole"),
    Row("xml with secrets", lambda c: c.lookupByName("on").XMLDesc(1), 29, DOM,
        "operation forbidden: virDomainGetXMLDesc with secure flag"),
]

METADATA = [
    Row("title", lambda d: d.metadata(libvirt.VIR_DOMAIN_METADATA_TITLE, None), 80, DOM,
        "metadata not found: Requested metadata element is not present"),
    Row("element", lambda d: d.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, "urn:x"), 80, DOM,
        "metadata not found: Requested metadata element is not present"),
]


class Errors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = daemon_class()().start()
        cls.addClassCleanup(cls.daemon.close)
        cls.connection = cls.daemon.connect()
        cls.off = cls.connection.defineXML(xml("off", 1))
        cls.on = cls.connection.createXML(xml("on", 2))
        cls.gone = cls.connection.defineXML(xml("gone", 3))
        cls.gone.undefine()

    def hold(self, rows, target):
        for row in rows:
            with self.subTest(row.label):
                with self.assertRaises(libvirt.libvirtError) as caught:
                    row.call(target)
                self.compare(row, caught.exception)

    def compare(self, row, error):
        text = error.get_error_message()
        if row.ours and self.daemon.name == "reeved":
            self.assertTrue(re.match(row.ours, text), f"{text!r} is not like {row.ours!r}")
            self.assertEqual(error.get_error_code(), row.code, text)
            return
        self.assertEqual((error.get_error_code(), text), (row.code, row.text))
        domains = LAYER if self.daemon.name == "reeved" and row.domain in LAYER else (row.domain,)
        self.assertIn(error.get_error_domain(), domains, text)

    def test_lookups(self):
        self.hold(LOOKUPS, self.connection)

    def test_removed(self):
        self.hold(REMOVED, self.gone)

    def test_inactive(self):
        self.hold(INACTIVE, self.off)

    def test_active(self):
        self.hold(ACTIVE, self.on)

    def test_clashes(self):
        self.hold(CLASHES, self.connection)
        names = sorted(domain.name() for domain in self.connection.listAllDomains())
        self.assertEqual(names, ["off", "on"])

    def test_documents(self):
        self.hold(DOCUMENTS, self.connection)

    def test_read_only(self):
        self.hold(READERS, self.daemon.connect(readonly=True))

    def test_metadata(self):
        self.hold(METADATA, self.off)

    def test_suspend_twice_is_no_error(self):
        domain = self.connection.createXML(tiny_xml("twice"))
        self.addCleanup(domain.destroy)
        self.assertEqual((domain.suspend(), domain.suspend()), (0, 0))
        self.assertEqual((domain.resume(), domain.state()[0]), (0, libvirt.VIR_DOMAIN_RUNNING))


if __name__ == "__main__":
    unittest.main()
