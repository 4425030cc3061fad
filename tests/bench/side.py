# SPDX-License-Identifier: LGPL-2.1-or-later
"""One of the daemons that are compared: what is asked of it, and what it costs."""

import json
import os
import signal
import socket
import statistics
import subprocess
import time
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from harness.daemon import BUILD
from harness.guest import tiny_xml
from harness.process import gone, processes_with, run, wait_for

RPC_LOAD = BUILD / "tests/bench/rpc-load"
XML_SPEED = BUILD / "tests/bench/xml-speed"
TYPICAL = Path(__file__).resolve().parent / "typical.xml"
TICKS = os.sysconf("SC_CLK_TCK")


def full_xml(name, uuid, folder, virt):
    """A domain with one of everything that people have: what is defined, listed and asked for."""
    disks = "".join(
        f"""<disk type='file' device='disk'><driver name='qemu' type='raw'/>
      <source file='{folder}/{target}.img'/><target dev='{target}' bus='virtio'/></disk>\n    """
        for target in ("vda", "vdb")
    )
    nics = "<interface type='user'><model type='virtio'/></interface>\n    " * 2
    return tiny_xml(
        name,
        uuid=uuid,
        virt=virt,
        memory_mib=512,
        devices=f"""
    {disks}{nics}<serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>
    <video><model type='vga' vram='16384'/></video>
  """,
    )


class Unanswered(Exception):
    """Calls failed or were not answered: there is no figure."""


class Side:
    def __init__(self, daemon, scheme="qemu"):
        self.daemon = daemon
        self.name = daemon.name
        self.scheme = scheme
        self.template = daemon.root / "template.xml"
        self.template.write_text(full_xml("@NAME@", "@UUID@", daemon.root, scheme))
        self.guests = {}

    def command(self, call, domain=None, clients=1, calls=0, seconds=0.0, prefix="load", wait=60):
        uri = "test:///default" if self.scheme == "test" else "qemu:///system"
        command = [RPC_LOAD, "-s", self.daemon.socket, "-u", uri, "-c", clients]
        command += ["-x", self.template, "-p", prefix, "-g", wait, call]
        if domain:
            command += ["-d", domain]
        if calls:
            command += ["-n", calls]
        if seconds:
            command += ["-t", seconds]
        return [str(word) for word in command]

    def result(self, text, failures=False):
        answer = json.loads(text)
        if not failures and (not answer["calls"] or answer["failed"] or answer["unanswered"]):
            raise Unanswered(
                f"{self.name}: {answer['call']}: {answer['failed']} of {answer['calls']} failed,"
                f" {answer['unanswered']} not answered: {answer['error']}"
            )
        return answer

    def xml_speed(self, rounds):
        driver = "test" if self.scheme == "test" else "kvm"
        return json.loads(run(str(XML_SPEED), driver, str(TYPICAL), str(rounds)))

    def load(self, call, *domain, **how):
        """Makes calls with rpc-load; returns what it says."""
        made = run(*self.command(call, *domain, **how), ok=False, seconds=600)
        if made.returncode != 0:
            raise Unanswered(f"{self.name}: {made.stderr.strip()}")
        return self.result(made.stdout)

    def begin_load(self, call, *domain, **how):
        command = self.command(call, *domain, **how)
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end_load(self, process, failures=False):
        out, error = process.communicate(timeout=300)
        if process.returncode != 0:
            raise Unanswered(f"{self.name}: {error.strip()}")
        return self.result(out, failures)

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.daemon.pid()}/stat").read_text(encoding="ascii")
        user, system = fields.rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / TICKS

    def memory_mib(self):
        """Resident, and anonymous: what is the daemon's alone."""
        rows = {}
        for line in Path(f"/proc/{self.daemon.pid()}/smaps_rollup").read_text().splitlines()[1:]:
            name, value = line.split(":")
            rows[name] = int(value.split()[0]) / 1024
        return rows["Rss"], rows["Anonymous"]

    def define(self, name, xml):
        path = self.daemon.root / f"{name}.xml"
        path.write_text(xml)
        self.daemon.virsh("define", path, scheme=self.scheme)

    def define_tiny(self, name):
        uuid = str(uuid5(NAMESPACE_OID, f"{self.daemon.root}/{name}"))
        self.guests[name] = uuid
        self.define(name, tiny_xml(name, uuid=uuid))

    def start(self, name):
        """Milliseconds until the start was answered."""
        return self.load("start", name, calls=1)["p50_us"] / 1000

    def destroy(self, name):
        pid = self.qemu(name)
        took = self.load("destroy", name, calls=1)["p50_us"] / 1000
        wait_for(f"end of {name}", lambda: gone(pid), 20)
        return took

    def qemu(self, name):
        (pid,) = [
            pid
            for pid in processes_with(self.guests[name])
            if Path(f"/proc/{pid}/comm").read_text(encoding="ascii").startswith("qemu")
        ]
        return pid

    def stop_qemu(self, name):
        os.kill(self.qemu(name), signal.SIGSTOP)

    def restart_to_list(self, wanted):
        """Seconds from the signal to the first list that holds all domains."""
        began = time.monotonic()
        self.daemon.restart()
        while True:
            try:
                if self.load("list", calls=1)["bytes"] >= wanted * 32:
                    return time.monotonic() - began
            except Unanswered:
                pass
            if time.monotonic() - began > 120:
                raise Unanswered(f"{self.name}: no full list within 120 s of a restart")


def bare_qemu_ms(folder):
    """A small QEMU alone: from its spawn with -S to the answer to cont."""
    ours, its = socket.socketpair()
    command = f"qemu-system-x86_64 -S -accel tcg -machine pc -m 16 -nodefaults -display none"
    command += f" -no-user-config -chardev socket,id=m,fd={its.fileno()} -mon chardev=m,mode=control"
    began = time.monotonic()
    process = subprocess.Popen(command.split(), pass_fds=[its.fileno()], cwd=folder)
    its.close()
    with ours, ours.makefile("rw") as monitor:
        monitor.readline()
        for name in ("qmp_capabilities", "cont"):
            monitor.write(json.dumps({"execute": name}))
            monitor.flush()
            while '"return"' not in monitor.readline():
                pass
        took = time.monotonic() - began
    process.kill()
    process.wait()
    return took * 1000


def bare_cycle_ms(folder, times):
    """What no daemon can do without for a define, a read of the XML and an undefine: three round
    trips, and two writes that are on the disk before they are answered."""
    ours, its = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            serve_writes(its, folder / "bare-cycle", ours)
        finally:
            os._exit(0)
    its.close()
    took = []
    with ours:
        for _ in range(times):
            began = time.monotonic()
            for asked in (20 << 10, 0, 12 << 10):
                ours.send(asked.to_bytes(4, "big"))
                ours.recv(1)
            took.append((time.monotonic() - began) * 1000)
    os.waitpid(child, 0)
    return statistics.median(took)


def serve_writes(ours, path, other):
    """Writes as many bytes as it is asked for, over and over into one file that is there already."""
    other.close()
    zeros = bytes(1 << 20)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(fd, zeros)
    os.fsync(fd)
    at = 0
    while asked := ours.recv(4):
        if n := int.from_bytes(asked, "big"):
            at = at + n if at + 2 * n < len(zeros) else 0
            os.pwrite(fd, zeros[:n], at)
            os.fdatasync(fd)
        ours.send(b"k")


def median(values):
    return statistics.median(values) if values else None
