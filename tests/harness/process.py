# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting with a deadline, running a client, finding and ending what a test started."""

import os
import signal
import subprocess
import time
from pathlib import Path


class Late(AssertionError):
    """Something did not happen before its deadline."""


def wait_for(what, ask, seconds=30.0, every=0.02):
    """Calls `ask` until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Late(f"{what}: not within {seconds:g} s")
        time.sleep(every)


class Failed(AssertionError):
    """A client that was to succeed did not."""

    def __init__(self, result):
        self.result = result
        super().__init__(
            f"{' '.join(result.args)}: exit {result.returncode}\n{result.stderr}{result.stdout}"
        )


def run(*args, ok=True, seconds=60, stdin=None, env=None):
    """Runs a client with the C locale. Returns its standard output; with ok=False, the result."""
    result = subprocess.run(
        [str(a) for a in args],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
        env={**os.environ, "LC_ALL": "C", **(env or {})},
    )
    if not ok:
        return result
    if result.returncode != 0:
        raise Failed(result)
    return result.stdout


def processes_with(text):
    """Pids of the processes that have `text` in their command line or environment (an emulator's
    says to which daemon it belongs), ours not among them."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            if any(text.encode() in Path(f"/proc/{entry}/{of}").read_bytes()
                   for of in ("cmdline", "environ")):
                found.append(int(entry))
        except OSError:
            pass
    return found


def gone(pid):
    """True when the process has ended, a zombie included."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def cgroups_of(pids):
    """The folders of the cgroups that reeved has made for these processes, in all hierarchies."""
    found = set()
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        names = {line.split(":", 2)[2] for line in lines if "/reeve/" in line}
        for mount in (Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").iterdir()):
            found |= {f for f in (mount / name.lstrip("/") for name in names) if f.is_dir()}
    return found


def remove_cgroups(folders):
    """Removes cgroups whose processes have been killed."""

    def removed(folder):
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return False
        return True

    for folder in folders:
        wait_for(f"end of {folder}", lambda folder=folder: removed(folder), 10)


def kill_all_with(text):
    """Kills what still has `text` in its command line. Returns how many there were."""
    pids = processes_with(text)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for pid in pids:
        wait_for(f"end of {pid}", lambda pid=pid: gone(pid), 10)
    return len(pids)
