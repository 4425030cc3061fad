# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is measured, and what is aimed at. A measurement takes a side and the scale of the run, and
returns values by the names of FIGURES."""

import os
import signal
import time
from dataclasses import dataclass

from side import Unanswered, bare_cycle_ms, bare_qemu_ms, median


@dataclass
class Scale:
    seconds: float  # of a load that runs for a time
    defines: int  # by one client; eight make three times as many
    domains: int  # that are many
    starts: int
    rounds: int
    stuck: float  # seconds of the load on a stopped QEMU; 0: not on libvirtd, 2 on ours


FULL = Scale(seconds=4, defines=500, domains=10000, starts=10, rounds=3, stuck=5)
QUICK = Scale(seconds=1, defines=50, domains=500, starts=2, rounds=1, stuck=0)


@dataclass
class Figure:
    name: str
    about: str
    unit: str
    # The target: a ratio to libvirtd, or a value; "least" or "most".
    kind: str = ""
    target: float = 0

    def said(self):
        if not self.kind:
            return ""
        about, what = self.kind.split()
        return f"at {about} {self.target:g}" + (" x" if what == "ratio" else f" {self.unit}".rstrip())

    def met(self, reference, value):
        """True, False, or None where it cannot be said."""
        if not self.kind or value is None:
            return None
        about, what = self.kind.split()
        if what == "ratio":
            if not reference:
                return None
            value = value / reference
        return value >= self.target if about == "least" else value <= self.target


FIGURES = [
    Figure("info-rate", "info of a domain, 8 clients", "/s", "least ratio", 4),
    Figure("info-cpu", "  daemon's CPU for each call", "us", "most ratio", 0.15),
    Figure("xml-rate", "XML of a domain, 8 clients", "/s", "least ratio", 8),
    Figure("define-1", "define, 1 client", "/s", "least ratio", 4),
    Figure("define-8", "define, 8 clients", "/s", "least ratio", 10),
    Figure("undefine-1", "undefine, 1 client", "/s"),
    Figure("cycle", "define + XML + undefine of one domain", "ms", "most value", 0.5),
    Figure("cycle-bare", "  its three round trips and two durable writes alone", "ms"),
    Figure("xml-read", "reading a domain of 4 KiB in process", "us"),
    Figure("xml-write", "  writing it, completed", "us"),
    Figure("xml-all", "  reading, completing, checking and writing it", "us", "most value", 100),
    Figure("list", "list of {domains} domains on the wire", "ms", "most value", 3),
    Figure("restart", "stop and start with them, to the full list", "s", "most value", 0.5),
    Figure("rss", "  memory then, resident", "MiB", "most value", 50),
    Figure("anonymous", "  memory then, anonymous", "MiB"),
    Figure("start", "start of a small QEMU guest", "ms"),
    Figure("start-bare", "  in bare QEMUs ({bare:.0f} ms)", "", "most value", 1.5),
    Figure("destroy", "destroy", "ms", "most value", 12),
    Figure("destroy-stopped", "destroy of a guest whose QEMU is stopped", "ms", "most value", 100),
    Figure("stuck-p99", "a QEMU stopped, 30 clients ask: any read's p99", "ms", "most value", 5),
    Figure("stuck-max", "  and the longest", "ms"),
]


def reads(side, scale):
    side.load("define", calls=1, prefix="asked")
    name = "asked-000000"
    side.load("info", name, seconds=0.2, clients=8)
    before = side.cpu_seconds()
    info = side.load("info", name, seconds=scale.seconds, clients=8)
    cpu = side.cpu_seconds() - before
    xml = side.load("xml", name, seconds=scale.seconds, clients=8)
    side.load("undefine", calls=1, prefix="asked")
    return {
        "info-rate": info["rate"],
        "info-cpu": cpu / info["calls"] * 1e6,
        "xml-rate": xml["rate"],
    }


def defines(side, scale):
    """Each defined domain is a new one; none is left."""
    one, eight = scale.defines, scale.defines * 3
    side.load("define", calls=1, prefix="asked")
    xml = side.load("xml", "asked-000000", calls=one)
    side.load("undefine", calls=1, prefix="asked")
    values = {
        "define-1": side.load("define", calls=one, prefix="one")["rate"],
        "define-8": side.load("define", calls=eight, clients=8, prefix="eight")["rate"],
        "undefine-1": side.load("undefine", calls=one, prefix="one")["rate"],
    }
    side.load("undefine", calls=eight, clients=8, prefix="eight")
    rates = (values["define-1"], xml["rate"], values["undefine-1"])
    return values | {
        "cycle": sum(1000 / rate for rate in rates),
        "cycle-bare": bare_cycle_ms(side.daemon.root, one),
    }


def document(side, scale):
    """Without any daemon: ours only."""
    if side.name != "reeved":
        return {}
    taken = side.xml_speed(rounds=scale.starts * 4 + 3)
    return {"xml-read": taken["read"], "xml-write": taken["write"], "xml-all": taken["all"]}


def life(side, scale):
    side.define_tiny("small")
    starts, destroys, bare = [], [], []
    for _ in range(scale.starts):
        bare.append(bare_qemu_ms(side.daemon.root))
        starts.append(side.start("small"))
        destroys.append(side.destroy("small"))
    side.start("small")
    side.stop_qemu("small")
    stopped = side.destroy("small")
    side.daemon.virsh("undefine", "small")
    return {
        "bare": median(bare),
        "start": median(starts),
        "start-bare": median(starts) / median(bare),
        "destroy": median(destroys),
        "destroy-stopped": stopped,
    }


def stuck(side, scale):
    """Thirty clients want figures of a guest whose QEMU is stopped; others read on."""
    seconds = scale.stuck or 2
    if not scale.stuck and side.name == "libvirtd":
        return {}
    for name in ("stopped", "other"):
        side.define_tiny(name)
        side.start(name)
    side.stop_qemu("stopped")
    askers = side.begin_load("stats", "stopped", clients=30, seconds=seconds, wait=40)
    time.sleep(0.3)
    probes = [
        side.begin_load(call, name, seconds=seconds - 0.5, wait=40)
        for call in ("info", "xml")
        for name in ("stopped", "other")
    ]
    # A read that is not answered at all counts for as long as it was waited for.
    answers = [side.end_load(probe, failures=True) for probe in probes]
    side.end_load(askers, failures=True)
    os.kill(side.qemu("stopped"), signal.SIGKILL)
    side.destroy("other")
    for name in ("stopped", "other"):
        side.daemon.virsh("undefine", name)
    return {
        "stuck-p99": max(answer["p99_us"] for answer in answers) / 1000,
        "stuck-max": max(answer["max_us"] for answer in answers) / 1000,
    }


def many(side, scale):
    """Last, since the domains stay."""
    side.load("define", calls=scale.domains, clients=8, prefix="many", wait=600)
    side.load("list", calls=3)
    listed = side.load("list", calls=21 if scale.rounds > 1 else 5)
    if listed["bytes"] < scale.domains * 32:
        raise Unanswered(f"{side.name}: the list is not full")
    restarts = [side.restart_to_list(scale.domains) for _ in range(scale.rounds)]
    rss, anonymous = side.memory_mib()
    return {
        "list": listed["p50_us"] / 1000,
        "restart": median(restarts),
        "rss": rss,
        "anonymous": anonymous,
    }


# Measurement, and whether it is repeated in each round.
MEASUREMENTS = [
    (reads, True),
    (defines, True),
    (document, True),
    (life, True),
    (stuck, False),
    (many, False),
]
