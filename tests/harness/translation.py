# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirt's examples of Xen's configurations: what it makes of a document and of a configuration,
beside what we make of them. Which way an example is for is said by libvirt's own test programs."""

import ast
import dataclasses
import re

import libvirt

from harness import corpus
from harness.comparison import differences

# Format, folder of the examples, and the program that names them.
FORMATS = (
    ("xen-xl", "xlconfigdata", "xlconfigtest.c"),
    ("xen-xm", "xmconfigdata", "xmconfigtest.c"),
)
ROW = re.compile(r'DO_TEST(_PARSE|_FORMAT|_REPLACE_VARS)?\("([^"]+)"')
FIRMWARE = "/usr/lib/xen/boot"

# What differs, though libvirt would do as we do as soon as the document were defined.
EXPLAINED = (
    (
        "domain/devices/interface[bridge]/virtualport/parameters/@interfaceid",
        "a port of Open vSwitch gets its identity at once",
    ),
    ("domain/devices/disk/@type", "a drive without a medium is of type file"),
    ("maxmem", "the memory is that of the NUMA nodes, where they say it"),
)


@dataclasses.dataclass
class Example:
    name: str
    format: str
    to_native: bool  # else from it
    given: str
    wanted: str

    @property
    def label(self):
        return f"{self.name} {'to' if self.to_native else 'from'} {self.format}"


@dataclasses.dataclass
class Result:
    example: Example
    refused: str | None = None
    differences: list = dataclasses.field(default_factory=list)

    @property
    def equal(self):
        return self.refused is None and not self.differences

    @property
    def explained(self):
        """Why it is not equal, where that is known of all that differs."""
        known = dict(EXPLAINED)
        if self.equal or self.refused is not None:
            return None
        whys = [known.get(path) for _, path, _, _ in self.differences]
        return None if None in whys else "; ".join(sorted(set(whys)))


def examples():
    """All of them, in the order of their names."""
    found = []
    for format_, data, program in FORMATS:
        folder = corpus.folder() / data
        text = (corpus.folder() / program).read_text()
        for way, name in ROW.findall(text):
            document, settings = (folder / f"test-{name}.{end}" for end in ("xml", "cfg"))
            if not document.exists() or not settings.exists():
                continue
            xml = document.read_text().replace("/LIBXL_FIRMWARE_DIR", FIRMWARE)
            cfg = settings.read_text()
            name = f"{data}/{name}"
            if way != "_FORMAT":  # of the document, that is: it is parsed
                found.append(Example(name, format_, True, xml, cfg))
            if way != "_PARSE":
                found.append(Example(name, format_, False, cfg, xml))
    return sorted(found, key=lambda example: example.label)


def settings(text):
    """A configuration's (name, value), which are Python's. Numbers and texts are the same there."""
    found = []
    for line in ast.parse(text).body:
        value = ast.literal_eval(line.value)
        for part in value if isinstance(value, list) else [value]:
            if line.targets[0].id in ("vif", "vfb", "disk", "usbctrl"):
                part = ",".join(sorted(part.split(",")))
            found.append((line.targets[0].id, str(part)))
    return found


def tree(text):
    """A document, without where this host has its firmware."""
    return corpus.parse(re.sub(r"/usr/lib/xen[^/<]*/boot/", FIRMWARE + "/", text))


def document(text):
    """A document's leaves."""
    return corpus.leaves(tree(text))


def compare(connection, example):
    result = Result(example)
    try:
        if example.to_native:
            got = connection.domainXMLToNative(example.format, example.given)
        else:
            got = connection.domainXMLFromNative(example.format, example.given)
    except libvirt.libvirtError as error:
        result.refused = error.get_error_message()
        return result
    read = settings if example.to_native else document
    result.differences = list(differences(read(example.wanted), read(got)))
    if not example.to_native and not result.differences:
        trees = [corpus.unordered(tree(text)) for text in (example.wanted, got)]
        if trees[0] != trees[1]:
            result.differences.append(("other", "the same leaves in other elements", "", ""))
    return result


def share(results):
    return f"{len(results)} examples, {sum(r.refused is None for r in results)} translated, " + (
        f"{sum(r.equal for r in results)} equal, "
        f"{sum(r.explained is not None for r in results)} more explained"
    )


def percent(results):
    """Of the examples that are equal."""
    return 100.0 * sum(r.equal for r in results) / len(results)


def report(results):
    """Lines of text."""
    for format_, _, _ in FORMATS:
        for to_native in (True, False):
            own = [
                r for r in results
                if r.example.format == format_ and r.example.to_native == to_native
            ]
            yield f"{'to' if to_native else 'from'} {format_}: {share(own)}"
    yield f"all: {share(results)} ({percent(results):.1f} % equal)"
    for result in results:
        if result.equal:
            continue
        why = f"refused: {result.refused}" if result.refused else result.explained
        yield f"-- {result.example.label}: {why or 'NOT EXPLAINED'}"
        for how, path, theirs, ours in result.differences:
            yield f"   {how:8}{path}  {theirs!r} {ours!r}"
