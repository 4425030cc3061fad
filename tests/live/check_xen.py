# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests of Xen, in a host that Xen runs (a box of tests/lab)."""

import json
import mmap
import os
import re
import signal
import subprocess
import unittest
from pathlib import Path
from xml.etree import ElementTree

from harness.daemon import Reeved, daemon_class
from harness.events import Lifecycle, listening
from harness.guest import READY, Console, image, tiny_xml, xen_xml
from harness.host import need, need_root, need_xen
from harness.process import Failed, Late, processes_with, run, wait_for

BOOT_SECONDS = 240  # by emulation, beside others


class Xen(unittest.TestCase):
    """A daemon and its clients; what tests need of Xen's own tools."""

    def setUp(self):
        need_root()
        need_xen()
        self.daemon = daemon_class()().start()
        self.addCleanup(self.daemon.close)
        self.addCleanup(self.end_guests)

    @staticmethod
    def is_ours():
        return daemon_class() is Reeved

    @classmethod
    def need_ours(cls, why):
        if not cls.is_ours():
            raise unittest.SkipTest(why)

    def end_guests(self):
        for name in self.names()[1:]:
            if not self.is_ours():  # its device models are known in its namespace alone
                self.daemon.virsh("destroy", name, scheme="xen", ok=False)
            run("xl", "destroy", name, ok=False, seconds=60)

    def virsh(self, *args, **how):
        return self.daemon.virsh(*args, scheme="xen", **{"seconds": 120, **how})

    def define(self, xml):
        path = self.daemon.root / "guest.xml"
        path.write_text(xml)
        self.virsh("define", path)

    def boot(self, name):
        self.virsh("start", name)
        console = self.console(name)
        console.expect(READY, BOOT_SECONDS)
        return console

    def console(self, name):
        console = Console("virsh", "-c", self.daemon.uri("xen"), "console", name)
        self.addCleanup(console.close)
        return console

    def state(self, name):
        return self.virsh("domstate", name).strip()

    def domid(self, name):
        return int(self.virsh("domid", name))

    def stats(self, name):
        connection = self.daemon.connect("xen")
        try:
            return connection.domainListGetStats([connection.lookupByName(name)])[0][1]
        finally:
            connection.close()

    def vcpus(self, name):
        return re.findall(r"^VCPU:.*$", self.virsh("vcpuinfo", name), re.M)

    def memory_stat(self, name, what):
        return int(re.search(rf"^{what} (\d+)$", self.virsh("dommemstat", name), re.M).group(1))

    def bytes_read(self, name, disk):
        told = re.search(rf"^{disk} rd_bytes (\d+)$", self.virsh("domblkstat", name, disk), re.M)
        return int(told.group(1))

    @staticmethod
    def inside(console, command):
        """What a command that the guest's shell runs writes. The terminal repeats what is typed."""
        console.type(f"\recho; echo \\<$({command})\\>\r")
        console.expect("\n<", 60)
        return console.expect(">", 60).strip()

    def await_inside(self, console, command, is_right):
        wait_for(f"{command} in the guest", lambda: is_right(self.inside(console, command)), 60)

    @staticmethod
    def tell(console):
        """The guest's shell is told what expect_alive() asks it for."""
        console.type("\rT=remembered; echo $T-$((6 * 7))\r")
        console.expect("remembered-42")

    def expect_alive(self, name):
        """It answers, and remembers what it was told. What is typed before a restored guest has its
        console again is lost."""
        uri = self.daemon.uri("xen")
        with Console("virsh", "-c", uri, "console", name, "--force") as console:
            console.connected()
            for _ in range(12):
                console.type("\recho $T-$((6 * 7))\r")
                try:
                    return console.expect("remembered-42", 10)
                except Late:
                    continue
        raise AssertionError(f"{name} does not answer")

    def expect_survival(self, name):
        """The daemon is killed; the guest goes on, is known again, and is there once."""
        number = self.domid(name)
        models = self.models()
        self.daemon.restart(signal.SIGKILL)
        self.await_state(name, "running")
        self.assertEqual(self.domid(name), number)
        self.assertEqual(self.names(), ["Domain-0", name])
        self.assertEqual(self.models(), models)
        self.expect_alive(name)

    def expect_saved(self, name):
        """It is saved, nothing of it is left in Xen, and it goes on where it was."""
        self.virsh("managedsave", name)
        self.assertEqual(self.virsh("domstate", name, "--reason").strip(), "shut off (saved)")
        self.expect_nothing_left()
        self.virsh("start", name)
        self.assertEqual(self.virsh("domstate", name, "--reason").strip(), "running (restored)")
        self.expect_alive(name)

    def expect_anew(self, name, before, heard):
        """It was made anew, as the same to its clients; returns its id."""
        uuid = self.virsh("domuuid", name)
        heard.expect((name, "reboot", 0), (name, "stopped", 0), (name, "started", 0), seconds=120)
        self.assertGreater(self.domid(name), before)
        self.assertEqual(self.virsh("domuuid", name), uuid)
        self.assertEqual(self.names(), ["Domain-0", name])
        return self.domid(name)

    def cores(self, name):
        """What was written of guests that crashed."""
        return list(self.daemon.root.glob(f"var/lib/reeve/drivers/xen/dump/{name}-*"))

    def expect_core_of_crash(self, name, size):
        cores = self.cores(name)
        self.assertEqual(len(cores), 1)
        self.expect_core(cores[0], size)

    def await_state(self, name, state, seconds=60):
        """Of a daemon that may not have begun yet."""
        wait_for(
            f"{name} to be {state}",
            lambda: self.virsh("domstate", name, ok=False).stdout.strip() == state,
            seconds,
        )

    @staticmethod
    def names():
        """What xl says there is; a domain that goes has no name any more."""
        rows = run("xl", "list", seconds=60).strip().split("\n")[1:]
        return [row.split()[0] for row in rows]

    @staticmethod
    def need_paging():
        """Guests that are not PV need page tables of the processor's, or Xen's in their place."""
        words = run("xl", "info").split()
        need("paging", "hap" in words or "shadow" in words, "Xen has neither HAP nor shadow paging")

    def begin(self, *args):
        """A client that works while the test goes on."""
        command = ["virsh", "-q", "-c", self.daemon.uri("xen"), *args]
        client = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.addCleanup(client.stderr.close)
        return client

    @staticmethod
    def toolstack(operation):
        """The processes in which libxl does it."""
        return processes_with(f"reeve-libxl\0{operation}")

    def await_toolstack(self, operation):
        return wait_for("libxl at work", lambda: self.toolstack(operation), 60, every=0.01)[0]

    def kill_when(self, what, seen, *command):
        """Kills the daemon once `what` is seen of a client's command; the next one has then done
        what there was to do."""
        client = self.begin(*command)
        wait_for(what, seen, 60, every=0.005)
        self.daemon.restart(signal.SIGKILL)
        client.communicate(timeout=120)
        wait_for("no job", lambda: not json.loads(self.daemon.reeve("-o", "json", "jobs")), 120)

    @staticmethod
    def entries(path):
        """What xenstore has there."""
        return run("xenstore-list", path, ok=False, seconds=60).stdout.split()

    @staticmethod
    def models():
        """Device models; by name, for a zombie has no command line."""
        return run("pgrep", "xen-qemu-system", ok=False).stdout.split()

    def expect_only(self, *names):
        """No other domain, nor anything of one in xenstore."""
        wanted = sorted(["Domain-0", *names])
        wait_for(f"{wanted} alone", lambda: sorted(self.names()) == wanted, 60)
        ids = {"0"} | {run("xl", "domid", name, seconds=60).strip() for name in names}
        backends = [f"/local/domain/0/backend/{k}" for k in self.entries("/local/domain/0/backend")]
        for path in ("/local/domain", "/libxl", *backends):
            self.assertLessEqual(set(self.entries(path)), ids, path)

    def expect_nothing_left(self):
        self.expect_only()
        wait_for("the end of device models", lambda: not self.models(), 30)
        self.assertEqual(processes_with("libxl-save-helper"), [])

    def expect_core(self, path, size):
        self.assertGreater(path.stat().st_size, size)
        if self.is_ours():
            self.assertEqual(path.stat().st_mode & 0o077, 0)
        with path.open("rb") as file:
            self.assertEqual(file.read(4), b"\x7fELF")
        path.unlink()


class Pv(Xen):
    def test_life(self):
        self.define(xen_xml("pv"))
        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        console = self.boot("pv")
        heard.expect(("pv", "started", 0))
        console.type("\recho $((6 * 7))-answer\r")
        console.expect("42-answer")
        self.assertIn("Domain-0", self.virsh("list", "--name").split())
        self.assertEqual(self.names(), ["Domain-0", "pv"])

        self.virsh("suspend", "pv")
        heard.expect(("pv", "suspended", 0))
        self.assertEqual(self.state("pv"), "paused")
        if self.is_ours():  # libxl waits for half a minute
            for command in ("shutdown", "reboot"):
                with self.assertRaisesRegex(Failed, "paused, and hears nothing"):
                    self.virsh(command, "pv", seconds=20)
        self.virsh("resume", "pv")
        heard.expect(("pv", "resumed", 0))

        first = self.domid("pv")
        self.virsh("reboot", "pv")
        console.expect("reeve-guest: going down", 60)
        if self.is_ours():
            told = [("pv", "reboot", 0), ("pv", "stopped", 0), ("pv", "started", 0)]
        else:  # it tells no reboot, and the end after the new start
            told = [("pv", "started", 0), ("pv", "stopped", 0)]
        heard.expect(*told, seconds=60)
        self.assertGreater(self.domid("pv"), first)
        console = self.console("pv")
        console.expect(READY, BOOT_SECONDS)

        second = self.domid("pv")
        self.daemon.restart(signal.SIGKILL)
        self.await_state("pv", "running")
        self.assertEqual(self.domid("pv"), second)
        self.assertEqual(self.names(), ["Domain-0", "pv"])
        console = self.console("pv")
        console.connected()
        self.assertEqual(self.inside(console, "hostname"), "reeve-guest")

        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        self.virsh("shutdown", "pv")
        console.expect("reeve-guest: going down", 60)
        heard.expect(("pv", "stopped", 0), seconds=60)
        self.assertEqual(self.state("pv"), "shut off")
        self.expect_nothing_left()

    def test_crash(self):
        """Of a transient domain, that is to start again with its memory written."""
        self.need_ours("where the memory is written is ours")
        action = "</os><on_crash>coredump-restart</on_crash>"
        path = self.daemon.root / "guest.xml"
        path.write_text(xen_xml("pv", append="reeve.panic").replace("</os>", action))
        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        self.virsh("create", path)
        heard.expect(("pv", "started", 0), ("pv", "crashed", 0), seconds=BOOT_SECONDS)
        heard.expect(("pv", "stopped", 2), ("pv", "started", 0), seconds=60)
        self.virsh("destroy", "pv")
        self.assertNotIn("pv", self.virsh("list", "--all", "--name").split())
        self.expect_core_of_crash("pv", 100 << 20)
        self.expect_nothing_left()

    def test_crash_preserved(self):
        """It starts again under its own name, then is left for others to look at."""
        self.need_ours("libvirt's driver tells no crash")
        good = xen_xml("pv", append="reeve.panic")
        self.define(good.replace("</os>", "</os><on_crash>rename-restart</on_crash>"))
        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        self.virsh("start", "pv")
        first = self.domid("pv")
        heard.expect(("pv", "started", 0), ("pv", "crashed", 0), seconds=BOOT_SECONDS)
        heard.expect(("pv", "stopped", 2), ("pv", "started", 0), seconds=60)
        wait_for("another one", lambda: self.names() == ["Domain-0", "pv"], 60)
        self.assertGreater(self.domid("pv"), first)
        self.virsh("destroy", "pv")
        self.expect_nothing_left()

        self.define(good.replace("</os>", "</os><on_crash>preserve</on_crash>"))
        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        self.virsh("start", "pv")
        heard.expect(("pv", "started", 0), ("pv", "crashed", 0), seconds=BOOT_SECONDS)
        self.assertEqual(self.virsh("domstate", "pv", "--reason").strip(), "crashed (panicked)")
        self.assertRegex(run("xl", "list", "pv"), r" ---sc- ")
        self.virsh("destroy", "pv")
        self.expect_nothing_left()

    def test_actions(self):
        """Others than the usual ones, of a guest that ends itself."""
        self.need_ours("libvirt's driver tells no reboots")
        actions = "</os><on_poweroff>rename-restart</on_poweroff><on_reboot>destroy</on_reboot>"
        self.define(xen_xml("pv").replace("</os>", actions))
        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        console = self.boot("pv")
        first = self.domid("pv")
        console.type("\rpoweroff\r")
        heard.expect(("pv", "started", 0), ("pv", "stopped", 0), ("pv", "started", 0), seconds=120)
        self.assertGreater(self.domid("pv"), first)
        console = self.console("pv")
        console.expect(READY, BOOT_SECONDS)
        console.type("\rreboot\r")
        heard.expect(("pv", "reboot", 0), ("pv", "stopped", 0), seconds=120)
        self.assertEqual(self.state("pv"), "shut off")
        self.expect_nothing_left()


class Pvh(Xen):
    def test_life(self):
        self.need_paging()
        self.need_ours("libvirt's driver tells no reboots")
        self.define(xen_xml("pvh", kind="xenpvh"))
        console = self.boot("pvh")
        self.virsh("suspend", "pvh")
        self.assertEqual(self.state("pvh"), "paused")
        self.virsh("resume", "pvh")
        self.tell(console)
        console.close()
        self.expect_survival("pvh")
        self.expect_saved("pvh")

        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        number = self.domid("pvh")
        self.virsh("reboot", "pvh")
        number = self.expect_anew("pvh", number, heard)
        self.virsh("reset", "pvh")  # whether it has booted or not
        self.expect_anew("pvh", number, heard)
        self.virsh("destroy", "pvh")
        self.expect_nothing_left()

    def test_ends(self):
        """What the guest does itself: it reboots, and crashes."""
        self.need_paging()
        self.need_ours("libvirt's driver tells no reboots")
        action = "</os><on_crash>destroy</on_crash>"
        self.define(xen_xml("pvh", kind="xenpvh").replace("</os>", action))
        console = self.boot("pvh")
        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        number = self.domid("pvh")
        console.type("\rreboot\r")
        self.expect_anew("pvh", number, heard)
        console = self.console("pvh")
        console.expect(READY, BOOT_SECONDS)
        console.type("\recho c >/proc/sysrq-trigger\r")
        heard.expect(("pvh", "crashed", 0), ("pvh", "stopped", 2), seconds=120)
        self.assertEqual(self.virsh("domstate", "pvh", "--reason").strip(), "shut off (crashed)")
        self.expect_nothing_left()


class Hvm(Xen):
    def test_life(self):
        self.need_paging()
        first, second = self.medium("first", 1), self.medium("second", 2)
        drive = f"""<disk type='file' device='cdrom'>
          <source file='{first}'/><target dev='hdc' bus='ide'/><readonly/>
        </disk>"""
        screen = "<graphics type='vnc' port='-1'/>"
        self.define(xen_xml("hvm", kind="hvm", devices=drive + screen))
        console = self.boot("hvm")
        self.assertRegex(self.virsh("vncdisplay", "hvm"), r":\d+")
        self.assertIn("xen-qemu-system", run("pgrep", "-a", "-f", "xen-qemu-system"))
        if self.is_ours():
            self.look_at_screen("hvm")
        self.virsh("suspend", "hvm")
        self.assertEqual(self.state("hvm"), "paused")
        self.virsh("resume", "hvm")

        size = "dd if=/dev/sr0 of=/dev/null count=1 2>&1; cat /sys/block/sr0/size"
        self.await_inside(console, size, lambda told: told.endswith("2048"))
        self.virsh("change-media", "hvm", "hdc", second, "--update", "--live")
        self.await_inside(console, size, lambda told: told.endswith("4096"))
        self.assertIn(str(second), self.virsh("domblklist", "hvm"))
        self.virsh("change-media", "hvm", "hdc", "--eject", "--live")
        self.assertRegex(self.virsh("domblklist", "hvm"), r"hdc +-")

        self.virsh("shutdown", "hvm", "--mode", "acpi")
        console.expect("reeve-guest: going down", 60)
        self.await_state("hvm", "shut off")
        self.expect_nothing_left()

    def look_at_screen(self, name):
        """A picture of as many pixels as it says, by either client."""
        pictures = [self.daemon.root / "by-virsh", self.daemon.root / "by-reeve"]
        self.virsh("screenshot", name, pictures[0])
        self.daemon.reeve("screenshot", name, pictures[1])
        for picture in pictures:
            kind, width, height, most, pixels = picture.read_bytes().split(maxsplit=4)
            self.assertEqual((kind, most), (b"P6", b"255"))
            self.assertEqual(len(pixels), int(width) * int(height) * 3)
        with self.assertRaisesRegex(Failed, "no screen 1"):
            self.virsh("screenshot", name, pictures[0], "--screen", "1")

    def medium(self, name, mib):
        path = self.daemon.root / name
        path.write_bytes(bytes(mib << 20))
        return path

    def test_again(self):
        """The daemon is killed, and the guest made anew."""
        self.need_paging()
        self.need_ours("libvirt's driver tells no reboots")
        self.define(xen_xml("hvm", kind="hvm"))
        console = self.boot("hvm")
        self.assertEqual(len(self.models()), 1)
        self.tell(console)
        console.close()
        self.expect_survival("hvm")

        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        number = self.domid("hvm")
        with self.assertRaisesRegex(Failed, "paravirt"):
            self.virsh("reboot", "hvm", "--mode", "acpi")
        self.virsh("reboot", "hvm")
        number = self.expect_anew("hvm", number, heard)
        self.assertEqual(len(self.models()), 1)
        self.virsh("reset", "hvm")  # whether it has booted or not
        self.expect_anew("hvm", number, heard)
        self.virsh("destroy", "hvm")
        self.expect_nothing_left()


    def test_crash(self):
        """All of its memory is written; then libxl walks on through the rest of its address space, in
        which there is nothing. That takes minutes by emulation, and can be broken off."""
        self.need_paging()
        self.need_ours("where the memory is written is ours")
        action = "</os><on_crash>coredump-destroy</on_crash>"
        append = "xen_legacy_crash reeve.panic"  # without it Linux has an HVM guest reboot
        self.define(xen_xml("hvm", kind="hvm", append=append).replace("</os>", action))
        heard = Lifecycle(listening(self.daemon.connect, "xen"))
        self.virsh("start", "hvm")
        heard.expect(("hvm", "started", 0), ("hvm", "crashed", 0), seconds=BOOT_SECONDS)
        wait_for("a core", lambda: self.cores("hvm"), 60)
        core = self.cores("hvm")[0]
        wait_for("the guest's memory in it", lambda: core.stat().st_size > 100 << 20, 240)
        with core.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
            self.assertEqual(memory[:4], b"\x7fELF")
            self.assertGreater(memory.find(b"Linux version "), 0)  # wherever the kernel is
        self.assertEqual(core.stat().st_mode & 0o077, 0)
        self.virsh("domjobabort", "hvm")
        heard.expect(("hvm", "stopped", 2), seconds=120)
        self.assertEqual(self.cores("hvm"), [])
        self.expect_nothing_left()


class Strangers(Xen):
    """Domains that this daemon did not make, and the host."""

    def test_first_domain(self):
        self.assertIn("Domain-0", self.virsh("list", "--name").split())
        self.assertEqual(self.virsh("domid", "Domain-0").strip(), "0")
        for command in ("destroy", "shutdown", "suspend", "reboot"):
            with self.assertRaisesRegex(Failed, "Domain-0"):
                self.virsh(command, "Domain-0")
        self.assertEqual(self.state("Domain-0"), "running")

        before = self.memory("Domain-0")
        self.virsh("setmem", "Domain-0", f"{before - 64}M", "--live")
        wait_for("the balloon", lambda: self.memory("Domain-0") == before - 64, 60)
        wait_for(
            "the number of it",
            lambda: self.memory_stat("Domain-0", "actual") == (before - 64) << 10,
        )
        self.virsh("setmem", "Domain-0", f"{before}M", "--live")
        wait_for("the balloon", lambda: self.memory("Domain-0") == before, 60)
        self.assertEqual(len(self.vcpus("Domain-0")), os.cpu_count())
        if self.is_ours():  # libvirt's driver tells no statistics of all domains
            self.assertGreater(self.stats("Domain-0")["cpu.time"], 0)
        self.expect_first_domain()
        if self.is_ours():
            self.daemon.restart(signal.SIGKILL)
            self.await_state("Domain-0", "running")
            self.expect_first_domain()

    def expect_first_domain(self):
        """It can have all of the host's memory, where Xen was told nothing else."""
        told = ElementTree.fromstring(self.virsh("dumpxml", "Domain-0"))
        whole = re.search(r"Memory size: +(\d+) KiB", self.virsh("nodeinfo")).group(1)
        self.assertEqual(told.findtext("uuid"), "00000000-0000-0000-0000-000000000000")
        self.assertEqual(told.findtext("memory"), whole)
        self.assertEqual(self.memory_stat("Domain-0", "available"), int(whole))
        self.assertEqual(told.findtext("os/type"), "linux")
        self.assertEqual(told.findtext("on_crash"), "destroy")

    def memory(self, name):
        """What xl says that it has, in MiB."""
        return int(run("xl", "list", name).strip().split("\n")[1].split()[2])

    def test_numbers_of_the_host(self):
        said = dict(re.findall(r"^(\w+) *: (.*)$", run("xl", "info"), re.M))
        node = dict(re.findall(r"^([^:]+): +(\S+)", self.virsh("nodeinfo"), re.M))
        self.assertEqual(node["CPU(s)"], said["nr_cpus"])
        self.assertAlmostEqual(int(node["Memory size"]) >> 10, int(said["total_memory"]), delta=1)
        free = int(self.virsh("freecell").split()[1])
        self.assertAlmostEqual(free >> 10, int(said["free_memory"]), delta=16)
        self.assertIn(f"{free} KiB", self.virsh("freecell", "--all"))
        version = f"{said['xen_major']}.{said['xen_minor']}"
        if self.is_ours():  # libvirt's driver has no such statistics, and drops the last number
            self.assertRegex(self.virsh("nodememstats"), rf"free *: +{free} KiB")
            version += said["xen_extra"].split("-")[0]
        self.assertIn(f"Running hypervisor: Xen {version}", self.virsh("version"))
        self.assertEqual(self.virsh("hostname").strip(), "box")
        self.expect_host_described(said)
        told = self.virsh("capabilities")
        for machine in ("xenpv", "xenpvh", "xenfv"):
            self.assertIn(f"<machine>{machine}</machine>", told)
            can = ElementTree.fromstring(self.virsh("domcapabilities", "--machine", machine))
            kinds = [one.text for one in can.iterfind(".//enum[@name='subsysType']/value")]
            self.assertEqual(kinds, [] if machine == "xenpvh" else ["usb", "pci"])
            loader = can.find("os/loader").get("supported")
            self.assertEqual(loader, "yes" if machine == "xenfv" else "no")

    def expect_host_described(self, said):
        """By what Xen says of it, not by what its first domain has; as a box has it."""
        host = ElementTree.fromstring(self.virsh("capabilities")).find("host")
        cells = host.findall("topology/cells/cell")
        self.assertEqual(len(cells), int(said["nr_nodes"]))
        memory = sum(int(cell.findtext("memory")) for cell in cells)
        self.assertAlmostEqual(memory >> 10, int(said["total_memory"]), delta=16)
        self.assertEqual(cells[0].find("distances/sibling[@id='0']").get("value"), "10")
        self.assertEqual(host.findtext("netprefix"), "vif")
        self.assertIsNotNone(host.find("cpu/features/pae"))
        self.assertEqual(host.find("cpu/topology").get("cores"), said["cores_per_socket"])
        features = {feature.get("name") for feature in host.iterfind("cpu/feature")}
        self.assertLessEqual({"lm", "lahf_lm", "svm"}, features)  # which Domain-0 does not see all

    def test_domain_of_xl(self):
        self.need_ours("libvirt's driver does not see domains of xl")
        config = self.daemon.root / "guest.cfg"
        config.write_text(
            f"name = 'strange'\ntype = 'pv'\nmemory = 128\nvcpus = 1\n"
            f"kernel = '{image()}/vmlinuz'\nramdisk = '{image()}/initrd'\n"
            f"extra = 'console=hvc0 quiet'\n"
        )
        run("xl", "create", "-q", "-e", config, seconds=120)
        wait_for("it to be seen", lambda: "strange" in self.virsh("list", "--name").split())
        self.assertEqual(str(self.domid("strange")), run("xl", "domid", "strange").strip())
        told = self.virsh("dumpxml", "strange")
        for part in (">131072</memory>", ">linux</type>", f"<kernel>{image()}/vmlinuz</kernel>"):
            self.assertIn(part, told)
        self.virsh("suspend", "strange")
        self.assertRegex(run("xl", "list", "strange"), r" -[-b]p--- ")  # b: its vCPU had waited
        self.daemon.restart(signal.SIGKILL)
        self.await_state("strange", "paused")
        self.virsh("resume", "strange")
        console = self.console("strange")
        console.expect(READY, BOOT_SECONDS)
        run("xl", "pause", "strange")
        self.await_state("strange", "paused")
        run("xl", "unpause", "strange")
        self.await_state("strange", "running")
        run("xl", "destroy", "strange")
        wait_for("its end", lambda: "strange" not in self.virsh("list", "--all", "--name").split())
        self.expect_nothing_left()


class Absent(unittest.TestCase):
    def test_no_hypervisor(self):
        """It is said, with what to do; the other drivers work."""
        if Path("/proc/xen").exists():
            raise unittest.SkipTest("this host is Xen's")
        with Reeved() as daemon:
            path = daemon.root / "guest.xml"
            path.write_text(xen_xml("pv"))
            for command in (["capabilities"], ["nodeinfo"], ["define", path], ["create", path]):
                with self.assertRaisesRegex(Failed, "the Xen driver found no hypervisor: this"):
                    daemon.virsh(*command, scheme="xen")
            path.write_text(tiny_xml("simulated", virt="test"))
            daemon.virsh("create", path, scheme="test")
            self.assertIn("running", daemon.virsh("domstate", "simulated", scheme="test"))


class Mishaps(Xen):
    """What goes wrong in libxl, or with the daemon, stays where it is."""

    def begin_start(self, name):
        """A client that starts it, and the process in which libxl creates it."""
        return self.begin("start", name), self.await_toolstack("create")

    def test_call_that_dies_or_hangs(self):
        self.need_ours("libvirt's driver calls libxl in its own process")
        self.define(xen_xml("other"))
        self.define(xen_xml("victim"))
        self.virsh("start", "other")

        client, pid = self.begin_start("victim")
        os.kill(pid, signal.SIGABRT)
        _, said = client.communicate(timeout=60)
        self.assertIn("signal 6", said)
        self.assertEqual(self.state("victim"), "shut off")
        wait_for("one guest", lambda: self.names() == ["Domain-0", "other"], 60)

        client, pid = self.begin_start("victim")
        os.kill(pid, signal.SIGSTOP)
        self.virsh("suspend", "other")
        self.assertEqual(self.state("other"), "paused")
        self.virsh("destroy", "victim")
        client.communicate(timeout=60)
        self.assertNotEqual(client.returncode, 0)
        self.assertEqual(self.state("victim"), "shut off")
        self.assertEqual(self.names(), ["Domain-0", "other"])

        watcher = int(run("pgrep", "-f", "reeve-libxl watch"))
        os.kill(watcher, signal.SIGABRT)
        self.virsh("resume", "other")
        self.virsh("destroy", "other")
        self.expect_nothing_left()

    def test_bad_definitions(self):
        kernel = self.daemon.root / "kernel"
        kernel.write_text("no kernel at all\n")
        disk = "<disk type='file'><source file='/nowhere'/><target dev='xvda'/></disk>"
        nic = "<interface type='bridge'><source bridge='nowhere'/></interface>"
        good = xen_xml("bad")
        bad = [
            ("nowhere", xen_xml("bad", devices=disk)),
            ("nowhere", xen_xml("bad", devices=nic)),
            ("libxl says", good.replace(f"{image()}/vmlinuz", str(kernel))),
            ("memory", xen_xml("bad", memory_mib=100000)),
            ("libxl says: .*too large", xen_xml("bad", memory_mib=8)),
        ]
        for words, xml in bad:
            with self.subTest(words=words, xml=xml):
                self.define(xml)
                with self.assertRaisesRegex(Failed, words if self.is_ours() else "libxenlight"):
                    self.virsh("start", "bad")
                self.assertEqual(self.state("bad"), "shut off")
                self.virsh("undefine", "bad")
        self.expect_nothing_left()


if __name__ == "__main__":
    unittest.main()
