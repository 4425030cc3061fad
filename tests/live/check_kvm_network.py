# SPDX-License-Identifier: LGPL-2.1-or-later
"""QEMU's guests on bridges and virtual networks of the host, in a network namespace of the daemon's
own. `tests/live/run --libvirtd kvm_network` asks libvirtd the same."""

import os
import re
import signal
import unittest

from check_network import LAN, OURS, RANGE, InNamespace, network, why_no_rules
from harness.daemon import daemon_class
from harness.guest import READY, Console, linux_xml, tiny_xml
from harness.process import wait_for

MAC = "52:54:00:11:22:33"


def interface(kind, more, model="virtio"):
    return (f"<interface type='{kind}'><mac address='{MAC}'/><model type='{model}'/>{more}"
            f"</interface>")


@unittest.skipUnless(os.geteuid() == 0, "needs root")
@unittest.skipUnless(os.path.exists("/dev/net/tun"), "there is no /dev/net/tun here")
class Guests(InNamespace, unittest.TestCase):
    def setUp(self):
        self.daemon = self.make(daemon_class()).start()
        self.addCleanup(self.daemon.close)
        self.addCleanup(self.end_all)

    def virsh(self, *args, **how):
        return self.daemon.virsh(*args, scheme="qemu", **how)

    def end_all(self):
        for name in self.virsh("list", "--name", ok=False).stdout.split():
            self.virsh("destroy", name, ok=False)
        for name in self.virsh("net-list", "--name", ok=False).stdout.split():
            self.virsh("net-destroy", name, ok=False)

    def add_bridge(self):
        self.inside("ip", "link", "add", "br7", "type", "bridge")
        self.inside("ip", "link", "set", "br7", "up")

    def ports(self, bridge):
        told = self.inside("ip", "-o", "link", "show", "master", bridge)
        return re.findall(r"^\d+: ([^:@]+)", told, re.M)

    def start(self, devices, name="guest"):
        self.virsh("define", self.file(tiny_xml(name, devices=devices)))
        return self.virsh("start", name, ok=False).stderr

    def boot(self, devices):
        self.virsh("define", self.file(linux_xml("guest", devices=devices)))
        self.virsh("start", "guest")
        console = Console(*self.space, "virsh", "-c", self.daemon.uri("qemu"), "console", "guest")
        self.addCleanup(console.close)
        console.expect(READY)
        return console

    def ask(self, console, command):
        console.type(f"{command}; echo do''ne\r")
        return console.expect("done\r\n")

    def expect_talk(self, console, address):
        """It answers, both ways; who has the bridge and who has the guest count the same."""
        self.ask(console, f"ifconfig eth0 {address} netmask 255.255.255.0")
        self.assertIn("1 packets received", self.ask(console, "ping -c 1 -W 5 192.168.231.1"))
        self.inside("busybox", "ping", "-c", "1", "-W", "5", address)

    def test_network(self):
        if why_no_rules():
            self.skipTest(why_no_rules())
        lan = f"<forward mode='nat'/><bridge name='rvlan0' stp='off'/>{LAN.format(RANGE.format(''))}"
        self.virsh("net-define", self.file(network("lan", lan)))
        self.assertIn("network 'lan' is not active",
                      self.start(interface("network", "<source network='lan'/>")))
        self.virsh("undefine", "guest")
        self.virsh("net-start", "lan")
        console = self.boot(interface("network", "<source network='lan'/>"))
        told = self.ask(console, "ifconfig eth0 up; udhcpc -i eth0 -n -q -f -t 10 -T 1 -s /bin/true 2>&1")
        address = re.search(r"lease of (192\.168\.231\.\d+) obtained", told)[1]
        self.expect_talk(console, address)

        (port,) = self.ports("rvlan0")
        live = self.virsh("dumpxml", "guest")
        self.assertRegex(live, r"<source network='lan' .*bridge='rvlan0'/>")
        self.assertIn(f"<target dev='{port}'/>", live)
        self.assertNotIn(port, self.virsh("dumpxml", "--inactive", "guest"))
        self.assertRegex(self.virsh("domiflist", "guest"), rf"{port} +network +lan +virtio +{MAC}")
        self.assertRegex(self.virsh("domifaddr", "guest"), rf"{MAC} +ipv4 +{address}/24")
        wait_for("what it sent", lambda: re.search(
            "tx_packets [1-9]", self.virsh("domifstat", "guest", port)))
        self.assertIn("connections='1'", self.virsh("net-dumpxml", "lan"))

        if OURS:  # the harness does not kill libvirtd
            console.close()
            self.daemon.restart(signal.SIGKILL)
            wait_for("running", lambda: "running" in self.virsh("domstate", "guest"))
        self.inside("busybox", "ping", "-c", "1", "-W", "5", address)
        self.virsh("destroy", "guest")
        self.assertNotIn(port, self.devices())
        self.assertNotIn("connections", self.virsh("net-dumpxml", "lan"))

    def test_bridge(self):
        """Of the host."""
        self.add_bridge()
        self.inside("ip", "address", "add", "192.168.231.1/24", "dev", "br7")
        console = self.boot(interface("bridge", "<source bridge='br7'/><mtu size='1400'/>"))
        self.assertIn("1400", self.ask(console, "cat /sys/class/net/eth0/mtu"))
        self.expect_talk(console, "192.168.231.5")
        (port,) = self.ports("br7")
        told = self.inside("ip", "-o", "link", "show", port)
        self.assertIn("mtu 1400", told)
        self.assertIn(f"fe{MAC[2:]}", told)
        self.virsh("destroy", "guest")
        self.assertEqual(self.devices(), {"br7"})

    def test_names(self):
        """A name that was asked for, one that is taken, and a bridge that is not there."""
        self.add_bridge()
        source = "<source bridge='br7'/><target dev='web0'/>"
        self.assertEqual(self.start(interface("bridge", source)), "")
        self.assertEqual(self.ports("br7"), ["web0"])
        told = self.start(interface("bridge", source), "other")
        self.assertRegex(told, "operation is not valid: .*web0")
        told = self.start(interface("bridge", "<source bridge='nowhere'/>"), "third")
        self.assertIn("nowhere", told)
        if OURS:
            said = self.daemon.reeve("start", "other", ok=False).stderr
            self.assertIn("choose another name", said)
            said = self.daemon.reeve("start", "third", ok=False).stderr
            self.assertIn("ip link add nowhere type bridge", said)
        self.virsh("destroy", "guest")
        self.assertEqual(self.devices(), {"br7"})

    def test_own_device(self):
        """A line to the host alone; and one that somebody else has made, and keeps."""
        self.assertEqual(self.start(interface("ethernet", "<target dev='line0'/>", "e1000")), "")
        self.assertIn("line0", self.devices())
        self.virsh("destroy", "guest")
        self.virsh("undefine", "guest")
        self.assertEqual(self.devices(), set())
        lent = interface("ethernet", "<target dev='lent0' managed='no'/>")
        self.assertIn("internal error: t", self.start(lent))
        self.assertEqual(self.devices(), set())
        self.virsh("undefine", "guest")
        self.inside("ip", "tuntap", "add", "lent0", "mode", "tap", "vnet_hdr")
        self.inside("ip", "link", "set", "lent0", "up")
        self.assertEqual(self.start(lent), "")
        self.assertIn("LOWER_UP", self.inside("ip", "-o", "link", "show", "lent0"))
        self.virsh("destroy", "guest")
        self.assertEqual(self.devices(), {"lent0"})


if __name__ == "__main__":
    unittest.main()
