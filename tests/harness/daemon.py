# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon of one's own, ours or libvirtd, and unmodified clients that talk to it.

    with Reeved() as daemon:
        print(daemon.virsh("list", "--all"))
        connection = daemon.connect("test")

The build that is tested is the one in $REEVE_BUILD, else the source tree itself.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.process import (
    cgroups_of, gone, kill_all_with, processes_with, remove_cgroups, run, wait_for
)

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("REEVE_BUILD", SOURCE)).resolve()
SANITIZED = re.compile(r"ERROR: \w+Sanitizer|runtime error: |Sanitizer: .*leak")


def answers(path):
    """True when somebody accepts connections on the UNIX socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


class Daemon:
    """What both daemons have in common: a folder, a process, a socket, clients."""

    name = None
    socket = None
    socket_ro = None
    alive = set()  # those that run now

    def __init__(self):
        self.root = Path(tempfile.mkdtemp(prefix="reeve-", dir="/var/tmp"))
        # Guests run under users of their own and must be able to pass.
        self.root.chmod(0o755)
        self.log = self.root / "daemon.log"
        self.process = None

    def command(self):
        raise NotImplementedError

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/"
            )
        Daemon.alive.add(self)
        try:
            wait_for(f"socket of {self.name}", self.ready, 60)
        except BaseException:
            self.end(signal.SIGKILL)
            print(self.log.read_text(errors="replace"), file=sys.stderr)
            raise
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended at once: exit {self.process.returncode}")
        return answers(self.socket)

    def end(self, how=signal.SIGTERM):
        """Ends the daemon, not its guests. Returns its exit code."""
        Daemon.alive.discard(self)
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(how)
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def restart(self, how=signal.SIGTERM):
        self.end(how)
        self.start()

    def pid(self):
        """The daemon's own process."""
        return self.process.pid

    def close(self):
        """Ends the daemon and every guest it left, and removes the folder."""
        try:
            code = self.end()
        finally:
            cgroups = cgroups_of(processes_with(str(self.root)))
            kill_all_with(str(self.root))
            remove_cgroups(cgroups)
            text = self.log.read_text(errors="replace") if self.log.exists() else ""
            if os.environ.get("REEVE_KEEP"):
                print(f"kept: {self.root}", file=sys.stderr)
            else:
                shutil.rmtree(self.root, ignore_errors=True)
        self.judge(code, text)

    def judge(self, code, log):
        """Says whether the daemon ended well: ours to override."""

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def uri(self, scheme="qemu", readonly=False):
        path = "default" if scheme == "test" else "system"
        return f"{scheme}+unix:///{path}?socket={self.socket_ro if readonly else self.socket}"

    def virsh(self, *args, scheme="qemu", **how):
        return run("virsh", "-q", "-c", self.uri(scheme), *args, **how)

    def connect(self, scheme="qemu", readonly=False):
        import libvirt  # Debian's, for /usr/bin/python3

        libvirt.registerErrorHandler(lambda *_: None, None)
        if readonly:
            return libvirt.openReadOnly(self.uri(scheme, True))
        return libvirt.open(self.uri(scheme))


class Reeved(Daemon):
    """The daemon of the build, with everything below a folder of its own."""

    name = "reeved"

    def __init__(self, *options, conf="", env=None, tmpfs_run=False):
        super().__init__()
        self.tmpfs_run = tmpfs_run
        if tmpfs_run:  # as /run is; needs root
            (self.root / "run").mkdir()
            run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.root / "run")
        self.options = options
        self.env = env or {}
        self.socket = self.root / "run/reeve/reeve.sock"
        self.socket_ro = self.root / "run/reeve/reeve-ro.sock"
        if conf:
            config = self.root / "etc/reeve/reeved.conf"
            config.parent.mkdir(parents=True)
            config.write_text(f"[reeved]\n{conf}\n")

    def command(self):
        assignments = [f"{name}={value}" for name, value in self.env.items()]
        return ["env", *assignments, BUILD / "daemon/reeved", "--root", self.root, *self.options]

    def reeve(self, *args, scheme="reeve", **how):
        return run(BUILD / "cli/reeve", "-c", self.uri(scheme), *args, **how)

    def close(self):
        try:
            super().close()
        finally:
            if self.tmpfs_run:
                run("umount", "-l", self.root / "run", ok=False)
                shutil.rmtree(self.root, ignore_errors=True)

    def judge(self, code, log):
        report = SANITIZED.search(log)
        if report:
            raise AssertionError("reeved: " + log[report.start() :][:4000])
        if code not in (0, None):
            raise AssertionError(f"reeved ended with {code}:\n{log[-4000:]}")


class Libvirtd(Daemon):
    """Debian's libvirtd in a mount and process namespace of its own. Needs root."""

    name = "libvirtd"

    def __init__(self):
        super().__init__()
        self.socket = self.root / "sock/libvirt-sock"
        self.socket_ro = self.root / "sock/libvirt-sock-ro"

    def command(self):
        return [SOURCE / "tests/harness/private-libvirtd", self.root]

    def pid(self):
        (pid,) = [
            pid
            for pid in processes_with(f"{self.root}/libvirtd.conf")
            if Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "libvirtd"
        ]
        return pid

    def restart(self, how=signal.SIGTERM):
        """Its first process starts it again."""
        pid = self.pid()
        os.kill(pid, how)
        wait_for("end of libvirtd", lambda: gone(pid), 30, every=0.001)
        wait_for("socket of libvirtd", self.ready, 60, every=0.001)


def daemon_class():
    """What black-box tests run against: ours, or with REEVE_TEST_LIBVIRTD=1, libvirtd."""
    return Libvirtd if os.environ.get("REEVE_TEST_LIBVIRTD") else Reeved
