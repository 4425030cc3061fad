# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes of Xen's guests while they run: memory, vCPUs, where and how much they run, devices."""

import re
import unittest
from pathlib import Path

from check_xen import Xen
from harness.guest import xen_xml
from harness.process import Failed, run, wait_for

CPUS = "/sys/devices/system/cpu"
MEMORY = "sed -n 's/[^0-9]//g;1p' /proc/meminfo"


class Changes(Xen):
    """What every kind of guest takes part in. `name` is the guest's."""

    def boot_kind(self, kind, name):
        self.name = name
        xml = xen_xml(name, kind=kind, memory_mib=160)
        self.define(xml.replace("<vcpu>1<", "<vcpu current='1'>2<"))
        return self.boot(name)

    def change_memory(self, console):
        """The guest gives back as much as is asked of it; by that much Xen says that it has less. What
        that is before is not the same for all: all but PV guests have pages of the machine's own
        beside their memory, and those of a screen are counted in it."""
        inside = int(self.inside(console, MEMORY))
        whole = self.memory_stat(self.name, "actual")
        self.virsh("setmem", self.name, "112M", "--live")
        self.await_inside(
            console,
            MEMORY,
            lambda told: inside - 52 * 1024 < int(told) < inside - 44 * 1024,
        )
        wait_for(
            "the balloon", lambda: self.memory_stat(self.name, "actual") == whole - 48 * 1024
        )
        self.assertIn("<currentMemory unit='KiB'>114688<", self.virsh("dumpxml", self.name))

    def change_most_memory(self):
        """By as much as is said: Xen may count pages of its own in it."""
        self.virsh("setmaxmem", self.name, "160M", "--live")
        before = self.most_memory()
        self.virsh("setmaxmem", self.name, "176M", "--live")
        self.assertEqual(self.most_memory() - before, 16 << 10)
        if self.is_ours():  # libvirt's driver does not note it, and takes less than the guest has
            self.assertIn("<memory unit='KiB'>180224<", self.virsh("dumpxml", self.name))
            with self.assertRaisesRegex(Failed, "take it away first"):
                self.virsh("setmaxmem", self.name, "64M", "--live")

    def most_memory(self):
        """What Xen lets it have, in KiB."""
        rows = run("xentop", "-b", "-f", "-i", "1", seconds=60).strip().splitlines()
        row = next(row for row in rows if row.split()[0] == self.name)
        return int(row.split()[rows[0].split().index("MAXMEM(k)")])

    def add_vcpu(self, console):
        self.virsh("setvcpus", self.name, "2", "--live")
        self.await_inside(console, f"cat {CPUS}/present", lambda told: told == "0-1")
        self.inside(console, f"echo 1 >{CPUS}/cpu1/online")  # an udev's part
        self.await_inside(console, f"cat {CPUS}/online", lambda told: told == "0-1")
        self.assertEqual(len(self.vcpus(self.name)), 2)
        times = r"(?s)VCPU: +1\n.*CPU time: +[\d.]*[1-9]"
        wait_for("both to have run", lambda: re.search(times, self.virsh("vcpuinfo", self.name)))

    def remove_vcpu(self, console):
        self.virsh("setvcpus", self.name, "1", "--live")
        self.await_inside(console, f"cat {CPUS}/online", lambda told: told == "0")

    def change_share(self):
        self.virsh("vcpupin", self.name, "0", "0", "--live")
        self.assertIn("0", self.virsh("vcpupin", self.name).split())
        pinned = run("xl", "vcpu-list", self.name)
        self.assertRegex(pinned, rf"(?m)^{self.name} +\d+ +0 .* (0|all) / all *$")

        scheduler = re.search(r"xen_scheduler *: (\w+)", run("xl", "info")).group(1)
        if scheduler != "credit" and not self.is_ours():
            return  # libvirt's driver knows no other
        shown = self.virsh("schedinfo", self.name)
        self.assertRegex(shown, rf"(?s)Scheduler *: {scheduler}\n.*weight *: 256")
        told = self.virsh("schedinfo", self.name, "--weight", "512", "--cap", "50")
        self.assertRegex(told, r"(?s)weight *: 512.*cap *: 50")
        said = run("xl", f"sched-{scheduler}", "-d", self.name)
        self.assertRegex(said, rf"{self.name} +\d+ +512 +50")
        self.virsh("schedinfo", self.name, "--cap", "0")

    def image(self):
        path = self.daemon.root / "disk"
        path.write_bytes(bytes(1 << 20))
        return path

    def change_block_device(self, console):
        loop = run("losetup", "--find", "--show", self.image()).strip()
        self.addCleanup(run, "losetup", "-d", loop, ok=False)
        self.virsh("attach-disk", self.name, loop, "xvdb", "--live")
        self.await_inside(console, "cat /sys/block/xvdb/size", lambda told: told == "2048")
        self.inside(console, "dd if=/dev/xvdb of=/dev/null bs=64k 2>&1")
        wait_for("what was read", lambda: self.bytes_read(self.name, "xvdb") >= 1 << 20)
        self.assertRegex(self.virsh("domblkstat", self.name, "xvdb"), r"xvdb rd_bytes \d{7}")
        self.virsh("detach-disk", self.name, "xvdb", "--live")
        self.await_inside(console, "ls /sys/block", lambda told: "xvdb" not in told)

    def change_file(self, console):
        image = self.image()
        self.virsh("attach-disk", self.name, image, "xvdc", "--live", "--subdriver", "raw")
        self.await_inside(console, "cat /sys/block/xvdc/size", lambda told: told == "2048")
        self.virsh("detach-disk", self.name, "xvdc", "--live")
        self.await_inside(console, "ls /sys/block", lambda told: "xvdc" not in told)
        self.assertNotIn(str(image), self.virsh("dumpxml", self.name))

    def change_volume(self, console):
        folder = self.daemon.root / "pool"
        self.virsh("pool-define-as", "images", "dir", "--target", folder)
        self.virsh("pool-build", "images")
        self.virsh("pool-start", "images")
        self.virsh("vol-create-as", "images", "data", "1M")
        document = self.daemon.root / "volume.xml"
        document.write_text(
            "<disk type='volume'><source pool='images' volume='data'/><target dev='xvdd'/></disk>"
        )
        self.virsh("attach-device", self.name, document, "--live")
        self.await_inside(console, "cat /sys/block/xvdd/size", lambda told: told == "2048")
        self.virsh("detach-disk", self.name, "xvdd", "--live")
        self.await_inside(console, "ls /sys/block", lambda told: "xvdd" not in told)

    def make_network(self):
        """Of the bridge, for guests to be connected to."""
        document = self.daemon.root / "network.xml"
        document.write_text(
            "<network><name>lan</name><forward mode='bridge'/><bridge name='xenbr'/></network>"
        )
        self.virsh("net-define", document)
        self.virsh("net-start", "lan")
        return "network", "lan"

    def change_interfaces(self, console, on_network=False):
        mac = "00:16:3e:01:02:03"
        run("ip", "link", "add", "xenbr", "type", "bridge")
        self.addCleanup(run, "ip", "link", "del", "xenbr", ok=False)
        run("ip", "link", "set", "xenbr", "up")
        kind, source = self.make_network() if on_network else ("bridge", "xenbr")
        self.virsh("attach-interface", self.name, kind, source, "--mac", mac, "--live")
        self.await_inside(console, "cat /sys/class/net/eth0/address", lambda told: told == mac)
        target = f"vif{self.domid(self.name)}.0"
        self.assertIn(target, run("ip", "link", "show", "master", "xenbr"))
        if self.is_ours():  # libvirt's driver does not know the name of what was attached
            self.assertRegex(self.virsh("domiflist", self.name), rf"{target} +{kind} +{source}")
            self.inside(console, "ifconfig eth0 10.9.9.2 up; ping -c 2 -W 1 10.9.9.1 | tail -n 1")
            wait_for(
                "what was sent",
                lambda: re.search(r"tx_packets [1-9]", self.virsh("domifstat", self.name, target)),
            )
        self.virsh("detach-interface", self.name, kind, "--mac", mac, "--live")
        self.await_inside(console, "ls /sys/class/net", lambda told: "eth0" not in told)
        self.assertFalse((Path("/sys/class/net") / target).exists())

    def interrupt(self, console):
        count = "sed -n 's/^ *NMI: *\\([0-9]*\\).*/\\1/p' /proc/interrupts"
        before = int(self.inside(console, count))
        self.virsh("inject-nmi", self.name)
        self.await_inside(console, count, lambda told: int(told) > before)

    def shut_down(self, console):
        self.virsh("shutdown", self.name)
        console.expect("reeve-guest: going down", 60)
        self.await_state(self.name, "shut off")
        self.expect_nothing_left()


class Pv(Changes):
    def test_changes(self):
        console = self.boot_kind("linux", "pv")
        self.change_memory(console)
        self.change_most_memory()
        if self.is_ours():  # libvirt's driver gives a guest no more than the host has
            self.add_vcpu(console)
            self.remove_vcpu(console)
        self.change_share()

        core = self.daemon.root / "core"
        self.virsh("dump", "pv", core)
        self.expect_core(core, 100 << 20)
        self.assertEqual(self.state("pv"), "running")
        with self.assertRaisesRegex(Failed, "PV guest cannot be reset|not supported"):
            self.virsh("reset", "pv")

        self.change_block_device(console)
        self.change_file(console)
        if self.is_ours():
            self.change_volume(console)
        self.change_interfaces(console, on_network=self.is_ours())
        self.virsh("destroy", "pv")
        self.expect_nothing_left()


class Pvh(Changes):
    def test_changes(self):
        self.need_paging()
        self.need_ours("of libvirt's driver PV guests are enough")
        console = self.boot_kind("xenpvh", "pvh")
        self.change_memory(console)
        self.add_vcpu(console)
        self.remove_vcpu(console)
        self.change_share()
        self.change_block_device(console)
        self.change_file(console)
        self.change_interfaces(console)
        self.shut_down(console)


class Hvm(Changes):
    def test_changes(self):
        self.need_paging()
        self.need_ours("libvirt's driver says that an HVM guest lost a vCPU")
        console = self.boot_kind("hvm", "hvm")
        self.change_memory(console)
        self.add_vcpu(console)
        with self.assertRaisesRegex(Failed, "cannot lose vCPUs"):
            self.virsh("setvcpus", "hvm", "1", "--live")
        self.change_share()
        self.change_file(console)
        self.change_interfaces(console)
        self.interrupt(console)

        # As it is now: with less memory, and a vCPU more.
        self.tell(console)
        console.close()
        self.expect_saved("hvm")
        console = self.console("hvm")
        console.connected()
        self.assertEqual(self.inside(console, f"cat {CPUS}/online"), "0-1")
        self.shut_down(console)


if __name__ == "__main__":
    unittest.main()
