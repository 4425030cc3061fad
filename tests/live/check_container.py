# SPDX-License-Identifier: LGPL-2.1-or-later
"""Containers of a busybox under the daemon, driven by an unmodified virsh."""

import os
import signal
import time
import unittest
from pathlib import Path

from harness.container import READY, Containers, Host, container_xml
from harness.daemon import Libvirtd, daemon_class
from harness.guest import Console
from harness.process import gone, processes_with, wait_for

class Life(Containers):
    """What libvirt's own driver does as well."""

    def make_daemon(self):
        return daemon_class()()

    def test_console_and_destroy(self):
        console = self.begin()
        self.assertEqual(self.state(), "running")
        self.assertIn("LXC", self.virsh("version"))
        console.type("echo $((6 * 7))-answer\r")
        console.expect("42-answer")
        self.virsh("destroy", "box")
        self.assertEqual(self.reason(), "shut off (destroyed)")

    def test_pause(self):
        console = self.begin()
        self.virsh("suspend", "box")
        self.assertEqual(self.state(), "paused")
        console.type("echo $((6 * 7))-answer\r")
        self.virsh("resume", "box")
        console.expect("42-answer")
        self.assertEqual(self.state(), "running")

    def test_no_domain_capabilities(self):
        """Whoever asks for them is told that there are none, and no more happens."""
        told = self.virsh("domcapabilities", ok=False).stderr
        self.assertIn("not supported by the connection driver", told)
        self.assertIn("<domain type='lxc'", self.virsh("capabilities"))

    def test_end_by_itself(self):
        console = self.begin()
        console.type("exit 0\r")
        wait_for("shut off", lambda: self.state() == "shut off")


class Own(Containers, Host):
    """What is ours: how containers are kept apart, and what becomes of them without a daemon."""

    def test_adopted_after_kill(self):
        console = self.begin()
        self.ask(console, "kept=yes")
        self.daemon.restart(signal.SIGKILL)
        wait_for("running", lambda: self.state() == "running")
        console = self.console()
        console.type("echo still-$kept\r")
        console.expect("still-yes")
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])

    def test_ended_while_no_daemon_ran(self):
        console = self.begin()
        self.daemon.end(signal.SIGKILL)
        pid = int(next(self.folder().glob("*-*/pid")).read_text(encoding="ascii"))
        os.kill(pid, signal.SIGKILL)
        console.close()
        self.daemon.start()
        wait_for("shut off", lambda: self.state() == "shut off")
        wait_for("clean", lambda: not self.left_over())

    def test_nothing_is_run_while_it_is_paused(self):
        self.begin()
        self.virsh("suspend", "box")
        told = self.daemon.reeve("exec", "box", "true", scheme="lxc", ok=False).stderr
        self.assertIn("the container 'box' is paused", told)
        self.assertIn("reeve resume box", told)
        self.virsh("resume", "box")
        self.daemon.reeve("exec", "box", "true", scheme="lxc")

    def test_two_consoles(self):
        console = self.begin(devices="<console type='pty'/>")
        self.ask(console, "echo hello-$((1 + 1)) > /dev/tty2")
        other = Console("virsh", "-c", self.daemon.uri("lxc"), "console", "box", "--devname",
                        "console1")
        self.addCleanup(other.close)
        other.expect("hello-2")
        console.type("read answer < /dev/tty2; echo got-$answer\r")
        other.type("blue\r")
        console.expect("got-blue")

    def test_users(self):
        (self.root / "root/host-file").write_text("x")
        console = self.begin()
        self.assertEqual(self.ask(console, "id -u"), "0")
        self.assertEqual(self.ask(console, "cat /proc/self/uid_map").split()[2], "65536")
        self.assertEqual(self.ask(console, "ls -n /root/host-file").split()[2], "0")
        self.ask(console, "touch /root/made")
        self.assertEqual((self.root / "root/made").stat().st_uid, 0)
        pid = int(next(self.folder().glob("*-*/pid")).read_text(encoding="ascii"))
        self.assertGreater(Path(f"/proc/{pid}").stat().st_uid, 65535)

    def test_enter_namespace(self):
        console = self.begin()
        told = self.virsh("lxc-enter-namespace", "box", "/bin/sh", "-c",
                          "cat /proc/self/uid_map; readlink /proc/self/ns/mnt; "
                          "ip link")
        self.assertEqual(told.split()[2], "65536")
        self.assertIn(self.ask(console, "readlink /proc/self/ns/mnt"), told)
        self.assertIn("LOOPBACK", told)
        self.virsh("destroy", "box")
        self.assertNotEqual(self.virsh("lxc-enter-namespace", "box", "/bin/true",
                                       ok=False).returncode, 0)

    def test_shutdown(self):
        console = self.begin()
        self.virsh("shutdown", "box")
        console.expect("reeve-container: going down")
        wait_for("shut off", lambda: self.reason() == "shut off (shutdown)")

    def test_last_words(self):
        """What a program prints just before its end is in the log, and be the reader late."""
        say = "trap 'seq 2050; echo last-$((6 * 7))-words; exit' USR2; echo " + READY
        self.begin(init=f"<init>/bin/sh</init><initarg>-c</initarg><initarg>{say}; "
                        "while :; do sleep 0.1; done</initarg>")
        (holder,) = [pid for pid in processes_with(str(self.daemon.root))
                     if "console-holder" in Path(f"/proc/{pid}/cmdline").read_text()]
        first = int(self.virsh("domid", "box"))
        os.kill(holder, signal.SIGSTOP)
        os.kill(first, signal.SIGUSR2)
        wait_for("its end", lambda: gone(first))
        os.kill(holder, signal.SIGCONT)
        wait_for("clean", lambda: not self.left_over())
        log = self.daemon.root / "var/log/reeve/guests/box.log"
        self.assertIn("last-42-words", log.read_text(errors="replace"))

    def test_send_process_signal(self):
        console = self.begin()
        told = self.daemon.reeve("send-process-signal", "box", "1", "sigwhatever", scheme="lxc",
                                 ok=False).stderr
        self.assertIn("there is no signal 'sigwhatever'", told)
        self.daemon.reeve("send-process-signal", "box", "1", "usr2", scheme="lxc")
        console.expect("reeve-container: going down")
        wait_for("shut off", lambda: self.state() == "shut off")

    def test_reboot_from_inside(self):
        console = self.begin()
        before = self.virsh("domid", "box")
        console.type("exec reboot -f\r")
        wait_for("another id", lambda: self.virsh("domid", "box").strip() not in ("-", before.strip()))
        self.console().expect(READY)
        self.virsh("destroy", "box")
        self.assertEqual(self.left_over(), [])

    def test_power_off_from_inside(self):
        console = self.begin()
        console.type("exec poweroff -f\r")
        wait_for("shut off", lambda: self.reason() == "shut off (shutdown)")

    def test_crash(self):
        console = self.begin()
        console.type("exec sh -c 'sleep 1000'\r")
        pid = int(next(self.folder().glob("*-*/pid")).read_text(encoding="ascii"))
        os.kill(pid, signal.SIGSEGV)
        os.kill(pid, signal.SIGKILL)
        wait_for("crashed", lambda: self.reason() == "shut off (crashed)")
        wait_for("clean", lambda: not self.left_over())

    def test_first_program(self):
        init = (
            "<init>/bin/sh</init><initarg>-c</initarg>"
            "<initarg>echo reeve-container: ready; id; pwd; env; exec sleep 1000</initarg>"
            "<initenv name='COLOUR'>blue</initenv><initdir>/var</initdir>"
            "<inituser>tester</inituser><cmdline>quiet vga=7</cmdline>"
        )
        console = self.begin(init=init)
        told = console.expect("LIBVIRT_LXC_NAME=box")
        told += console.expect("COLOUR=blue")
        told += console.expect("LIBVIRT_LXC_CMDLINE=quiet vga=7")
        self.assertIn("uid=1000(tester) gid=1001(testers)", told)
        self.assertIn("/var\r\n", told)

    def test_faults_are_explained(self):
        rows = (
            ("<init>/bin/test-init</init>", "/nowhere", "/nowhere"),
            ("<init>/bin/nothing</init>", self.root, "/bin/nothing"),
            ("<init>/bin/sh</init><inituser>nobody-here</inituser>", self.root, "nobody-here"),
            ("<init>/bin/sh</init>", "/", "the host's own root"),
        )
        for init, root, words in rows:
            with self.subTest(words):
                path = self.daemon.root / "bad.xml"
                path.write_text(container_xml("bad", root, init=init))
                self.virsh("define", path)
                result = self.virsh("start", "bad", ok=False)
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(words, result.stderr)
                self.assertEqual(self.left_over(), [])
                self.virsh("undefine", "bad")


class Limits(Containers, Host):
    """Each limit is seen to bite."""

    def numbers(self, *groups):
        rows = self.virsh("domstats", *groups, "box").splitlines()[1:]
        return dict(row.strip().split("=", 1) for row in rows if "=" in row)

    def test_memory(self):
        console = self.begin(memory=32, devices="<filesystem type='ram'><source usage='65536'/>"
                             "<target dir='/ram'/></filesystem>",
                             more="<memtune><swap_hard_limit unit='MiB'>32</swap_hard_limit></memtune>")
        told = self.ask(console, "dd if=/dev/zero of=/ram/x bs=1M count=60 || echo killed-$?")
        self.assertIn("killed-137", told)
        self.assertEqual(self.state(), "running")

    def test_cpu(self):
        """Changed while it runs: of each period in which it was stopped it has had a fifth."""
        console = self.begin(more="<cputune><shares>20480</shares></cputune>")
        self.virsh("schedinfo", "box", "vcpu_period=100000", "vcpu_quota=20000")
        before = self.cpu(console)
        self.ask(console, "timeout 4 sh -c 'while :; do :; done'")
        after = self.cpu(console)
        used, wall, throttled = (b - a for a, b in zip(before, after))
        self.assertLess(used / wall, 0.21)
        self.assertGreater(throttled, 10)
        self.assertGreater(used / 1e9, throttled * 0.02 * 0.95)

    def cpu(self, console):
        """CPU time and time in ns, and in how many periods it was stopped: as it is told itself."""
        text = self.ask(console, "cd /sys/fs/cgroup; cat cpuacct/cpuacct.usage cpu/cpu.stat cpu.stat "
                        "2>/dev/null; cat /proc/uptime; cd /")
        words = text.split()
        keys = dict(zip(words, words[1:]))
        used = int(keys["usage_usec"]) * 1000 if "usage_usec" in keys else int(words[0])
        return used, float(words[-2]) * 1e9, int(keys["nr_throttled"])

    def test_processes(self):
        limit = ("/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max")
        console = self.begin()
        self.assertEqual(self.ask(console, f"cat {' '.join(limit)} 2>/dev/null"), "8192")
        self.virsh("destroy", "box")
        self.virsh("undefine", "box")
        console = self.begin(more="<reeve:run xmlns:reeve='urn:reeve:container' processes='20'/>")
        many = "for i in $(seq 40); do sleep 60 & done; echo all-$((2 + 3))"
        told = self.ask(console, f"sh -c '{many}' 2>&1")
        self.assertIn("can't fork", told)
        self.assertNotIn("all-5", told)
        self.assertEqual(self.state(), "running")

    def test_block_device(self):
        """Of the disk below its root, 4 MiB at 2 MiB each second."""
        number = os.stat(self.root).st_dev
        name = os.path.realpath(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
        if not os.path.exists(f"{name}/queue"):
            self.skipTest(f"{self.root} is on no disk of its own")
        device = f"/dev/{os.path.basename(name)}"
        (self.root / "data").write_bytes(os.urandom(4 << 20))
        os.sync()
        console = self.begin()
        read = "dd if=/data of=/dev/null bs=64k iflag=direct 2>&1"
        self.virsh("blkiotune", "box", "--device-read-bytes-sec", f"{device},{2 << 20}")
        began = time.monotonic()
        self.assertIn("64+0 records in", self.ask(console, read))
        self.assertGreater(time.monotonic() - began, 1.7)
        wait_for("bytes", lambda: int(self.numbers("--block").get("block.0.rd.bytes", 0)) >= 4 << 20)
        told = self.numbers("--block")
        self.assertEqual(told["block.0.name"], os.path.basename(device))
        self.assertNotIn("block.0.fl.reqs", told)
        self.assertIn("rd_bytes", self.virsh("domblkstat", "box", told["block.0.name"]))

    def test_numbers(self):
        console = self.begin()
        self.ask(console, "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done")
        wait_for("CPU time", lambda: int(self.numbers("--cpu-total").get("cpu.time", 0)) > 5e7)
        self.assertGreater(int(self.numbers("--balloon")["balloon.rss"]), 100)
        self.assertIn("cpu_time", self.virsh("cpu-stats", "box", "--total"))
        self.assertIn("rss", self.virsh("dommemstat", "box"))


class Runc(Own):
    """The same by the other runtime."""

    conf = "container_runtime = runc"


if os.environ.get("REEVE_TEST_LIBVIRTD"):
    assert daemon_class() is Libvirtd
    del Limits, Own, Runc


if __name__ == "__main__":
    unittest.main()
