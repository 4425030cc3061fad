# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is said of running guests, beside libvirtd in the same run: both start the same document, and
the live ones must be equal, leaf by leaf."""

import os
import re
import shutil
import unittest
from pathlib import Path

import libvirt

from harness.comparison import differences
from harness.container import busybox_root
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


def dumps_of(domain, dumps=DUMPS):
    """The leaves of all dumps, each with what it was dumped with."""
    return [(f"{flags}:{path}", value) for flags in dumps
            for path, value in leaves(parse(domain.XMLDesc(flags)))]


def started(connection, xml):
    """The domain, which is paused, or the code of the refusal."""
    try:
        domain = connection.defineXML(xml)
        # libvirt's containers are not started paused.
        paused = libvirt.VIR_DOMAIN_START_PAUSED if connection.getType() != "LXC" else 0
        domain.createWithFlags(paused)
    except libvirt.libvirtError as fault:
        return fault.get_error_code()
    return domain


# As virt-install, virt-manager, Terraform's provider, nova, KubeVirt and Vagrant write them, and
# some with many devices of a kind.
DOCUMENTS = sorted((Path(__file__).parent / "running").glob("*.xml"))


def whole_disk():
    """Some disk of the host's."""
    for path in sorted(Path("/sys/block").iterdir()):
        if (path / "device").exists() and (Path("/dev") / path.name).exists():
            return f"/dev/{path.name}"
    raise unittest.SkipTest("this host has no disk")


def make_images(folder):
    """What the documents of guests of QEMU name."""
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


class Beside(unittest.TestCase):
    """Both daemons. Subclasses say what each names as it likes, and what we leave out."""

    maxDiff = None
    scheme = "qemu"
    dumps = DUMPS
    own_ways = ()
    left_out = None
    host = {}  # what stands for @NAME@ in documents

    @classmethod
    def setUpClass(cls):
        need_root()
        if shutil.which("libvirtd") is None:
            raise unittest.SkipTest("no libvirtd here")
        cls.daemons, cls.connections = (Reeved().start(), Libvirtd().start()), []
        for daemon in cls.daemons:
            cls.addClassCleanup(daemon.close)
            cls.connections.append(daemon.connect(cls.scheme))
            cls.addClassCleanup(cls.connections[-1].close)

    def neutral(self, path, value):
        for pattern, name in self.own_ways:
            value = pattern.sub(name, value)
        return path, value

    def document_of(self, daemon, connection, document):
        xml = document.read_text().replace("@FOLDER@", str(daemon.root / "images"))
        for name, value in self.host.items():
            xml = xml.replace(f"@{name}@", value)
        domain = started(connection, xml)
        self.assertNotIsInstance(domain, int, daemon.name)
        found = dumps_of(domain, self.dumps)
        domain.destroy()
        domain.undefine()
        return [self.neutral(*leaf) for leaf in found if not self.left_out.match(leaf[0])]

    def compare(self, documents):
        for document in documents:
            with self.subTest(document.stem):
                ours, theirs = (self.document_of(*each, document)
                                for each in zip(self.daemons, self.connections))
                self.assertEqual(list(differences(theirs, ours)), [])


class Running(Beside):
    # Where each keeps sockets, which terminal was free, the user of the guest.
    own_ways = (
        (re.compile(r"^/dev/pts/\d+$"), "TERMINAL"),
        (re.compile(r"^/.*/channel/target/domain-\d+-[^/]+/.*$"), "SOCKET"),
        (re.compile(r"^/.*/channel\d$|^/.*/ua-agent$|^/.*/serial\d$"), "SOCKET"),
        (re.compile(r"^/.*/images/"), "FOLDER/"),
    )
    # Labels of driver "dac", since each guest of ours has a user of its own; the partition, since its
    # cgroup is not in one; and whether a program of the guest listens on a channel. The address that a
    # screen listens on for want of another is in ours also where it is to be moved.
    left_out = re.compile(
        r"\d+:domain/(@id|seclabel|resource|devices/channel\[\w+\]/target/@state)"
        rf"|{MIGRATABLE}:domain/devices/graphics\[vnc\]/(@listen|listen/@address)")

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

    def test_documents(self):
        for daemon in self.daemons:
            make_images(daemon.root / "images")
        self.compare(d for d in DOCUMENTS if not d.stem.startswith("lxc-"))


class RunningContainers(Beside):
    scheme = "lxc"
    dumps = (0, INACTIVE)
    own_ways = (
        (re.compile(r"^vnet(\d+|[0-9a-f]{9,})$"), "vnet"),
        (re.compile(r"^/.*/images/"), "FOLDER/"),
    )
    # Ids are process numbers in both. What runs a container is another program; its terminals are no
    # files of the host's, and its cgroup is in no partition but for one that is asked for. Names of
    # interfaces that are not given are ours; those of type direct have one, by which their numbers are
    # asked for. Aliases that users give are lost in libvirt's.
    left_out = re.compile(
        r"\d+:domain/(@id|resource/partition|devices/emulator"
        r"|devices/console\[pty\]/(@tty|source/@path)|devices/interface\[direct\]/target/@dev)$"
        rf"|{INACTIVE}:domain/devices/console\[pty\]/alias/@name$")

    @classmethod
    def setUpClass(cls):
        mark = os.getpid() % 100000
        cls.host = {"BRIDGE": f"rvb{mark}", "LOWER": f"rvl{mark}", "CARD": f"rvc{mark}",
                    "NETNS": f"rvn{mark}"}
        for name, kind in (("BRIDGE", "bridge"), ("LOWER", "bridge"), ("CARD", "veth")):
            run("ip", "link", "add", cls.host[name], "type", kind)
            cls.addClassCleanup(run, "ip", "link", "delete", cls.host[name], ok=False)
            run("ip", "link", "set", cls.host[name], "up")
        run("ip", "netns", "add", cls.host["NETNS"])
        cls.addClassCleanup(run, "ip", "netns", "delete", cls.host["NETNS"])
        super().setUpClass()

    def make_roots(self, folder):
        """What the documents of containers name."""
        folder.mkdir()
        busybox_root(folder / "root")
        busybox_root(folder / "mapped")
        run("chown", "-R", "-h", "200000:200000", folder / "mapped")
        (folder / "more").mkdir()
        run("mke2fs", "-q", "-t", "ext4", folder / "disk.ext4", "4M")

    def test_documents(self):
        self.host["DISK"] = whole_disk()
        for daemon in self.daemons:
            self.make_roots(daemon.root / "images")
        self.compare(d for d in DOCUMENTS if d.stem.startswith("lxc-"))


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
