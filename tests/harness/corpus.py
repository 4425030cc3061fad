# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirt's own example documents, and what a daemon says to them.

The documents are not ours to ship: they are read from libvirt's source package, of which
$REEVE_LIBVIRT_SOURCE names an unpacked folder; else Debian's is fetched into build/.
"""

import dataclasses
import functools
import hashlib
import json
import os
import re
import shutil
import time
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import libvirt

from harness.daemon import SOURCE
from harness.process import run

# Folders below tests/ of the source package: those whose figures count, and others to look at.
SETS = ("genericxml2xmlindata", "qemuxml2argvdata", "lxcxml2xmldata", "libxlxml2domconfigdata")
MORE = (
    "genericxml2xmloutdata", "qemuxml2xmloutdata", "qemuhotplugtestdomains", "qemumemlockdata",
    "domainschemadata", "lxcxml2xmloutdata", "securityselinuxlabeldata",
)
CACHE = SOURCE / "build/corpus"


@dataclasses.dataclass
class Document:
    name: str
    text: str

    @property
    def scheme(self):
        """Whose it is: containers have a driver of their own, all others are asked of QEMU's."""
        return "lxc" if re.search(r"<domain[^>]*\stype=['\"]lxc['\"]", self.text) else "qemu"


@dataclasses.dataclass
class Answer:
    """What a daemon said: its dump, or the code and text of its refusal; and how long it took."""

    dump: str | None
    code: int = 0
    message: str = ""
    seconds: float = 0.0

    @property
    def accepted(self):
        return self.dump is not None


@functools.cache
def folder():
    """tests/ of the source package. Skips the test where it cannot be had."""
    source = os.environ.get("REEVE_LIBVIRT_SOURCE")
    if source is None:
        result = run(SOURCE / "tests/live/libvirt-source", ok=False, seconds=600)
        if result.returncode != 0:
            raise unittest.SkipTest(
                "no examples of libvirt's: " + result.stderr.strip().split("\n")[-1]
            )
        source = result.stdout.strip()
    tests = Path(source) / "tests"
    if not (tests / SETS[0]).is_dir():
        raise unittest.SkipTest(f"{source} is no source tree of libvirt")
    return tests


def with_our_emulator(text):
    """The document with an emulator that is here instead of its own."""

    def ours(match):
        name = os.path.basename(match.group(1).strip())
        if name in ("kvm", "qemu-kvm", "xenner"):
            name = "qemu-system-x86_64"
        elif name == "qemu":
            name = "qemu-system-i386"
        elif not name.startswith("qemu-"):
            return match.group(0)  # of a container or of Xen
        path = shutil.which(name, path="/usr/bin") or "/usr/bin/qemu-system-x86_64"
        return f"<emulator>{path}</emulator>"

    return re.sub(r"<emulator>([^<]*)</emulator>", ours, text)


def documents(sets=SETS):
    """All documents of domains in these folders, by name."""
    found = []
    for path in sorted(p for name in sets for p in (folder() / name).glob("*.xml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        body = re.sub(r"<\?.*?\?>|<!--.*?-->", "", text, flags=re.S).lstrip()
        if re.match(r"<domain[\s>]", body):
            found.append(Document(f"{path.parent.name}/{path.stem}", with_our_emulator(text)))
    return found


def undefine(domain):
    try:
        domain.undefineFlags(
            libvirt.VIR_DOMAIN_UNDEFINE_NVRAM | libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
        )
    except libvirt.libvirtError:
        domain.undefine()


class Asker:
    """Defines, dumps and undefines documents on a daemon, which it starts again if it dies."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.connections = {}
        self.died = []

    def connection(self, document):
        if document.scheme not in self.connections:
            self.connections[document.scheme] = self.daemon.connect(document.scheme)
        return self.connections[document.scheme]

    def ask(self, document):
        connection = self.connection(document)
        began = time.perf_counter()
        try:
            domain = connection.defineXML(document.text)
            dump = domain.XMLDesc(
                libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE
            )
            undefine(domain)
        except libvirt.libvirtError as error:
            answer = Answer(None, error.get_error_code(), error.get_error_message() or "")
            if not connection.isAlive():
                self.died.append(document.name)
                self.daemon.process.wait(30)
                self.daemon.restart()
                self.connections = {}
            return answer
        return Answer(dump, seconds=time.perf_counter() - began)

    def close(self):
        for connection in self.connections.values():
            connection.close()


def _emulators():
    """Changes when an emulator does."""
    found = sorted(Path("/usr/bin").glob("qemu-system-*"))
    return [f"{p.name} {p.stat().st_size}" for p in found]


class Remembered:
    """Answers of libvirtd, kept in build/ by document, its version and the emulators here: a second
    run needs no libvirtd. `start` makes a daemon when one is needed after all."""

    def __init__(self, start):
        state = f"{libvirt.getVersion()} {_emulators()}"
        key = hashlib.sha256(state.encode()).hexdigest()[:16]
        self.path = CACHE / f"libvirtd-{key}.json"
        self.known = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.start = start
        self.asker = None

    def ask(self, document):
        key = hashlib.sha256((document.scheme + document.text).encode()).hexdigest()
        if key not in self.known:
            if self.asker is None:
                self.asker = Asker(self.start())
            self.known[key] = dataclasses.astuple(self.asker.ask(document))
        return Answer(*self.known[key])

    def close(self):
        if self.asker is None:
            return
        self.asker.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(self.known))
        new.replace(self.path)


# ---- Documents as trees -----------------------------------------------------------------------

# What tells elements of one name apart in a path that is shown.
TELLING = {
    "controller": "type", "timer": "name", "graphics": "type", "address": "type",
    "interface": "type", "hostdev": "type", "memory": "model", "input": "type", "channel": "type",
    "serial": "type", "console": "type", "tpm": "model", "cache": "mode", "redirdev": "type",
}
FOREIGN = re.compile(r"\{([^}]*)\}")


def _name(tag):
    return FOREIGN.sub(lambda m: m.group(1).rstrip("/").rsplit("/", 1)[-1] + ":", tag)


def _leaves(element, path, found):
    path += _name(element.tag)
    telling = TELLING.get(element.tag)
    if telling in element.attrib:
        path += f"[{element.attrib[telling]}]"
    for name, value in element.attrib.items():
        found.append((f"{path}/@{_name(name)}", value))
    text = (element.text or "").strip()
    if text or (not element.attrib and not len(element)):
        found.append((path, text))
    for child in element:
        _leaves(child, path + "/", found)


def leaves(tree):
    """(path, value) of all attributes and texts; of an element without any, its presence."""
    found = []
    _leaves(tree, "", found)
    return found


def unordered(element):
    """Equal for trees that differ in the order of elements and attributes only."""
    return (
        element.tag,
        (element.text or "").strip(),
        tuple(sorted(element.attrib.items())),
        tuple(sorted(unordered(child) for child in element)),
    )


def parse(text):
    return ElementTree.fromstring(text)
