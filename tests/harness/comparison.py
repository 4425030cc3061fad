# SPDX-License-Identifier: LGPL-2.1-or-later
"""How near our answers to documents are to libvirtd's: figures, and what differs most."""

import dataclasses
import re
import statistics
from collections import Counter

import libvirt

from harness.corpus import leaves, parse, unordered

# Refusals for the sake of the host, not of the document: the same document is accepted elsewhere.
HOST_CODES = {libvirt.VIR_ERR_SYSTEM_ERROR: "a program of the host failed"}
HOST_MESSAGES = {
    "does not support virt type": "the host's processor or this emulator runs no such guests",
    "No emulator found for arch": "an emulator is not installed",
    "does not support machine type": "this version of the emulator has no such machine",
    "does not support arch '": "the emulator is not the one that the document named",
    "TPM version '.*' is not supported": "swtpm is not installed",
    "does not support TPM backend type": "swtpm is not installed",
    "SEV launch security is not supported": "the host's processor has no SEV",
    "ivshmem device is not supported": "this version of the emulator has given it up",
    "sgx epc isn't supported": "the host's processor has no SGX",
    "TLS is disabled in qemu.conf": "a setting of the host's",
}

UNEXPLAINED = "NOT EXPLAINED"

# What differs in a dump, by the beginning of its path, and why it may.
EXPLAINED = {
    "domain/seclabel/": "this libvirtd has no security driver, and makes 'none' of what asks for the "
                        "host's; reeved keeps what was asked for",
    "domain/devices/disk/source/seclabel/": "a disk's label that says nothing but relabel='yes', "
                                            "which is the default, is kept",
    "domain/metadata/": "of several elements of one namespace libvirt keeps the first, reeved all",
    "domain/devices/graphics[vnc]/listen/": "a second <listen>, of which QEMU's driver makes nothing, "
                                            "is dropped, and warned about",
    "domain/memtune/soft_limit": "a limit of 0, which limits nothing, is dropped",
    "domain/devices/interface[user]/rom/@file": "an empty name of a file is dropped",
    "domain/devices/controller[pci]/address[pci]/zpci/": "a bridge that is added gets its zPCI "
                                                         "numbers at once, libvirt's when it is "
                                                         "defined again",
}

# Made up anew by each daemon where the document says nothing.
RANDOM = re.compile(r"domain/(uuid|genid|devices/interface\[\w+\]/mac/@address)$")


@dataclasses.dataclass
class Share:
    got: int = 0
    of: int = 0

    def add(self, got, of=1):
        self.got += got
        self.of += of

    @property
    def percent(self):
        return 100.0 * self.got / self.of if self.of else 100.0

    def __str__(self):
        return f"{self.percent:6.2f} %  ({self.got} of {self.of})"


def differences(wanted, ours):
    """(how, path, wanted, ours) of two lists of leaves: a path whose values differ is told once."""
    missing = Counter(wanted)
    missing.subtract(Counter(ours))
    lost, extra = {}, {}
    for (path, value), count in missing.items():
        if RANDOM.match(path):
            continue
        if count > 0:
            lost.setdefault(path, []).extend([value] * count)
        elif count < 0:
            extra.setdefault(path, []).extend([value] * -count)
    for path in sorted(lost.keys() | extra.keys()):
        theirs, mine = lost.get(path, []), extra.get(path, [])
        while theirs and mine:
            yield "other", path, theirs.pop(0), mine.pop(0)
        for value in theirs:
            yield "missing", path, value, None
        for value in mine:
            yield "extra", path, None, value


def reason(message):
    """A message without what differs from document to document."""
    message = message.split("\n")[0]
    message = re.sub(r"^\d+:\d+: ", "", message)
    message = re.sub(r"\[\d+\]", "", message)
    message = re.sub(r"'[^']*'|\"[^\"]*\"", "'...'", message)
    return re.sub(r"\d+", "N", message)[:160]


def explained(path):
    return next((why for start, why in EXPLAINED.items() if path.startswith(start)), UNEXPLAINED)


def host_reason(answer):
    """Why a refusal is the host's; None: it is the document's."""
    for pattern, why in HOST_MESSAGES.items():
        if re.search(pattern, answer.message):
            return why
    return HOST_CODES.get(answer.code)


FIGURES = {
    "accepted": "accepted of what libvirtd accepts",
    "refused": "refused of what libvirtd refuses for its own sake",
    "codes": "the same error code, of what both refuse",
    "kept": "input leaves kept, of those libvirtd keeps",
    "defaults": "defaults filled in with the same value",
    "equal": "dumps equal as unordered trees",
}


class Comparison:
    """Add documents with both answers, then read the figures."""

    def __init__(self):
        self.shares = {name: Share() for name in FIGURES}
        self.wrongly_refused, self.wrongly_accepted, self.other_code = [], [], []
        self.host = {}  # why -> Share of those that we refuse, too
        self.unequal = []  # names of documents
        self.differing = {"missing": Counter(), "extra": Counter(), "other": Counter()}
        self.examples = {}  # (how, path) -> (name, theirs, ours)
        self.only = Counter()  # paths that are all that keeps some document from being equal
        self.seconds = []

    def add(self, document, theirs, ours):
        if not theirs.accepted:
            why = host_reason(theirs)
            if why:
                self.host.setdefault(why, Share()).add(not ours.accepted)
                return
            self.shares["refused"].add(not ours.accepted)
            if ours.accepted:
                self.wrongly_accepted.append((document.name, theirs.code, theirs.message))
            else:
                self.shares["codes"].add(ours.code == theirs.code)
                if ours.code != theirs.code:
                    self.other_code.append((document.name, theirs, ours))
            return
        self.shares["accepted"].add(ours.accepted)
        if not ours.accepted:
            self.wrongly_refused.append((document.name, ours.code, ours.message))
        else:
            self.seconds.append(ours.seconds)
        self.add_dumps(document, parse(theirs.dump), parse(ours.dump) if ours.accepted else None)

    def add_dumps(self, document, wanted, ours):
        given = Counter(leaves(parse(document.text)))
        wanted_leaves = leaves(wanted)
        our_leaves = leaves(ours) if ours is not None else []
        have = Counter(our_leaves)
        for leaf, count in Counter(wanted_leaves).items():
            kept = min(count, given[leaf])
            self.shares["kept"].add(min(kept, have[leaf]), kept)
            if not RANDOM.match(leaf[0]):
                filled = count - kept
                self.shares["defaults"].add(min(filled, max(0, have[leaf] - kept)), filled)
        if ours is None:
            self.shares["equal"].add(0)
            return
        found = list(differences(wanted_leaves, our_leaves))
        paths = {path for _, path, _, _ in found}
        for how, path, theirs, mine in found:
            self.examples.setdefault((how, path), (document.name, theirs, mine))
        for how, path in {(how, path) for how, path, _, _ in found}:
            self.differing[how][path] += 1
        if len(paths) == 1:
            self.only[paths.pop()] += 1
        equal = not found and without_random(wanted) == without_random(ours)
        self.shares["equal"].add(equal)
        if not equal:
            self.unequal.append((document.name, found))

    def percent(self, name):
        return self.shares[name].percent

    def report(self, most=25):
        """Lines of text."""
        for name, title in FIGURES.items():
            yield f"{title:48} {self.shares[name]}"
        if self.seconds:
            milliseconds = statistics.median(self.seconds) * 1000
            yield f"{'define + dump + undefine, median':48} {milliseconds:6.2f} ms"
        yield f"\n-- refused for the host's sake, which counts for nothing: {self.n_host()}"
        for why, share in sorted(self.host.items(), key=lambda item: -item[1].of):
            yield f"{share.of:5} {why}; {share.got} of them refused by us, too"
        yield from self.verdicts("refused, but libvirtd accepts it", self.wrongly_refused, most)
        yield from self.verdicts("accepted, but libvirtd refuses it", self.wrongly_accepted, most)
        yield from self.codes(most)
        for how, title in (("missing", "missing in ours"), ("extra", "in ours only"),
                           ("other", "of another value")):
            yield f"\n-- {title}: documents, path, theirs, ours, an example"
            for path, count in self.differing[how].most_common(most):
                name, theirs, mine = self.examples[how, path]
                yield f"{count:5} {path}  {short(theirs)} {short(mine)}  {name}"
        yield "\n-- the only difference of documents"
        for path, count in self.only.most_common(most):
            yield f"{count:5} {path}"
        yield f"\n-- why dumps differ: {len(self.unequal)} documents"
        for why, names in sorted(self.reasons().items()):
            yield f"{len(names):5} {why}  {names[0]}"
        alike = [name for name, found in self.unequal if not found]
        if alike:
            yield f"\n-- the same leaves in other elements: {len(alike)}"
            yield from (f"      {name}" for name in alike[:most])

    def reasons(self):
        """Why dumps differ -> names of documents; what nobody has explained is under UNEXPLAINED."""
        found = {}
        for name, rows in self.unequal:
            for why in {explained(path) for _, path, _, _ in rows} or {UNEXPLAINED}:
                found.setdefault(why, []).append(name)
        return found

    def n_host(self):
        return sum(share.of for share in self.host.values())

    def verdicts(self, title, rows, most):
        yield f"\n-- {title}: {len(rows)}"
        reasons = Counter(reason(message) for _, _, message in rows)
        for text, count in reasons.most_common(most):
            name, code = next((n, c) for n, c, m in rows if reason(m) == text)
            yield f"{count:5} [{code}] {text}  {name}"

    def codes(self, most):
        yield f"\n-- refused with another code: {len(self.other_code)}"
        for name, theirs, ours in self.other_code[:most]:
            yield f"      [{theirs.code}] {reason(theirs.message)}"
            yield f"      [{ours.code}] {reason(ours.message)}  {name}"


def short(value):
    return "-" if value is None else repr(value if len(value) <= 30 else value[:27] + "...")


def without_random(tree):
    """The tree as unordered() tells it, without what is made up."""
    for path in ("uuid", "genid"):
        for element in tree.findall(path):
            element.text = ""
    for mac in tree.findall("devices/interface/mac"):
        mac.attrib.pop("address", None)
    return unordered(tree)
