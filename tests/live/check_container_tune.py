# SPDX-License-Identifier: LGPL-2.1-or-later
"""Limits of containers that are changed while they run, or for their next start, by an unmodified
virsh: what libvirt's own driver does, and what is ours."""

import os
import re
import signal
import unittest
from pathlib import Path

from harness.container import Containers, Host
from harness.daemon import Libvirtd, daemon_class
from harness.process import run, wait_for

UNLIMITED = "unlimited"


def values(text):
    """The rows "name : value" that virsh prints."""
    return dict(re.findall(r"^(\w+) *: ?(.*)$", text, re.M))


class Tuned(Containers):
    def ask_virsh(self, command, *more):
        return values(self.virsh(command, "box", *more))

    def xml(self, *more):
        return self.virsh("dumpxml", "box", *more)


class Tune(Tuned):
    """What libvirt's own driver does as well."""

    def make_daemon(self):
        return daemon_class()()

    def test_memory_parameters(self):
        self.begin()
        self.virsh("memtune", "box", "--hard-limit", "48M", "--swap-hard-limit", "96M", "--live")
        self.virsh("memtune", "box", "--soft-limit", "32M", "--live", "--config")
        told = self.ask_virsh("memtune")
        self.assertEqual(told["hard_limit"], "49152")
        self.assertEqual(told["soft_limit"], "32768")
        self.assertEqual(told["swap_hard_limit"], "98304")
        told = self.ask_virsh("memtune", "--config")
        self.assertEqual(told["hard_limit"], UNLIMITED)
        self.assertEqual(told["soft_limit"], "32768")
        self.assertIn("<hard_limit unit='KiB'>49152</hard_limit>", self.xml())
        self.assertNotIn("<hard_limit", self.xml("--inactive"))
        self.assertIn("<soft_limit unit='KiB'>32768</soft_limit>", self.xml("--inactive"))

    def test_swap_is_no_less_than_memory(self):
        self.define()
        self.virsh("memtune", "box", "--hard-limit", "48M", "--config")
        failed = self.virsh("memtune", "box", "--swap-hard-limit", "20M", "--config", ok=False)
        self.assertIn("lower than or equal to swap_hard_limit", failed.stderr)

    def test_memory(self):
        self.begin()
        self.virsh("setmem", "box", "40M", "--live")
        self.assertIn("<currentMemory unit='KiB'>40960</currentMemory>", self.xml())
        self.assertIn("<currentMemory unit='KiB'>65536</currentMemory>", self.xml("--inactive"))
        self.assertNotEqual(self.virsh("setmem", "box", "100M", "--live", ok=False).returncode, 0)
        failed = self.virsh("setmaxmem", "box", "100M", "--live", ok=False)
        self.assertNotEqual(failed.returncode, 0)
        self.virsh("setmaxmem", "box", "100M", "--config")
        self.assertIn("<memory unit='KiB'>102400</memory>", self.xml("--inactive"))
        self.assertIn("<memory unit='KiB'>65536</memory>", self.xml())

    def test_scheduler(self):
        self.begin()
        told = self.ask_virsh("schedinfo")
        self.assertEqual(told["Scheduler"], "posix")
        self.assertEqual((told["cpu_shares"], told["vcpu_period"], told["vcpu_quota"]),
                         ("1024", "100000", "-1"))
        self.virsh("schedinfo", "box", "--live", "cpu_shares=2048", "vcpu_quota=30000",
                   "vcpu_period=50000")
        told = self.ask_virsh("schedinfo", "--live")
        self.assertEqual((told["cpu_shares"], told["vcpu_period"], told["vcpu_quota"]),
                         ("2048", "50000", "30000"))
        told = self.ask_virsh("schedinfo", "--config")
        self.assertEqual((told["cpu_shares"], told["vcpu_period"], told["vcpu_quota"]),
                         ("0", "0", "0"))
        self.virsh("schedinfo", "box", "--config", "cpu_shares=512")
        self.assertIn("<shares>512</shares>", self.xml("--inactive"))
        self.assertIn("<shares>2048</shares>", self.xml())

    def test_not_running(self):
        self.define()
        # Not schedinfo: libvirtd 9.0.0 dies of it.
        for command in (("memtune", "box", "--hard-limit", "48M"), ("setmem", "box", "32M"),
                        ("blkiotune", "box", "--weight", "300")):
            failed = self.virsh(*command, "--live", ok=False)
            self.assertIn("domain is not running", failed.stderr)

    def test_block_devices(self):
        self.define()
        self.virsh("blkiotune", "box", "--config", "--device-read-bytes-sec", "/dev/loop0,1048576",
                   "--device-write-iops-sec", "/dev/loop0,50", "--weight", "300")
        told = self.ask_virsh("blkiotune", "--config")
        self.assertEqual(told["weight"], "300")
        self.assertEqual(told["device_read_bytes_sec"], "/dev/loop0,1048576")
        self.assertEqual(told["device_write_iops_sec"], "/dev/loop0,50")
        self.virsh("blkiotune", "box", "--config", "--device-read-bytes-sec", "/dev/loop0,0",
                   "--device-write-iops-sec", "/dev/loop0,0")
        self.assertNotIn("<device>", self.xml())


class Own(Tuned, Host):
    """What its cgroup then has, and what libvirt's driver does not do."""

    def cgroup(self, v1, v2):
        """A file of its cgroup, whichever version there is."""
        (name,) = [p.name for p in self.folder().glob("*-*-*")]
        for path in Path("/sys/fs/cgroup").glob(f"**/reeve/{name}*"):
            for file in (v1, v2):
                if (path / file).is_file():
                    return (path / file).read_text(encoding="ascii").strip()
        raise AssertionError(f"neither {v1} nor {v2}")

    def memory(self):
        return self.cgroup("memory.limit_in_bytes", "memory.max")

    def test_memory(self):
        self.begin()
        self.assertEqual(self.memory(), str(64 << 20))
        self.virsh("setmem", "box", "40M")
        self.assertEqual(self.memory(), str(40 << 20))
        self.virsh("setmem", "box", "64M")
        self.assertEqual(self.memory(), str(64 << 20))
        self.virsh("memtune", "box", "--hard-limit", "128M", "--swap-hard-limit", "128M")
        self.assertEqual(self.memory(), str(128 << 20))
        self.assertIn(self.cgroup("memory.memsw.limit_in_bytes", "memory.swap.max"),
                      (str(128 << 20), "0"))
        self.virsh("memtune", "box", "--hard-limit", "32M", "--swap-hard-limit", "48M")
        self.assertEqual(self.memory(), str(32 << 20))
        self.virsh("memtune", "box", "--hard-limit", "64M", "--swap-hard-limit", "-1")
        self.assertEqual(self.memory(), str(64 << 20))

    def test_kept_by_another_daemon(self):
        self.begin()
        self.virsh("memtune", "box", "--hard-limit", "48M")
        self.virsh("schedinfo", "box", "vcpu_quota=20000")
        self.daemon.restart()
        self.assertEqual(self.ask_virsh("memtune")["hard_limit"], "49152")
        self.assertEqual(self.ask_virsh("schedinfo")["vcpu_quota"], "20000")

    def test_scheduler(self):
        self.begin()
        self.virsh("schedinfo", "box", "cpu_shares=2048", "vcpu_quota=30000", "vcpu_period=50000")
        self.assertIn(self.cgroup("cpu.shares", "cpu.weight"), ("2048", "200"))
        self.assertIn(self.cgroup("cpu.cfs_quota_us", "cpu.max"), ("30000", "30000 50000"))
        self.virsh("schedinfo", "box", "vcpu_quota=-1")
        self.assertIn(self.cgroup("cpu.cfs_quota_us", "cpu.max"), ("-1", "max 50000"))

    def test_nodes(self):
        self.begin()
        self.virsh("numatune", "box", "--nodeset", "0")
        self.assertEqual(self.cgroup("cpuset.mems", "cpuset.mems"), "0")
        self.assertEqual(self.ask_virsh("numatune")["numa_nodeset"], "0")
        failed = self.virsh("numatune", "box", "--nodeset", "200", ok=False)
        self.assertIn("cpuset.mems", failed.stderr)
        self.assertEqual(self.ask_virsh("numatune")["numa_nodeset"], "0")
        self.virsh("numatune", "box", "--nodeset", "0", "--mode", "strict", "--config")
        self.virsh("destroy", "box")
        self.virsh("start", "box")

    def test_unknown_parameters(self):
        """libvirtd 9.0.0 dies when it is asked of a domain that is off."""
        self.define()
        failed = self.virsh("schedinfo", "box", "--config", "emulator_quota=5000", ok=False)
        self.assertNotEqual(failed.returncode, 0)

    def test_failure_changes_nothing(self):
        self.begin()
        failed = self.virsh("blkiotune", "box", "--device-read-bytes-sec",
                            "/dev/null,1000,/dev/nowhere,1000", ok=False)
        self.assertNotEqual(failed.returncode, 0)
        self.assertNotIn("<blkiotune>", self.xml())
        failed = self.virsh("memtune", "box", "--hard-limit", "0", ok=False)
        self.assertIn("leaves no memory", failed.stderr)

    def test_block_device(self):
        disk = self.daemon.root / "disk.img"
        with open(disk, "wb") as file:
            file.truncate(16 << 20)
        device = run("losetup", "--show", "--find", "--direct-io=off", disk).strip()
        self.addCleanup(run, "losetup", "--detach", device)
        number = os.stat(device).st_rdev
        number = f"{os.major(number)}:{os.minor(number)}"
        self.begin()
        self.virsh("blkiotune", "box", "--device-read-bytes-sec", f"{device},4194304",
                   "--device-write-iops-sec", f"{device},100")
        self.assertIn(self.cgroup("blkio.throttle.read_bps_device", "io.max"),
                      (f"{number} 4194304", f"{number} rbps=4194304 wbps=max riops=max wiops=100"))
        self.virsh("blkiotune", "box", "--device-read-bytes-sec", f"{device},0")
        self.assertNotIn("4194304", self.cgroup("blkio.throttle.read_bps_device", "io.max"))


if os.environ.get("REEVE_TEST_LIBVIRTD"):
    assert daemon_class() is Libvirtd
    del Own


class Partition(Tuned, Host):
    """<resource><partition>, by libvirt's rule for its cgroup."""

    name = f"rv{os.getpid()}"
    more = f"<resource><partition>/{name}/web</partition></resource>"

    def mounts(self):
        """Where the hierarchies of controllers are mounted."""
        for line in Path("/proc/self/mountinfo").read_text(encoding="ascii").splitlines():
            fields, _, kind = line.partition(" - ")
            if kind.startswith("cgroup2") and Path(fields.split()[4], "memory.stat").exists() or (
                    kind.startswith("cgroup ") and "name=" not in kind):
                yield Path(fields.split()[4])

    def make(self):
        for mount in self.mounts():
            (mount / f"{self.name}.partition/web.partition").mkdir(parents=True)
        self.addCleanup(self.remove)

    def remove(self):
        for folder in Path("/sys/fs/cgroup").glob(f"**/{self.name}.partition"):
            (folder / "web.partition").rmdir()
            folder.rmdir()

    def cgroups(self):
        pid = self.virsh("domid", "box").strip()
        return Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines()

    def test_partition(self):
        self.make()
        self.begin(more=self.more)
        place = f"/{self.name}.partition/web.partition/{self.virsh('domuuid', 'box').strip()}-"
        in_it = [line for line in self.cgroups() if line.split(":", 2)[2].startswith(place)]
        self.assertGreaterEqual(len(in_it), len(list(self.mounts())))
        self.assertIn("<partition>/" + self.name, self.xml())
        self.virsh("memtune", "box", "--hard-limit", "48M", "--live")
        limits = [p for p in Path("/sys/fs/cgroup").glob(f"**{place}*/memory.*")
                  if p.name in ("memory.max", "memory.limit_in_bytes")]
        self.assertEqual([p.read_text(encoding="ascii").strip() for p in limits], [str(48 << 20)])
        self.virsh("suspend", "box")
        self.daemon.restart(signal.SIGKILL)
        wait_for("found again", lambda: self.state() == "paused")
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])
        self.assertEqual(list(Path("/sys/fs/cgroup").glob(f"**{place}*")), [])

    def test_missing(self):
        self.define(more=self.more)
        result = self.daemon.reeve("start", "box", ok=False)
        self.assertIn("mkdir -p", result.stderr)
        self.assertIn(f"/{self.name}.partition/web.partition", result.stderr)
        self.virsh("undefine", "box")
        self.define(more=self.more.replace(">/", ">"))
        self.assertIn("must begin with '/'", self.virsh("start", "box", ok=False).stderr)
        self.assertEqual(self.left_over(), [])

    def test_default_of_libvirt(self):
        self.begin(more="<resource><partition>/machine</partition></resource>")
        self.assertIn(f"/machine/{self.virsh('domuuid', 'box').strip()}", "".join(self.cgroups()))


class RuncPartition(Partition):
    conf = "container_runtime = runc"


if __name__ == "__main__":
    unittest.main()
