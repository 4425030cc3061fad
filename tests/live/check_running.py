# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is said of running guests, beside libvirtd in the same run: both start the same document, and
the live ones must be equal, leaf by leaf."""

import re
import shutil
import unittest
from pathlib import Path

import libvirt

from harness.comparison import differences
from harness.corpus import leaves, parse
from harness.daemon import Libvirtd, Reeved
from harness.guest import image
from harness.host import need_root
from harness.process import run

INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE
MIGRATABLE = libvirt.VIR_DOMAIN_XML_MIGRATABLE
UPDATE_CPU = libvirt.VIR_DOMAIN_XML_UPDATE_CPU
DUMPS = (0, INACTIVE, MIGRATABLE, UPDATE_CPU, INACTIVE | UPDATE_CPU)


def custom(model, features="", **attributes):
    said = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return f"<cpu{said}><model>{model}</model>{features}</cpu>"


CPUS = {
    "absent": "",
    "host-model": "<cpu mode='host-model'/>",
    "host-model-but": "<cpu mode='host-model' check='none'>"
                      "<feature policy='disable' name='avx2'/></cpu>",
    "maximum": "<cpu mode='maximum'/>",
    "minimum": custom("Nehalem", match="minimum"),
    "partial": custom("qemu64", match="exact", check="partial"),
    "full": custom("qemu64", match="exact", check="full"),
    "lacking": custom("Skylake-Client", check="partial"),
    "lacking-all-the-same": custom("Skylake-Client"),
    "vendor": custom("EPYC", "<vendor>Hygon</vendor>", check="partial"),
    "removed": custom("EPYC"),
    "policies": custom("Nehalem", "<feature policy='optional' name='aes'/>"
                                  "<feature policy='optional' name='rtm'/>"
                                  "<feature policy='disable' name='popcnt'/>"
                                  "<feature policy='force' name='hle'/>"
                                  "<feature policy='forbid' name='sse4a'/>"),
    "forbidden": custom("qemu64", "<feature policy='forbid' name='avx2'/>", check="partial"),
}


def cpu_xml(name):
    return (
        f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory>"
        f"<os><type arch='x86_64' machine='pc'>hvm</type></os>{CPUS[name]}<devices/></domain>"
    )


def dumps_of(domain):
    """The leaves of all dumps, each with what it was dumped with."""
    return [(f"{flags}:{path}", value) for flags in DUMPS
            for path, value in leaves(parse(domain.XMLDesc(flags)))]


def started(connection, xml):
    """The domain, which is paused, or the code of the refusal."""
    try:
        domain = connection.defineXML(xml)
        domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    except libvirt.libvirtError as fault:
        return fault.get_error_code()
    return domain


# As virt-install, virt-manager, Terraform's provider, nova, KubeVirt and Vagrant write them, and
# some with many devices of a kind.
DOCUMENTS = sorted((Path(__file__).parent / "running").glob("*.xml"))

# What each daemon names as it likes: where it keeps sockets, which terminal was free, the user of the
# guest.
OWN_WAYS = (
    (re.compile(r"^/dev/pts/\d+$"), "TERMINAL"),
    (re.compile(r"^/.*/channel/target/domain-\d+-[^/]+/.*$"), "SOCKET"),
    (re.compile(r"^/.*/channel\d$|^/.*/ua-agent$|^/.*/serial\d$"), "SOCKET"),
    (re.compile(r"^/.*/images/"), "FOLDER/"),
)
# What we leave out: labels of driver "dac", since each guest of ours has a user of its own; the
# partition, since its cgroup is not in one; and whether a program of the guest listens on a channel.
# The address that a screen listens on for want of another is in ours also where it is to be moved.
LEFT_OUT = re.compile(r"\d+:domain/(@id|seclabel|resource|devices/channel\[\w+\]/target/@state)"
                      rf"|{MIGRATABLE}:domain/devices/graphics\[vnc\]/(@listen|listen/@address)")


def neutral(path, value):
    for pattern, name in OWN_WAYS:
        value = pattern.sub(name, value)
    return path, value


def make_images(folder):
    """What the documents name."""
    folder.mkdir()
    folder.chmod(0o777)
    for name in ("disk.raw", "shared.raw", "stick.raw", "boot.iso", "floppy.img"):
        (folder / name).write_bytes(bytes(1440 << 10))
    for name in ("vmlinuz", "initrd"):
        shutil.copy(image() / name, folder)
    run("qemu-img", "create", "-q", "-f", "qcow2", folder / "second.qcow2", "1M")
    run("qemu-img", "create", "-q", "-f", "qcow2", folder / "base.qcow2", "1M")
    run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", folder / "base.qcow2",
        folder / "overlay.qcow2")
    for path in folder.iterdir():
        path.chmod(0o666)


class Running(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        need_root()
        if shutil.which("libvirtd") is None:
            raise unittest.SkipTest("no libvirtd here")
        cls.daemons, cls.connections = (Reeved().start(), Libvirtd().start()), []
        for daemon in cls.daemons:
            cls.addClassCleanup(daemon.close)
            cls.connections.append(daemon.connect())
            cls.addClassCleanup(cls.connections[-1].close)

    def cpus_of(self, connection, name):
        domain = started(connection, cpu_xml(name))
        if isinstance(domain, int):
            connection.lookupByName(name).undefine()
            return domain
        found = [leaf for leaf in dumps_of(domain) if "/cpu/" in leaf[0]]
        domain.destroy()
        domain.undefine()
        return sorted(found)

    def test_cpus(self):
        for name in CPUS:
            with self.subTest(name):
                ours, theirs = (self.cpus_of(connection, name) for connection in self.connections)
                if isinstance(theirs, int) or isinstance(ours, int):
                    self.assertEqual(ours, theirs)
                else:
                    self.assertEqual(list(differences(theirs, ours)), [])


    def document_of(self, daemon, connection, document):
        xml = document.read_text().replace("@FOLDER@", str(daemon.root / "images"))
        domain = started(connection, xml)
        self.assertNotIsInstance(domain, int, daemon.name)
        found = dumps_of(domain)
        domain.destroy()
        domain.undefine()
        return [neutral(*leaf) for leaf in found if not LEFT_OUT.match(leaf[0])]

    def test_documents(self):
        for daemon in self.daemons:
            make_images(daemon.root / "images")
        for document in DOCUMENTS:
            with self.subTest(document.stem):
                ours, theirs = (self.document_of(*each, document)
                                for each in zip(self.daemons, self.connections))
                self.assertEqual(list(differences(theirs, ours)), [])


class Kept(unittest.TestCase):
    """What was asked for, and what came of it, outlast the daemon; what came of it, the guest."""

    def setUp(self):
        need_root()
        self.daemon = Reeved().start()
        self.addCleanup(self.daemon.close)


    def test_restart(self):
        connection = self.daemon.connect()
        domain = started(connection, cpu_xml("policies"))
        before = dumps_of(domain)
        self.assertIn(("0:domain/cpu/@check", "full"), before)
        self.assertIn((f"{MIGRATABLE}:domain/cpu/@check", "none"), before)
        connection.close()
        self.daemon.restart()
        connection = self.daemon.connect()
        self.addCleanup(connection.close)
        self.assertEqual(before, dumps_of(connection.lookupByName("policies")))
