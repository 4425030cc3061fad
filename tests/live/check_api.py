# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same virsh commands to our daemon and to libvirtd, their outputs compared.

What differs from run to run (ids, paths, times) is masked. What ours says differently on purpose is
in CHOSEN, each with its reason; everything else must be the same, errors and exit codes included.
With --libvirtd, libvirtd is compared with another libvirtd: then the masks alone must do.
"""

import difflib
import os
import re
import signal
import subprocess
import unittest
import xml.etree.ElementTree as ET

from harness.daemon import Libvirtd, Reeved, daemon_class
from harness.guest import Console
from harness.process import run, wait_for

UUID = "7d3c6ba1-0cb1-4bd5-a0b2-00000000000%d"

DISK = """<disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='{root}/disk.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>"""

GUESTS = {
    # An empty machine is enough: nothing here needs a guest that answers.
    "qemu": """<domain type='qemu'>
  <name>guest</name>
  <uuid>{uuid}</uuid>
  <title>A guest</title>
  <description>of the tests</description>
  <metadata>
    <app:note xmlns:app="urn:app">kept</app:note>
  </metadata>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  <devices>
    {disk}
    <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
    <serial type='pty'/>
    <console type='pty'/>
    <graphics type='vnc' autoport='yes'/>
    <video><model type='vga'/></video>
  </devices>
</domain>
""",
    "test": """<domain type='test'>
  <name>guest</name>
  <uuid>{uuid}</uuid>
  <title>A guest</title>
  <description>of the tests</description>
  <metadata>
    <app:note xmlns:app="urn:app">kept</app:note>
  </metadata>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='i686'>hvm</type></os>
  <devices>
    {disk}
    <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
    <console type='pty'/>
    <graphics type='vnc' autoport='yes'/>
  </devices>
</domain>
""",
}

# Each is one command; the domain is made, used and removed along the way. Those with an asterisk are
# not for libvirt's test driver, where they do other things than on a hypervisor: it lets a transient
# domain be undefined and autostarted, knows no --paused, calls much an internal error.
COMMANDS = """
uri
hostname
nodeinfo
version
list --all
domstate guest
define {root}/guest.xml
define {root}/same-name.xml
define {root}/same-uuid.xml
define {root}/broken.xml
define {root}/empty.xml
list --all
list
list --all --name
list --all --uuid
list --inactive --title
dominfo guest
domstate guest --reason
domid guest
domuuid guest
domname {uuid}
dumpxml guest
dumpxml guest --inactive
domstats guest --state
desc guest
desc guest --title
console guest
* suspend guest
* resume guest
* shutdown guest
reboot guest
reset guest
destroy guest
autostart guest
autostart guest
dominfo guest
list --all --autostart
autostart guest --disable
start guest
start guest
list --all
domstate guest --reason
dominfo guest
domuuid guest
dumpxml guest
dumpxml guest --inactive
domstats guest
domstats guest --state --vcpu
domstats --list-running
suspend guest
domstate guest --reason
list --all
* suspend guest
resume guest
domstate guest --reason
* resume guest
reset guest
domstate guest --reason
undefine guest
domstate guest --reason
dominfo guest
* autostart guest
define {root}/guest.xml
dominfo guest
destroy guest
domstate guest --reason
list --all
undefine guest
list --all
create {root}/guest.xml
create {root}/guest.xml
domstate guest --reason
list --transient
* undefine guest
destroy guest
* create {root}/guest.xml --paused
* domstate guest --reason
* resume guest
* domstate guest --reason
* destroy guest
domstate guest
create {root}/broken.xml
start nobody
domname 00000000-0000-4000-8000-000000000000
""".strip().split("\n")


class Chosen:
    """A difference on purpose: lines of a command's output that are not compared, or all of it."""

    def __init__(self, scheme, command, line, reason):
        self.scheme, self.reason = scheme, reason
        self.command, self.line = re.compile(command), re.compile(line)

    def drops(self, scheme, command, line):
        return (
            self.scheme in (None, scheme) and self.command.match(command) and self.line.match(line)
        )


CHOSEN = [
    Chosen(None, "version", r"Using API|Running hypervisor", "each daemon has its own version"),
    Chosen(None, r"(define|create) \{root\}/(broken|empty).xml",
           r"error: (\(domain_definition\)|\d+:\d+: |the document is empty)|<domain|\(null\)|-*\^",
           "ours names line and column in one line"),
    Chosen(None, "nodeinfo", r"Memory size", "libvirt counts node 0 only; ours the host's memory"),
    Chosen("qemu", "dominfo", r"Security", "ours has no security driver to tell of"),
    Chosen("qemu", "dumpxml", r"\s*<audio ", "libvirt's 'no audio' says nothing"),
    Chosen("qemu", "dumpxml", r"\s*</?(resource|partition)>", "ours has cgroups of its own"),
    Chosen("qemu", "dumpxml", r"\s*</?(seclabel|label|imagelabel)\b", "each guest has its own uid"),
    Chosen("qemu", "dumpxml", r"\s*<cpu mode='custom'|\s*<feature policy='require'",
           "ours does not ask QEMU for the CPU it made of a model at each start"),
    Chosen("qemu", "dumpxml", r"\s*<backingStore/>|\s*<source file='ROOT/disk.img'",
           "ours does not number the nodes of an image"),
    Chosen("qemu", "domstats",
           r"\s+(cpu\.(cache|haltpoll)|balloon\.last|vcpu\.\d|net\.|dirtyrate|block\.\d+\."
           r"(path|backingIndex|..\.times))", "numbers that ours does not take"),
    Chosen("test", "nodeinfo", r".", "the host is the real one; libvirt's test driver makes one up"),
    Chosen("test", "hostname", r".", "the host is the real one"),
    Chosen("test", "dominfo", r"CPU time", "ours grows while it runs; libvirt's is the wall clock"),
    Chosen("test", "dominfo", r"Security|OS Type",
           "libvirt's test driver says 'linux' of hvm, and makes up security labels"),
    Chosen("test", "domstats", r"\s+(cpu|balloon|vcpu|net|block)\.",
           "libvirt's test driver has no numbers but the state"),
    Chosen("test", "dumpxml", r"\s*<target dev='testnet0'/>", "made up by libvirt's test driver"),
    Chosen("test", "dumpxml", r"\s*<alias ", "ours names consoles, so that they can be opened"),
    Chosen("test", "dumpxml", r"\s*<address type='pci'", "libvirt's test driver has PCI slots"),
]

MASKS = [
    (re.compile(r"(?m)^(CPU time: +).*$"), r"\1TIME"),
    (re.compile(r" id='\d+'"), " id='ID'"),
    (re.compile(r"/dev/pts/\d+"), "/dev/pts/N"),
    (re.compile(r" port='59\d\d'"), " port='59NN'"),
    (re.compile(r"(?m)^(  (?:cpu|balloon|vcpu\.\d+|block\.\d+|net\.\d+|state|dirtyrate)\.[\w.]*"
                r"(?:time|user|system|rss|bytes|reqs|times|delay|wait|allocation|physical|"
                r"last-update|current))=\d+$"), r"\1=N"),
    (re.compile(r"(?m)^Id: +\d+$"), "Id: ID"),
    (re.compile(r"(?m)^ \d+ +(?=\S+ +\S)"), " ID "),
    (re.compile(r"(?m)^( -| Id| ID)  +"), r"\1 "),
    (re.compile(r"(?m)^-+$"), "---"),
    (re.compile(r"qemu_ga|\bpid \d+"), "PID"),
]


class Side:
    """One of the two daemons, asked by virsh."""

    def __init__(self, daemon, scheme):
        self.daemon, self.scheme = daemon, scheme
        self.put("guest.xml", 1)
        self.put("same-name.xml", 2)
        self.put("same-uuid.xml", 1, name="other")
        (daemon.root / "broken.xml").write_text("<domain type='qemu'><name>broken</domain>\n")
        (daemon.root / "empty.xml").write_text("")
        with open(daemon.root / "disk.img", "wb") as image:
            image.truncate(1 << 20)

    def put(self, file, number, name="guest"):
        disk = DISK.format(root=self.daemon.root)
        text = GUESTS[self.scheme].format(uuid=UUID % number, disk=disk)
        (self.daemon.root / file).write_text(text.replace("<name>guest<", f"<name>{name}<"))

    def virsh(self, command):
        words = command.format(root=self.daemon.root, uuid=UUID % 1).split()
        return run("virsh", "-c", self.daemon.uri(self.scheme), *words, ok=False)

    def ask(self, command):
        """What virsh says and its exit code, as text with what must differ masked."""
        result = self.virsh(command)
        text = f"{result.stdout}{result.stderr}exit {result.returncode}\n"
        text = text.replace(str(self.daemon.root), "ROOT")
        text = re.sub(r"socket=\S*", "socket=SOCKET", text)
        for pattern, instead in MASKS:
            text = pattern.sub(instead, text)
        if command.startswith("domid ") and re.match(r"\d+\n", text):
            text = "ID\n"
        return [line.rstrip() for line in text.split("\n") if line.strip()]

    def has_numbers(self):
        """Ours takes them in the background: in the first moment of a guest there are none."""
        if "running" in self.virsh("domstate guest").stdout:
            wait_for("numbers", lambda: "cpu.time" in self.virsh("domstats guest").stdout, 10)

    def clean(self):
        """No domain is left, libvirt's own 'test' neither."""
        for name in self.virsh("list --all --name").stdout.split():
            self.virsh(f"destroy {name}")
            self.virsh(f"undefine {name}")


class Compared(unittest.TestCase):
    scheme = None

    @classmethod
    def setUpClass(cls):
        if not os.access("/usr/sbin/libvirtd", os.X_OK) or os.geteuid() != 0:
            raise unittest.SkipTest("needs libvirtd and root for the comparison")
        cls.ours, cls.theirs = (cls.side(kind) for kind in (daemon_class(), Libvirtd))

    @classmethod
    def side(cls, kind):
        daemon = kind().start()
        cls.addClassCleanup(daemon.close)
        if cls.scheme == "test" and kind is Libvirtd:
            # Its domains live as long as a connection to it.
            cls.addClassCleanup(daemon.connect("test").close)
        side = Side(daemon, cls.scheme)
        side.clean()
        return side

    def keep(self, command, lines):
        if self.ours.daemon.name != Reeved.name:
            return lines
        return [
            line
            for line in lines
            if not any(chosen.drops(self.scheme, command, line) for chosen in CHOSEN)
        ]

    def compare(self, command):
        theirs, ours = (
            self.keep(command, side.ask(command)) for side in (self.theirs, self.ours)
        )
        if command.startswith(("start guest", "create")) and self.scheme == "qemu":
            self.ours.has_numbers()
        if ours != theirs:
            diff = difflib.unified_diff(theirs, ours, "libvirtd", "ours", lineterm="", n=1)
            self.fail(f"virsh {command}:\n" + "\n".join(diff))


class Kvm(Compared):
    scheme = "qemu"

    def test_commands(self):
        for command in COMMANDS:
            with self.subTest(command):
                self.compare(command.removeprefix("* "))

    def test_events(self):
        theirs, ours = (events(side) for side in (self.theirs, self.ours))
        if self.ours.daemon.name == Reeved.name:
            # libvirtd lets through what QEMU says of itself while it is started and destroyed.
            theirs = [
                line for line, after in zip(theirs, theirs[1:] + [""])
                if not (line.endswith("Resumed Unpaused") and after.endswith("Started Booted"))
                and not line.endswith("Shutdown Finished after host request")
            ]
        self.assertEqual(ours, theirs)

    def test_capabilities(self):
        theirs, ours = (side.virsh("capabilities").stdout for side in (self.theirs, self.ours))
        theirs, ours = host_facts(theirs), host_facts(ours)
        # The device may be there where it cannot run anything: ours looks at the processor, too.
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
            flags = set(info.read().split())
        if self.ours.daemon.name == Reeved.name and not flags & {"svm", "vmx"}:
            theirs["guests"]["hvm"][2].remove("kvm")
        self.assertEqual(ours, theirs)


class Test(Compared):
    scheme = "test"

    def test_commands(self):
        for command in COMMANDS:
            if command.startswith("* "):
                continue
            with self.subTest(command):
                self.compare(command)

    def test_capabilities(self):
        theirs, ours = (side.virsh("capabilities").stdout for side in (self.theirs, self.ours))
        guests = [[canonical(g) for g in ET.fromstring(x).findall("guest")] for x in (ours, theirs)]
        self.assertEqual(guests[0], guests[1])


def canonical(element):
    text = ET.tostring(element, encoding="unicode")
    return re.sub(r"\s+", " ", text).replace("> <", "><").strip()


def host_facts(text):
    """What a client reads from capabilities before it makes a guest."""
    root = ET.fromstring(text)
    guests = {}
    for guest in root.findall("guest"):
        arch = guest.find("arch")
        if arch.get("name") == "x86_64":
            guests[guest.findtext("os_type")] = (
                arch.findtext("wordsize"),
                arch.findtext("emulator"),
                sorted(domain.get("type") for domain in arch.findall("domain")),
            )
    return {
        "arch": root.findtext("host/cpu/arch"),
        "topology": dict(root.find("host/cpu/topology").attrib),
        "cells": root.find("host/topology/cells").get("num"),
        "guests": guests,
    }


EVENTS = [
    ("define {root}/guest.xml", "Defined"),
    ("start guest", "Started"),
    ("suspend guest", "Suspended"),
    ("resume guest", "Resumed"),
    ("reset guest", "reboot"),
    ("destroy guest", "Stopped"),
    ("undefine guest", "Undefined"),
    ("create {root}/guest.xml", "Started"),
    ("destroy guest", "Stopped"),
]


def events(side):
    """The lines of `virsh event` about what is done to the guest."""
    side.clean()
    marker = side.daemon.root / "marker.xml"
    # Without a screen: another's guest may take the port that libvirtd has just chosen.
    guest = (side.daemon.root / "guest.xml").read_text()
    guest = re.sub(r"(?s)<graphics[^>]*/>|<video>.*?</video>", "", guest)
    (side.daemon.root / "guest.xml").write_text(guest)
    marker.write_text(re.sub(r"(?s)<disk.*?</disk>", "", guest.replace(UUID % 1, UUID % 5)).replace(
        "<name>guest<", "<name>marker<"))
    assert side.virsh("create {root}/marker.xml").returncode == 0

    log = side.daemon.root / "events"
    with open(log, "wb") as output:
        listener = subprocess.Popen(
            ["stdbuf", "-oL", "virsh", "-q", "-c", side.daemon.uri(side.scheme), "event", "--all",
             "--loop"], stdout=output, stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})
    try:
        def heard(name, what):
            return any(f"'{name}'" in line and what in line for line in log.read_text().split("\n"))

        def poke():
            side.virsh("suspend marker")
            side.virsh("resume marker")
            return heard("marker", "Resumed")

        wait_for("the first event", poke, 30)
        def count(what):
            return sum("'guest'" in line and what in line for line in log.read_text().split("\n"))

        for command, what in EVENTS:
            before = count(what)
            result = side.virsh(command)
            assert result.returncode == 0, result.stderr
            wait_for(f"event {what}", lambda what=what, before=before: count(what) > before, 10)
        side.virsh("destroy marker")
        wait_for("the last event", lambda: heard("marker", "Stopped"), 10)
    finally:
        listener.send_signal(signal.SIGINT)
        listener.wait(10)
    told = [line for line in log.read_text().split("\n") if "'guest'" in line]
    # libvirtd may see its monitor close while it destroys a guest, and the firmware of a machine
    # that is reset while it starts may reset it once more.
    told = [line for line in told if "control-error" not in line]
    return [line for line, before in zip(told, [""] + told) if line != before]


class SimulatedConsole(unittest.TestCase):
    """libvirt's test driver has no consoles, so that this one stands alone."""

    def test_console(self):
        if daemon_class() is Libvirtd:
            self.skipTest("libvirt's test driver has no consoles")
        daemon = Reeved().start()
        self.addCleanup(daemon.close)
        side = Side(daemon, "test")
        daemon.virsh("create", daemon.root / "guest.xml", scheme="test")
        with Console("virsh", "-c", daemon.uri("test"), "console", "guest") as console:
            console.expect("guest login: ")
            console.type("root\r")
            console.expect("guest:~# ")
            console.type("echo forty-two\r")
            console.expect("\r\nforty-two")
            console.type("poweroff\r")
            wait_for("end of virsh", lambda: console.more(1) is False, 10)
        wait_for("end of guest", lambda: not side.virsh("list --name").stdout.split())


if __name__ == "__main__":
    unittest.main()
