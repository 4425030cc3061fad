# SPDX-License-Identifier: LGPL-2.1-or-later
"""The network interfaces of containers: what they are connected to, addresses and names."""

import os
import re
import signal
import unittest
from pathlib import Path

from harness.container import Containers, Host, container_xml
from harness.process import run, wait_for


class Network(Containers, Host):
    """Containers on a bridge."""

    def setUp(self):
        super().setUp()
        self.bridge = f"rvt{os.getpid() % 100000}"
        run("ip", "link", "add", self.bridge, "type", "bridge")
        self.addCleanup(run, "ip", "link", "delete", self.bridge)
        run("ip", "link", "set", self.bridge, "up")
        run("ip", "address", "add", "10.213.7.1/24", "dev", self.bridge)

    def plugged(self):
        return run("ip", "-o", "link", "show", "master", self.bridge).splitlines()

    def interface(self, more=""):
        return f"<interface type='bridge'><source bridge='{self.bridge}'/>{more}</interface>"

    def test_bridge(self):
        console = self.begin(devices=self.interface("<mac address='52:54:00:11:22:33'/>"))
        self.assertIn("52:54:00:11:22:33", self.ask(console, "cat /sys/class/net/eth0/address"))
        self.ask(console, "ip address add 10.213.7.2/24 dev eth0")
        self.assertIn("1 packets received", self.ask(console, "ping -c 1 -W 5 10.213.7.1"))
        name = self.virsh("domiflist", "box").split()[0]
        self.assertRegex(self.virsh("domifaddr", "box", "--source", "arp"),
                         rf"{name} +52:54:00:11:22:33 +ipv4 +10\.213\.7\.2/")
        self.assertEqual(self.virsh("domifaddr", "box").strip(), "")
        self.assertEqual(len(self.plugged()), 1)
        self.assertIn(name, self.plugged()[0])
        wait_for("traffic", lambda: "rx_bytes 0\n" not in self.virsh("domifstat", "box", name))
        self.daemon.restart(signal.SIGKILL)
        wait_for("running", lambda: self.state() == "running")
        self.virsh("destroy", "box")
        self.assertEqual(self.plugged(), [])
        self.virsh("start", "box")
        self.assertEqual(self.virsh("domiflist", "box").split()[0], name)

    def test_numbers(self):
        """By its name on the host or its address; reeve tells what virsh does."""
        mac = "52:54:00:11:22:33"
        console = self.begin(devices=self.interface(f"<mac address='{mac}'/><target dev='rvnumbers'/>"
                                                    "<ip address='10.213.7.2' prefix='24'/>"))
        self.ask(console, "ping -c 2 10.213.7.1")
        wait_for("packets", lambda: int(self.virsh("domifstat", "box", mac).split()[5]) >= 2)
        for command in (("domifstat", "box", "rvnumbers"), ("cpu-stats", "box", "--total")):
            wait_for("the same", lambda: self.virsh(*command).split() ==
                     self.daemon.reeve("-q", *command, scheme="lxc").split())
        self.assertIn("not a known", self.virsh("domifstat", "box", "lo", ok=False).stderr)

    def test_addresses_and_routes(self):
        console = self.begin(devices=self.interface(
            "<guest dev='lan0'/>"
            "<ip address='10.213.7.2' family='ipv4' prefix='24'/>"
            "<ip address='fd00:213::2' family='ipv6' prefix='64'/>"
            "<route family='ipv4' address='0.0.0.0' prefix='0' gateway='10.213.7.1'/>"
            "<route family='ipv4' address='10.9.0.0' netmask='255.255.0.0' gateway='10.213.7.1'"
            " metric='7'/>"))
        self.assertIn("1 packets received", self.ask(console, "ping -c 1 -W 5 10.213.7.1"))
        self.assertIn("fd00:213::2/64", self.ask(console, "ip -6 address show dev lan0"))
        routes = self.ask(console, "ip route")
        self.assertIn("default via 10.213.7.1 dev lan0", routes)
        self.assertIn("10.9.0.0/16 via 10.213.7.1 dev lan0", routes)

    def test_no_bridge(self):
        self.define(devices=self.interface().replace(self.bridge, "nobridge0"))
        result = self.virsh("start", "box", ok=False)
        self.assertIn("nobridge0", result.stderr)
        self.assertEqual(self.left_over(), [])
        self.assertEqual(self.state(), "shut off")

    def test_target_is_somebody_elses(self):
        run("ip", "link", "add", "rvtaken0", "type", "bridge")
        self.addCleanup(run, "ip", "link", "delete", "rvtaken0")
        self.define(devices=self.interface("<target dev='rvtaken0'/>"))
        self.assertIn("rvtaken0", self.virsh("start", "box", ok=False).stderr)
        run("ip", "link", "show", "rvtaken0")

    def test_names_inside(self):
        """Those without a name are counted alone, as libvirt does."""
        console = self.begin(devices=self.interface() + self.interface("<guest dev='lan7'/>") +
                             self.interface())
        names = self.ask(console, "ls /sys/class/net").split()
        self.assertEqual(set(names) & {"eth0", "eth1", "eth2", "lan7"}, {"eth0", "eth1", "lan7"})
        told = re.findall(r"<guest dev='(\w+)'/>", self.virsh("dumpxml", "box"))
        self.assertEqual(told, ["eth0", "lan7", "eth1"])
        self.assertEqual(self.virsh("dumpxml", "--inactive", "box").count("<guest dev"), 1)

    def test_size_and_state(self):
        console = self.begin(devices=self.interface("<mtu size='1400'/><link state='down'/>"))
        name = self.virsh("domiflist", "box").split()[0]
        self.assertIn("mtu 1400", run("ip", "link", "show", name))
        told = self.ask(console, "ip link show eth0")
        self.assertIn("mtu 1400", told)
        self.assertNotIn("UP", told.split(">")[0])

    def test_bad_masks_and_addresses(self):
        route = "<route family='ipv4' address='10.9.0.0' {} gateway='10.213.7.1'/>"
        ip = "<ip address='{}' prefix='{}'/>"
        rows = (
            (ip.format("10.213.7.2", 24) + route.format("netmask='255.0.255.0'"), "255.0.255.0"),
            (ip.format("10.213.7.2", 24) + route.format("netmask='many'"), "many"),
            (ip.format("10.213.7.x", 24), "10.213.7.x"),
            (ip.format("10.213.7.2", 24) + route.format("prefix='40'"), ""),
            (ip.format("10.213.7.2", 30).replace("10.213.7.2", "fd00::1") + ip.format("fd00::1", 30), ""),
        )
        for more, words in rows:
            with self.subTest(more):
                self.virsh("undefine", "box", ok=False)
                self.define(devices=self.interface(more))
                result = self.virsh("start", "box", ok=False)
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(words, result.stderr)
                self.assertIn("interface 1", result.stderr)
                self.assertEqual(self.left_over() + self.plugged(), [])

    def test_what_there_is_not(self):
        """A definition may ask for it, and is told at once; its container is not started."""
        path = self.daemon.root / "box.xml"
        for kind, words in (("<interface type='user'/>", "connect it to a bridge"),):
            path.write_text(container_xml("box", self.root, devices=kind))
            self.virsh("define", path)
            self.assertIn(words, self.daemon.reeve("check", "box", scheme="lxc", ok=False).stdout)
            self.assertIn(words, self.virsh("start", "box", ok=False).stderr)
            self.virsh("undefine", "box")

    def test_natural_prefix(self):
        console = self.begin(devices=self.interface(
            "<ip address='10.213.7.2'/><ip address='172.30.0.9'/><ip address='192.168.77.5'/>"
            "<ip address='fd00:213::2'/><route address='0.0.0.0' gateway='10.213.7.1'/>"))
        told = self.ask(console, "ip address show dev eth0")
        for address in ("10.213.7.2/8", "172.30.0.9/16", "192.168.77.5/24", "fd00:213::2/64"):
            self.assertIn(address, told)
        self.assertIn("default via 10.213.7.1", self.ask(console, "ip route"))


class Line(Containers, Host):
    """Interfaces that are connected to the host alone, or to a device of it."""

    def setUp(self):
        super().setUp()
        self.lower, self.far = (f"rv{end}{os.getpid() % 100000}" for end in "lf")
        run("ip", "link", "add", self.lower, "type", "veth", "peer", "name", self.far)
        self.addCleanup(run, "ip", "link", "delete", self.lower)
        for name in (self.lower, self.far):
            run("ip", "link", "set", name, "up")
        run("ip", "address", "add", "10.214.7.1/24", "dev", self.far)

    def direct(self, mode, address, more=""):
        return (f"<interface type='direct'><source dev='{self.lower}' mode='{mode}'/>"
                f"<ip address='{address}' prefix='24'/>{more}</interface>")

    def reaches(self, console, address):
        return "1 packets received" in self.ask(console, f"ping -c 1 -W 2 {address}")

    def test_ethernet(self):
        console = self.begin(devices="<interface type='ethernet'>"
                             "<source><ip address='10.215.7.1' prefix='32' peer='10.215.7.2'/>"
                             "<route family='ipv4' address='10.216.0.0' prefix='16' gateway='10.215.7.2'/>"
                             "</source><ip address='10.215.7.2' prefix='32' peer='10.215.7.1'/>"
                             "<target dev='rvline0'/></interface>")
        self.assertTrue(self.reaches(console, "10.215.7.1"))
        self.assertIn("10.216.0.0/16 via 10.215.7.2 dev rvline0", run("ip", "route"))
        self.assertEqual(self.virsh("domiflist", "box").split()[0], "rvline0")
        self.daemon.restart(signal.SIGKILL)
        wait_for("running", lambda: self.state() == "running")
        self.virsh("destroy", "box")
        self.assertNotIn("rvline0", run("ip", "link"))

    def test_direct_modes(self):
        """Whom containers reach: those of mode bridge each other, the others who is outside."""
        rows = (("bridge", True), ("private", False), ("vepa", False))
        for mode, each_other in rows:
            with self.subTest(mode):
                self.begin("other", devices=self.direct(mode, "10.214.7.3"))
                console = self.begin(devices=self.direct(mode, "10.214.7.2", "<mtu size='1300'/>"))
                kind = self.ask(console, "ip link show eth0")
                self.assertIn("mtu 1300", kind)
                self.assertTrue(self.reaches(console, "10.214.7.1"))
                self.assertEqual(self.reaches(console, "10.214.7.3"), each_other)
                for name in ("box", "other"):
                    self.virsh("destroy", name)
                    self.virsh("undefine", name)
                self.assertEqual(self.left_over(), [])

    def test_numbers_of_direct(self):
        console = self.begin(devices=self.direct("bridge", "10.214.7.2"))
        self.ask(console, "ping -c 5 -i 0.2 -s 1000 10.214.7.1")
        name = self.virsh("domiflist", "box").split()[0]
        def numbers():
            rows = self.virsh("domifstat", "box", name).splitlines()
            return {row.split()[1]: int(row.split()[2]) for row in rows}
        wait_for("counted", lambda: numbers()["rx_bytes"] > 5000 and numbers()["tx_bytes"] > 5000)
        # What it has received is not what it has sent.
        self.assertLess(abs(numbers()["rx_bytes"] - self.counted(console, "rx")), 2000)
        self.assertIn("net.count=1", self.virsh("domstats", "box", "--interface"))

    def counted(self, console, way):
        return int(self.ask(console, f"cat /sys/class/net/eth0/statistics/{way}_bytes"))

    def test_passthrough(self):
        before = Path(f"/sys/class/net/{self.lower}/address").read_text(encoding="ascii")
        mac = "<mac address='52:54:00:aa:bb:cc'/>"
        console = self.begin(devices=self.direct("passthrough", "10.214.7.2", mac))
        self.assertIn("52:54:00:aa:bb:cc", self.ask(console, "cat /sys/class/net/eth0/address"))
        self.assertTrue(self.reaches(console, "10.214.7.1"))
        path = self.daemon.root / "other.xml"
        path.write_text(container_xml("other", self.root, devices=self.direct("bridge", "10.214.7.4")))
        self.assertIn("eth0", self.virsh("create", path, ok=False).stderr)
        self.virsh("destroy", "box")
        wait_for("its own address", lambda: Path(f"/sys/class/net/{self.lower}/address").read_text(
            encoding="ascii") == before)
        self.assertEqual(self.left_over(), [])

    def test_no_device(self):
        self.define(devices=self.direct("bridge", "10.214.7.2").replace(self.lower, "nodev0"))
        self.assertIn("nodev0", self.virsh("start", "box", ok=False).stderr)
        self.assertEqual(self.left_over(), [])


class Runc(Line):
    """The same by the other runtime."""

    conf = "container_runtime = runc"
    test_direct_modes = test_no_device = None


class RuncOnBridge(Network):
    """With addresses."""

    conf = Runc.conf
    test_bad_masks_and_addresses = test_natural_prefix = test_size_and_state = None
    test_target_is_somebody_elses = test_names_inside = test_what_there_is_not = None


if __name__ == "__main__":
    unittest.main()
