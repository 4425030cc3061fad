# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is said of running guests, beside libvirtd in the same run: both start the same document, and
the live ones must be equal, leaf by leaf."""

import shutil
import unittest

import libvirt

from harness.comparison import differences
from harness.corpus import leaves, parse
from harness.daemon import Libvirtd, Reeved
from harness.host import need_root

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
    "strict": custom("Nehalem", match="strict"),
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
    "topology": "<vcpu>2</vcpu><cpu><topology sockets='1' dies='1' cores='2' threads='1'/></cpu>",
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


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need_root()
        if shutil.which("libvirtd") is None:
            raise unittest.SkipTest("no libvirtd here")
        cls.connections = []
        for daemon in (Reeved().start(), Libvirtd().start()):
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
