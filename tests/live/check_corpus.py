# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirt's own example documents: we accept what it accepts, refuse what it refuses, keep what it
keeps and fill in what it fills in. `tests/live/corpus-compare` shows one difference at a time."""

import shutil
import unittest

from harness import corpus, translation
from harness.comparison import FIGURES, UNEXPLAINED, Comparison
from harness.daemon import Libvirtd, Reeved
from harness.host import need_root

# Per cent, each rounded down from what was reached: a figure that falls is a fault.
FLOORS = {
    "accepted": 99,
    "refused": 98,
    "codes": 96,
    "kept": 99,
    "defaults": 99,
    "equal": 98,
}

# Per cent of Xen's configurations that we translate as libvirt does; all others are explained.
LEAST_TRANSLATED = 96


class Translations(unittest.TestCase):
    def test_translations(self):
        examples = translation.examples()
        with Reeved() as daemon:
            connection = daemon.connect("xen")
            results = [translation.compare(connection, example) for example in examples]
            connection.close()
        report = "\n".join(translation.report(results))
        print("# " + report.split("\n-- ", 1)[0].replace("\n", "\n# "))
        unexplained = [r.example.label for r in results if not r.equal and r.explained is None]
        self.assertEqual(unexplained, [], report)
        self.assertGreaterEqual(translation.percent(results), LEAST_TRANSLATED, report)


class Corpus(unittest.TestCase):
    def setUp(self):
        need_root()
        if shutil.which("libvirtd") is None:
            self.skipTest("no libvirtd here")
        self.documents = corpus.documents()
        self.libvirtd = None

    def start_libvirtd(self):
        self.libvirtd = Libvirtd().start()
        self.addCleanup(self.libvirtd.close)
        return self.libvirtd

    def test_answers(self):
        remembered, comparison = corpus.Remembered(self.start_libvirtd), Comparison()
        with Reeved() as daemon:
            asker = corpus.Asker(daemon)
            for document in self.documents:
                comparison.add(document, remembered.ask(document), asker.ask(document))
            asker.close()
        remembered.close()
        report = "\n".join(comparison.report(most=10))
        print("# " + report.split("\n\n", 1)[0].replace("\n", "\n# "))
        self.assertEqual(asker.died, [])
        self.assertEqual(FLOORS.keys(), FIGURES.keys())
        low = [name for name, floor in FLOORS.items() if comparison.percent(name) < floor]
        self.assertEqual(low, [], f"figures below their floor:\n{report}")
        self.assertEqual(comparison.reasons().get(UNEXPLAINED, []), [], report)
