# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a definition asks for, seen from within guests of Xen: several settings in each guest."""

import json
import os
import re
import select
import signal
import socket
import struct
import time
import unittest
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree

import libvirt

from check_xen import Xen
from harness.comparison import differences
from harness.corpus import leaves, parse
from harness.guest import image, xen_xml
from harness.host import need
from harness.process import Failed, run, wait_for

# What the HVM guest sees, in a function of its shell.
GUEST_SCRIPT = """\rlook() {
cat /sys/devices/system/node/online; echo /; grep -m 1 flags /proc/cpuinfo; echo /
cat /sys/devices/system/clocksource/clocksource0/available_clocksource; echo /
cat /sys/class/rtc/rtc0/since_epoch; echo /
head -c 2000000 /dev/xvda >/bin/probe; chmod 755 /bin/probe; probe; echo /
head -c 7 /dev/xvdb; head -c 6 /dev/xvdc; echo /; cat /sys/bus/pci/devices/*/device
for i in 1 2 3; do echo by port $i >/dev/ttyS$i; done; }\r"""

PASSTHROUGH = "<features><xen><passthrough state='on'/></xen></features>"


class Devices(Xen):
    def bridge(self):
        run("ip", "link", "add", "xenbr", "type", "bridge")
        self.addCleanup(run, "ip", "link", "del", "xenbr", ok=False)
        run("ip", "addr", "add", "10.9.9.1/24", "dev", "xenbr")
        run("ip", "link", "set", "xenbr", "up")

    def disk(self, name, text, form="raw"):
        """An image of 1 MiB that begins with a text."""
        raw = self.daemon.root / f"{name}.raw"
        raw.write_bytes(text.encode().ljust(1 << 20, b"\0"))
        if form == "raw":
            return raw
        path = self.daemon.root / f"{name}.{form}"
        run("qemu-img", "convert", "-O", form, raw, path)
        return path

    def grub_disk(self, append):
        """A file system with a kernel and what GRUB would be told of it."""
        folder = self.daemon.root / "tree"
        (folder / "boot/grub").mkdir(parents=True)
        for name in ("vmlinuz", "initrd"):
            (folder / "boot" / name).write_bytes((image() / name).read_bytes())
        (folder / "boot/grub/grub.cfg").write_text(
            f"set default=0\nmenuentry 'Linux' {{\n linux /boot/vmlinuz {append}\n"
            " initrd /boot/initrd\n}\n"
        )
        path = self.daemon.root / "root.img"
        run("mke2fs", "-q", "-t", "ext4", "-d", folder, path, "64M", seconds=120)
        return path

    @staticmethod
    def config(name):
        """What libxl keeps of a running guest."""
        return json.loads(run("xl", "list", "-l", name))[0]["config"]

    def live(self, name):
        return ElementTree.fromstring(self.virsh("dumpxml", name))

    @staticmethod
    def model(domid):
        """The command line of a guest's device model."""
        return run("pgrep", "-a", "-f", f"xen-domid {domid} ", ok=False).stdout


class Pv(Devices):
    def test_everything(self):
        self.bridge()
        root = self.grub_disk("console=hvc0 quiet")
        image_of_text = self.disk("text", "in a qcow2", "qcow2")
        xml = xen_xml(
            "pv",
            devices=f"""
            <disk type='file'><source file='{root}'/><target dev='xvda'/></disk>
            <disk type='file'><driver name='qemu' type='qcow2'/><source file='{image_of_text}'/>
              <target dev='xvdb'/></disk>
            <controller type='xenbus' maxGrantFrames='48' maxEventChannels='127'/>
            <interface type='bridge'><mac address='00:16:3e:00:00:09'/><source bridge='xenbr'/>
              <ip address='10.9.9.2' family='ipv4'/><script path='vif-bridge'/>
              <bandwidth><outbound average='1024'/></bandwidth></interface>
            <graphics type='vnc' port='-1'/>
            <channel type='unix'><target type='xen' name='org.example.unix'/></channel>
            <channel type='pty'><target type='xen' name='org.example.pty'/></channel>
            """,
        )
        xml = re.sub(r"<kernel>.*</cmdline>", "", xml, flags=re.S)
        xml = xml.replace("<os>", "<bootloader>pygrub</bootloader><os>")
        xml = xml.replace("</os>", "</os><features><xen><e820_host state='on'/></xen></features>")
        xml = xml.replace("</os>", "</os><clock><timer name='tsc' mode='emulate'/></clock>")
        space = "xmlns:xen='http://libvirt.org/schemas/domain/xen/1.0'"
        xml = xml.replace("<domain ", f"<domain {space} ")
        xml = xml.replace(
            "</domain>",
            "<xen:commandline><xen:arg value='-msg'/><xen:arg value='timestamp=on'/>"
            "</xen:commandline></domain>",
        )
        self.define(xml)
        console = self.boot("pv")
        live = self.live("pv")

        self.assertEqual(self.inside(console, "head -c 10 /dev/xvdb"), "in a qcow2")
        wait_for("what was read", lambda: self.bytes_read("pv", "xvdb") >= 4096)
        drivers = [disk.get("name") for disk in live.findall("devices/disk/driver")]
        self.assertEqual(drivers, ["phy", "qemu"])
        config = self.config("pv")
        build = config["b_info"]
        self.assertEqual((build["max_grant_frames"], build["event_channels"]), (48, 127))
        self.assertEqual(build["tsc_mode"], "always_emulate")
        self.assertEqual(build["type.pv"]["e820_host"], "True")
        self.assertIn(" -msg timestamp=on", self.model(self.domid("pv")))

        back = f"/local/domain/0/backend/vif/{self.domid('pv')}/0"
        said = [run("xenstore-read", f"{back}/{name}").strip() for name in ("rate", "ip")]
        self.assertEqual(said, ["52428,50000", "10.9.9.2"])
        self.inside(console, "ifconfig eth0 10.9.9.2 up")
        pinged = self.inside(console, "ping -c 1 -W 20 10.9.9.1 | grep -c ttl=")
        self.assertEqual(pinged, "1")
        self.expect_screen("pv")
        self.expect_channels("pv", console, live)

        self.virsh("shutdown", "pv")
        self.await_state("pv", "shut off")
        self.expect_nothing_left()
        self.assertEqual(list((self.daemon.root / "run/reeve/drivers/xen/channel").iterdir()), [])

    def expect_screen(self, name):
        port = 5900 + int(self.virsh("vncdisplay", name).strip().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            self.assertEqual(client.recv(12), b"RFB 003.008\n")

    def expect_channels(self, name, console, live):
        """What the guest writes to its second and third console; to nobody at all until the device
        model knows of a client."""
        path = live.find("devices/channel[@type='unix']/source").get("path")
        terminal = live.find("devices/channel[@type='pty']/source").get("path")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            self.expect_written(console, "hvc1", client.fileno())
        with open(terminal, "rb", buffering=0) as client:
            self.expect_written(console, "hvc2", client.fileno())

    def expect_written(self, console, port, client):
        def arrives():
            self.inside(console, f"echo by {port} >/dev/{port}")
            return select.select([client], [], [], 5)[0] and os.read(client, 7) == b"by " + port.encode()

        wait_for(f"what is written to {port}", arrives, 60)


class Hvm(Devices):
    def test_everything(self):
        self.need_paging()
        probe = self.daemon.root / "probe.raw"
        probe.write_bytes(self.cpuid_program().ljust(2 << 20, b"\0"))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(udp.close)
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(60)
        tcp = self.free_port()
        xml = xen_xml(
            "hvm",
            kind="hvm",
            memory_mib=160,
            devices=f"""
            <disk type='file'><source file='{probe}'/><target dev='hda' bus='ide'/></disk>
            <disk type='file'><driver name='qemu' type='raw'/>
              <source file='{self.disk("s", "by SCSI")}'/><target dev='sdb' bus='scsi'/></disk>
            <disk type='file'><driver name='qemu' type='qcow2'/>
              <source file='{self.disk("x", "by Xen", "qcow2")}'/>
              <target dev='xvdc' bus='xen'/></disk>
            <serial type='file'><source path='{self.daemon.root}/serial'/><target port='1'/></serial>
            <serial type='tcp'><source mode='bind' host='127.0.0.1' service='{tcp}'/>
              <target port='2'/></serial>
            <serial type='udp'><source mode='connect' host='127.0.0.1' service='{udp.getsockname()[1]}'/>
              <target port='3'/></serial>
            <console type='pty'><target type='xen'/></console>
            <sound model='ac97'/>
            <input type='tablet' bus='usb'/>
            <graphics type='spice' autoport='yes'><mouse mode='server'/></graphics>
            """,
        )
        xml = xml.replace("<vcpu>1<", "<vcpu current='1'>2<")
        xml = xml.replace("<apic/>", "<apic/><viridian/>")
        xml = xml.replace(
            "<devices>",
            """<cpu mode='host-passthrough'>
              <feature policy='disable' name='lahf_lm'/><feature policy='require' name='svm'/>
              <numa><cell id='0' cpus='0' memory='80' unit='MiB'/>
                <cell id='1' cpus='1' memory='80' unit='MiB'/></numa></cpu>
            <clock offset='variable' adjustment='-3600' basis='utc'>
              <timer name='hpet' present='no'/></clock>
            <devices>""",
            1,
        )
        self.define(xml)
        console = self.boot("hvm")
        build = self.config("hvm")["b_info"]
        self.assertEqual((build["nested_hvm"], build["type.hvm"]["viridian"]), ("True", "True"))

        client = socket.create_connection(("127.0.0.1", tcp), timeout=60)
        self.addCleanup(client.close)
        console.type(GUEST_SCRIPT)
        told = self.inside(console, "look")
        nodes, flags, sources, clock, name, text, cards = told.split("/")
        self.assertEqual(nodes.strip(), "0-1")
        self.assertIn("cx16", flags.split())
        self.assertNotIn("lahf_lm", flags.split())
        self.assertNotIn("hpet", sources)
        self.assertAlmostEqual(int(clock), time.time() - 3600, delta=600)
        self.assertEqual(name.strip(), "Microsoft Hv")
        self.assertEqual(text.strip(), "by SCSIby Xen")
        self.assertLessEqual({"0x2415", "0x7020", "0x00b8"}, set(cards.split()))  # sound, USB, video
        self.assertIn(" -usbdevice tablet", self.model(self.domid("hvm")))
        self.assertEqual(client.recv(9), b"by port 2")
        self.assertEqual(udp.recv(1), b"b")
        self.assertIn("by port 1", (self.daemon.root / "serial").read_text())
        self.expect_spice(int(self.live("hvm").find("devices/graphics").get("port")))
        self.virsh("destroy", "hvm")
        self.expect_nothing_left()

    def expect_spice(self, port):
        """Its server answers whoever says what a client says first."""
        link = struct.pack("<4sIIIIBBIII", b"REDQ", 2, 2, 18, 0, 1, 0, 0, 0, 18)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(link)
            self.assertEqual(client.recv(4), b"REDQ")

    @staticmethod
    def free_port():
        with socket.socket() as some:
            some.bind(("127.0.0.1", 0))
            return some.getsockname()[1]

    def cpuid_program(self):
        """Prints the name that a hypervisor has at the first of its places."""
        source, program = self.daemon.root / "cpuid.c", self.daemon.root / "cpuid"
        source.write_text(
            "#include <cpuid.h>\n#include <stdio.h>\nint main(void) { unsigned r[5] = {0};"
            " __cpuid(0x40000000, r[0], r[1], r[2], r[3]); puts((char *)(r + 1)); }"
        )
        run("gcc", "-static", "-o", program, source, seconds=120)
        return program.read_bytes()


class Host(Devices):
    """Devices of the host: a network card (PCI) and a tablet (USB), which the box has for this."""

    CARD = ("10ec", "8139")
    TABLET = ("0627", "0001")

    @staticmethod
    def find_pci(vendor, device):
        for folder in Path("/sys/bus/pci/devices").iterdir():
            said = tuple((folder / name).read_text().strip()[2:] for name in ("vendor", "device"))
            if said == (vendor, device):
                return folder.name
        return None

    def card_xml(self, address, managed="yes"):
        domain, bus, rest = address.split(":")
        slot, function = rest.split(".")
        return f"""<hostdev mode='subsystem' type='pci' managed='{managed}'><source>
          <address domain='0x{domain}' bus='0x{bus}' slot='0x{slot}' function='{function}'/>
          </source></hostdev>"""

    def test_pci(self):
        """Without an IOMMU Xen has none of it: then its reason is told, and the device is left to the
        host."""
        address = self.find_pci(*self.CARD)
        need("pci", address, "this host has no network card to give away")
        backend = Path("/sys/bus/pci/drivers/pciback") / address
        self.define(xen_xml("pv", devices=self.card_xml(address)))
        if "directio" in run("xl", "info"):
            self.virsh("start", "--paused", "pv")
            self.assertIn(address, run("xl", "pci-list", "pv"))
            self.hold_against_others(address)
            self.virsh("destroy", "pv")
            self.assertFalse(backend.exists())
            self.prepared_by_others(address)
            self.attach_live(address)
        else:
            with self.assertRaisesRegex(Failed, f"device {address}: libxl says: .*quarantine"):
                self.virsh("start", "pv")
        self.assertFalse(backend.exists())
        self.define(xen_xml("other", devices=self.card_xml(address, "no")))
        with self.assertRaisesRegex(Failed, "passthrough not supported|not assignable"):
            self.virsh("start", "other")
        run("xenstore-rm", "/libxl/pci", ok=False)  # where libxl notes the drivers of devices
        self.expect_nothing_left()

    def test_pci_of_hvm(self):
        """An HVM guest has it from its start, loses it and gets it again while it runs."""
        self.need_paging()
        address = self.find_pci(*self.CARD)
        need("pci", address, "this host has no network card to give away")
        backend = Path("/sys/bus/pci/drivers/pciback") / address
        card = self.daemon.root / "card.xml"
        card.write_text(self.card_xml(address))
        self.define(xen_xml("hvm", kind="hvm", devices=card.read_text()))
        if "directio" not in run("xl", "info"):
            with self.assertRaisesRegex(Failed, f"device {address}: libxl says: .*quarantine"):
                self.virsh("start", "hvm")
        else:
            console = self.boot("hvm")
            found = f"grep -c 0x{self.CARD[1]} /sys/bus/pci/devices/*/device | grep -c :1"
            self.await_inside(console, found, lambda told: told == "1")
            self.virsh("detach-device", "hvm", card, "--live")
            self.await_inside(console, found, lambda told: told == "0")
            self.assertFalse(backend.exists())
            self.virsh("attach-device", "hvm", card, "--live")
            self.await_inside(console, found, lambda told: told == "1")
            self.assertIn(address, run("xl", "pci-list", "hvm"))
            self.virsh("destroy", "hvm")
        self.assertFalse(backend.exists())
        run("xenstore-rm", "/libxl/pci", ok=False)  # where libxl notes the drivers of devices
        self.expect_nothing_left()

    def hold_against_others(self, address):
        """Who wants what another guest has gets nothing of it, and gives nothing of it back."""
        holder = self.virsh("domuuid", "pv").strip()
        self.define(xen_xml("second", devices=self.card_xml(address)))
        with self.assertRaisesRegex(Failed, f"{address} is in use by domain {holder}"):
            self.virsh("start", "second")
        self.virsh("undefine", "second")
        self.daemon.restart(signal.SIGKILL)
        self.await_state("pv", "paused")
        self.assertIn(address, run("xl", "pci-list", "pv"))
        self.assertTrue((Path("/sys/bus/pci/drivers/pciback") / address).exists())

    def attach_live(self, address):
        """The guest sees it come, where it was made for that; libxl takes no other device to it."""
        card = self.daemon.root / "card.xml"
        card.write_text(self.card_xml(address))
        plain = xen_xml("live")
        self.define(plain)
        self.virsh("start", "live", "--paused")
        self.expect_remedy("live", card.read_text(), "<passthrough state='on'/>")
        self.virsh("destroy", "live")
        self.define(plain.replace("</os>", f"</os>{PASSTHROUGH}"))
        console = self.boot("live")
        self.virsh("attach-device", "live", card, "--live")
        vendors = "cat /sys/bus/pci/devices/*/vendor 2>&1"
        self.await_inside(console, vendors, lambda told: told == f"0x{self.CARD[0]}")
        self.virsh("detach-device", "live", card, "--live")
        self.await_inside(console, vendors, lambda told: "No such file" in told)
        self.assertFalse((Path("/sys/bus/pci/drivers/pciback") / address).exists())
        self.virsh("destroy", "live")

    def expect_remedy(self, name, xml, words):
        """virsh does not show it; other clients may."""
        connection = self.daemon.connect("xen")
        self.addCleanup(connection.close)
        with self.assertRaises(libvirt.libvirtError) as caught:
            connection.lookupByName(name).attachDeviceFlags(xml, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        self.assertIn(words, caught.exception.get_str3())

    def prepared_by_others(self, address):
        """What xl has made assignable stays so."""
        run("xl", "pci-assignable-add", address)
        self.virsh("start", "--paused", "pv")
        self.virsh("destroy", "pv")
        self.assertIn(address, run("xl", "pci-assignable-list"))
        run("xl", "pci-assignable-remove", "-r", address)

    def test_usb(self):
        """Guests of Debian's kernel have no driver for it: it is seen as far as libxl's list."""
        vendor, product = self.TABLET
        xml = f"""<hostdev mode='subsystem' type='usb'><source><vendor id='0x{vendor}'/>
          <product id='0x{product}'/></source></hostdev>"""
        path = self.daemon.root / "usb.xml"
        path.write_text(xml)
        self.define(xen_xml("pv", devices=xml))
        self.virsh("start", "--paused", "pv")
        place = self.live("pv").find("devices/hostdev/source/address")
        line = f"Bus {int(place.get('bus')):03} Device {int(place.get('device')):03}"
        self.assertIn(line, run("xl", "usb-list", "pv"))
        self.virsh("detach-device", "pv", path, "--live")
        self.assertNotIn("Bus", run("xl", "usb-list", "pv"))
        self.assertIsNone(self.live("pv").find("devices/hostdev"))
        self.virsh("attach-device", "pv", path, "--live")
        self.assertIn(line, run("xl", "usb-list", "pv"))
        self.virsh("destroy", "pv")

        self.define(xen_xml("none", devices=xml.replace(product, "beef")))
        with self.assertRaisesRegex(Failed, "no USB device 0627:beef"):
            self.virsh("start", "none")
        self.expect_nothing_left()


class Liar(Devices):
    """A guest that writes what it likes wherever xenstore lets it."""

    def test_end(self):
        """What is said of it stays, for the next daemon as well, and nothing is left of it."""
        self.need_ours("libvirt's driver is not ours to judge")
        self.bridge()
        disk = self.disk("some", "")
        xml = xen_xml(
            "liar",
            devices=f"""
            <disk type='file'><source file='{disk}'/><target dev='xvda'/></disk>
            <interface type='bridge'><source bridge='xenbr'/></interface>
            <graphics type='vnc' port='-1'/>""",
        )
        self.define(xml)
        self.virsh("start", "liar", "--paused")
        before = self.said_of("liar")
        number = self.domid("liar")
        self.lie(number)
        self.assertEqual(self.said_of("liar"), before)
        self.daemon.restart(signal.SIGKILL)
        self.await_state("liar", "paused")
        self.assertEqual(self.said_of("liar"), before)
        self.virsh("destroy", "liar")
        self.expect_nothing_left()

    def said_of(self, name):
        commands = ("dumpxml", "domblklist", "domiflist", "vncdisplay", "domid", "ttyconsole")
        said = [self.virsh(command, name) for command in commands]
        return said + [run("xl", "network-list", name).splitlines()[1].split()[1:3]]

    def lie(self, number):
        """Of all that is the guest's, or that it may write."""
        home = f"/local/domain/{number}"
        rows = run("xenstore-ls", "-f", "-p", home).splitlines()
        theirs = rf'^(\S+) = ".*"\s+\((n{number}\b|.*\b[wb]{number}\b)'
        paths = [match.group(1) for match in (re.search(theirs, row) for row in rows) if match]
        for kind in ("vbd", "vif", "vfb"):
            self.assertTrue([path for path in paths if f"/device/{kind}/" in path], rows)
        paths += [f"{home}/data/new", f"{home}/control/shutdown"]
        lies = [word for path in paths for word in (path, "../../../../../etc/passwd")]
        run("xenstore-write", *lies, seconds=60)


class Adopted(Devices):
    """What is known of domains that xl made, beside what its files say; none of them ever runs."""

    def files(self):
        boot = f"kernel = '{image()}/vmlinuz'\nramdisk = '{image()}/initrd'\nmemory = 128\n"
        disk = self.disk("some", "")
        vif = "mac=00:16:3e:00:00:0a,bridge=xenbr,script=vif-bridge"
        return {
            "pv": f"""type = 'pv'\n{boot}cmdline = 'a b'
                maxmem = 160; vcpus = 1; maxvcpus = 2; cpus = '0'; tsc_mode = 'native'; localtime = 1
                on_poweroff = 'destroy'; on_reboot = 'destroy'; on_crash = 'preserve'
                e820_host = 1; max_grant_frames = 40; max_event_channels = 200
                disk = ['format=raw,vdev=xvda,access=rw,backendtype=phy,target={disk}']
                vif = ['{vif},ip=10.0.0.2,rate=128000B/s']
                vfb = ['type=vnc,vncunused=0,vnclisten=127.0.0.1,vncdisplay=7,keymap=de']
                channel = ['connection=pty,name=a', 'connection=socket,path=/run/b,name=b']""",
            "pvh": f"""type = 'pvh'\n{boot}vcpus = 2; passthrough = 'disabled'; nestedhvm = 0
                on_crash = 'coredump-destroy'""",
            "hvm": f"""type = 'hvm'\n{boot}vcpus = 2; maxvcpus = 2; cpus = '0'; nestedhvm = 1
                pae = 1; acpi = 1; apic = 1; viridian = 1; hpet = 0; rtc_timeoffset = 60
                vnuma = [['pnode=0', 'size=128', 'vcpus=0-1', 'vdistances=10']]
                boot = 'dc'; vnc = 1; vncunused = 0; vnclisten = '127.0.0.1'; vncdisplay = 8
                on_crash = 'destroy'
                serial = ['pty', 'file:/dev/null']; soundhw = 'ac97'; usb = 1
                usbdevice = ['tablet']; device_model_args = ['-msg', 'timestamp=on']
                disk = ['format=qcow2,vdev=hda,access=rw,backendtype=qdisk,target=DISK',
                        'format=raw,vdev=hdc,access=ro,devtype=cdrom,backendtype=qdisk,target={disk}']
                vif = ['{vif},model=e1000']""".replace(
                "DISK", str(self.disk("other", "", "qcow2"))
            ),
        }

    def test_as_their_files_say(self):
        self.need_paging()
        self.bridge()
        for name, text in self.files().items():
            path = self.daemon.root / f"{name}.cfg"
            text = re.sub(r"^ +", "", text, flags=re.M)
            path.write_text(f"name = '{name}'\nuuid = '{uuid4()}'\n{text}\n")
            run("xl", "create", "-q", "-e", "-p", path, seconds=120)
            wait_for("it to be seen", lambda: name in self.virsh("list", "--name").split(), 60)
            said = self.virsh("domxml-from-native", "xen-xl", path)
            told = self.virsh("dumpxml", "--inactive", name)
            told = re.sub(r" id='[0-9]+'", "", told, count=1)
            with self.subTest(name=name):
                self.assertEqual(list(differences(leaves(parse(said)), leaves(parse(told)))), [])
            run("xl", "destroy", name, seconds=60)
        self.expect_nothing_left()


if __name__ == "__main__":
    unittest.main()
