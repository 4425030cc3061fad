# SPDX-License-Identifier: LGPL-2.1-or-later
"""What this host can do. A test that needs more skips itself with the reason, except where
REEVE_TEST_NEED names the need: there the host was made for it, and a skip would hide a fault."""

import os
import re
import unittest
from pathlib import Path


def need(name, there, reason):
    """Skips the test, or fails it where `name` was promised."""
    if there:
        return
    if name in os.environ.get("REEVE_TEST_NEED", "").split():
        raise AssertionError(f"{name} was to be here: {reason}")
    raise unittest.SkipTest(reason)


def need_kvm():
    """A /dev/kvm alone is not enough: without the processor's part ordinary guests hang on it."""
    flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(encoding="ascii"), re.M)
    words = flags.group(1).split() if flags else []
    need("kvm", os.access("/dev/kvm", os.R_OK | os.W_OK), "no /dev/kvm here")
    need("kvm", "svm" in words or "vmx" in words, "the processor shows neither svm nor vmx")


def need_root():
    need("root", os.geteuid() == 0, "needs root")


def need_cgroup2():
    need(
        "cgroup2",
        Path("/sys/fs/cgroup/cgroup.controllers").exists(),
        "/sys/fs/cgroup is not cgroup v2",
    )


def need_xen():
    """A host that Xen runs as its first domain."""
    try:
        first = "control_d" in Path("/proc/xen/capabilities").read_text(encoding="ascii")
    except OSError:
        first = False
    need("xen", first, "this host is not Xen's first domain")
