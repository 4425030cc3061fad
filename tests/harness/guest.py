# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest that tests run: its image, its XML, and its console through an unmodified virsh."""

import functools
import os
import pty
import select
import signal
import subprocess
import termios
import time
import unittest
from pathlib import Path
from uuid import uuid4

from harness.process import Late, run, wait_for

IMAGE = Path(__file__).resolve().parents[1] / "live/guest-image"
READY = "reeve-guest: ready"


@functools.cache
def image():
    """Folder with vmlinuz and initrd. Skips the test where they cannot be made."""
    result = run(IMAGE, ok=False, seconds=600)
    if result.returncode != 0:
        raise unittest.SkipTest("no guest image: " + result.stderr.strip().split("\n")[-1])
    return Path(result.stdout.strip())


def linux_xml(name, virt="qemu", memory_mib=128, devices="", append="", uuid=None, cpu=""):
    """A guest that boots the image, with a serial console."""
    folder = image()
    return f"""<domain type='{virt}'>
  <name>{name}</name>
  <uuid>{uuid or uuid4()}</uuid>
  <memory unit='MiB'>{memory_mib}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>{folder}/vmlinuz</kernel>
    <initrd>{folder}/initrd</initrd>
    <cmdline>console=ttyS0 quiet {append}</cmdline>
  </os>
  <features><acpi/></features>
  {cpu}
  <devices>
    <serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>
    {devices}
  </devices>
</domain>
"""


def xen_xml(name, kind="linux", memory_mib=128, devices="", append="", uuid=None):
    """The same under Xen: kind is linux (PV), xenpvh or hvm."""
    folder = image()
    full = kind == "hvm"
    serial = """<serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>"""
    return f"""<domain type='xen'>
  <name>{name}</name>
  <uuid>{uuid or uuid4()}</uuid>
  <memory unit='MiB'>{memory_mib}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64'>{kind}</type>
    <kernel>{folder}/vmlinuz</kernel>
    <initrd>{folder}/initrd</initrd>
    <cmdline>console={"ttyS0" if full else "hvc0"} quiet {append}</cmdline>
  </os>
  {"<features><acpi/><apic/></features>" if full else ""}
  <devices>
    {serial if full else ""}
    {devices}
  </devices>
</domain>
"""


def tiny_xml(name, virt="qemu", memory_mib=16, devices="", uuid=None):
    """A guest without anything to boot: it starts fast and needs no image."""
    return f"""<domain type='{virt}'>
  <name>{name}</name>
  <uuid>{uuid or uuid4()}</uuid>
  <memory unit='MiB'>{memory_mib}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>{devices}</devices>
</domain>
"""


class Console:
    """A client's console command on a terminal of its own, for example `virsh console NAME`."""

    def __init__(self, *command):
        self.text = ""
        self.process, self.terminal = None, None
        master, slave = pty.openpty()
        self.terminal = master
        self.process = subprocess.Popen(
            [str(c) for c in command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "LC_ALL": "C", "TERM": "dumb"},
        )
        os.close(slave)

    def expect(self, wanted, seconds=60.0):
        """Reads until `wanted` was seen; what follows it is kept for the next call."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            rest = deadline - time.monotonic()
            if rest <= 0 or not self.more(rest):
                raise Late(f"console: no {wanted!r} within {seconds:g} s in {self.text!r}")
        before, _, self.text = self.text.partition(wanted)
        return before

    def more(self, seconds):
        """Reads what there is. False when the client has ended."""
        readable, _, _ = select.select([self.terminal], [], [], seconds)
        if not readable:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.text += data.decode(errors="replace")
        return bool(data)

    def connected(self, seconds=60):
        """Waits until the client has the terminal to itself: virsh drops what is typed before."""
        wait_for(
            "a raw terminal",
            lambda: not termios.tcgetattr(self.terminal)[3] & termios.ICANON,
            seconds,
        )

    def type(self, text):
        os.write(self.terminal, text.encode())

    def leave(self, key="\x1d", seconds=10):
        """Types virsh's escape character (Ctrl-]) and returns the client's exit code."""
        self.type(key)
        try:
            return self.process.wait(seconds)
        finally:
            self.close()

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.terminal is not None:
            os.close(self.terminal)
            self.terminal = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
