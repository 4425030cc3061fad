# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients that are silent, broken or greedy: an honest one is served meanwhile, memory stays
bounded, and nothing of them is left."""

import contextlib
import os
import struct
import time
import unittest

import libvirt

from check_lifecycle import test_xml
from harness.daemon import Libvirtd, daemon_class
from harness.process import wait_for
from harness.wire import AUTH_LIST, DEFINE_XML, HOSTNAME, OPEN, WORD, Peer, Refused, call, optional, string

BOUND = 1.0  # seconds for one honest read
# AddressSanitizer has a shadow of everything, and keeps some of what was freed.
GROWTH_KIB = (128 << 10) if "ASAN_OPTIONS" in os.environ else (48 << 10)
CROWD = 300

# Each is sent on a fresh connection. `ends`: the daemon must close it (False: it may as well wait
# for more, or answer with an error).
NONSENSE = [
    ("nothing", b"", False),
    ("half a length", b"\0\0", False),
    ("half a header", WORD.pack(28) + b"\0" * 10, False),
    ("length 0", WORD.pack(0), True),
    ("length 4", WORD.pack(4), True),
    ("shorter than a header", WORD.pack(27) + b"\0" * 23, True),
    ("over the maximum", WORD.pack(33554437) + b"\0" * 100, True),
    ("length of 4 GiB", b"\xff\xff\xff\xff", True),
    ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
    ("TLS", bytes.fromhex("16030100a5010000a10303") + b"\0" * 200, True),
    ("noise", bytes(range(256)) * 64, False),
    ("another program", call(1, 1, program=0x12345678), False),
    ("another version", call(AUTH_LIST, 1, version=9), False),
    ("a procedure that is none", call(999999, 1), False),
    ("a negative procedure", call(-1, 1), False),
    ("a reply", call(AUTH_LIST, 1, kind=1), False),
    ("a status", call(AUTH_LIST, 1, status=2), False),
    ("use before open", call(HOSTNAME, 1), False),
    ("a string longer than its message", call(OPEN, 1, WORD.pack(1) + WORD.pack(0x7FFFFFFF)), False),
    ("a string of 4 GiB", call(OPEN, 1, WORD.pack(1) + WORD.pack(0xFFFFFFFF)), False),
    ("no arguments", call(OPEN, 1), False),
    ("too many arguments", call(AUTH_LIST, 1, b"\0" * 4096), False),
    ("an optional that is neither", call(OPEN, 1, WORD.pack(7) + string("test:///default")), False),
    ("padding that is not zero", call(OPEN, 1, WORD.pack(1) + WORD.pack(1) + b"aXXX\0\0\0\0"), False),
    ("a string with a NUL", call(OPEN, 1, optional(b"test\0:///default") + WORD.pack(0)), False),
]


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if daemon_class() is Libvirtd:
            raise unittest.SkipTest("libvirtd is known to hold silent clients for ever")
        cls.daemon = daemon_class()().start()
        cls.addClassCleanup(cls.daemon.close)
        cls.honest = cls.daemon.connect("test")
        cls.guest = cls.honest.createXML(test_xml("guest"))

    def setUp(self):
        self.peers = contextlib.ExitStack()
        self.addCleanup(self.peers.close)
        self.memory, self.descriptors = self.rss_kib(), self.fds()

    def tearDown(self):
        self.peers.close()
        self.is_honest_served()
        wait_for("descriptors of those that left", lambda: self.fds() <= self.descriptors + 2)
        self.assertLess(self.rss_kib() - self.memory, GROWTH_KIB, "KiB more")

    def status(self, name):
        pid = self.daemon.process.pid
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(name + ":"))

    def rss_kib(self):
        return self.status("VmRSS")

    def fds(self):
        return len(os.listdir(f"/proc/{self.daemon.process.pid}/fd"))

    def peer(self, read_only=False):
        path = self.daemon.socket_ro if read_only else self.daemon.socket
        return self.peers.enter_context(Peer(path))

    def is_honest_served(self):
        """On an old connection and on a new one."""
        before = time.monotonic()
        self.assertEqual(self.guest.state()[0], libvirt.VIR_DOMAIN_RUNNING)
        fresh = self.daemon.connect("test")
        self.assertEqual(fresh.lookupByName("guest").name(), "guest")
        fresh.close()
        self.assertLess(time.monotonic() - before, BOUND)

    def test_nonsense(self):
        for label, data, ends in NONSENSE:
            with self.subTest(label):
                peer = self.peer()
                with contextlib.suppress(ConnectionError):
                    peer.send(data)
                if ends:
                    self.assertTrue(peer.is_closed(5), "it was not closed")
                self.is_honest_served()
                peer.close()

    def test_nonsense_once_open(self):
        for label, data, ends in NONSENSE:
            with self.subTest(label):
                peer = self.peer(read_only=True).open()
                with contextlib.suppress(ConnectionError):
                    peer.send(data)
                if ends:
                    self.assertTrue(peer.is_closed(5), "it was not closed")
                self.is_honest_served()
                peer.close()

    def test_message_by_bytes(self):
        """A slow writer is understood, and delays nobody."""
        peer = self.peer()
        for byte in call(AUTH_LIST, 1):
            peer.send(bytes([byte]))
        self.assertEqual(peer.reply()[0], 0)
        self.is_honest_served()

    def test_half_messages(self):
        """Many large messages, each begun and none finished."""
        for _ in range(100):
            peer = self.peer()
            with contextlib.suppress(ConnectionError, TimeoutError):
                peer.send(call(DEFINE_XML, 1, b"x" * (4 << 20))[:65536])
        self.is_honest_served()
        self.assertLess(self.rss_kib() - self.memory, GROWTH_KIB, "KiB more")

    def test_silent_crowd(self):
        for _ in range(CROWD):
            self.peer()
        self.is_honest_served()

    def test_crowd_that_is_open(self):
        for _ in range(CROWD):
            self.peer().open()
        self.is_honest_served()

    def test_crowd_that_comes_and_goes(self):
        for _ in range(CROWD):
            with Peer(self.daemon.socket) as peer:
                peer.send(call(AUTH_LIST, 1))
        self.is_honest_served()

    def test_never_reads(self):
        """Asks for much, and reads none of it: it is read from no further."""
        for _ in range(10):
            peer = self.peer().open()
            peer.socket.settimeout(0.5)
            try:
                for serial in range(2, 20000):
                    peer.send(call(HOSTNAME, serial) * 16)
            except (TimeoutError, ConnectionError):
                continue
            self.fail("the daemon read on and on")
        self.is_honest_served()
        self.assertLess(self.rss_kib() - self.memory, GROWTH_KIB, "KiB more")

    def test_reads_in_the_end(self):
        """Whoever reads at last gets every answer, in order."""
        peer = self.peer().open()
        for serial in range(2, 34):
            peer.send(call(HOSTNAME, serial))
        for serial in range(2, 34):
            (length,) = WORD.unpack(peer.read(4))
            body = peer.read(length - 4)
            self.assertEqual(struct.unpack(">I", body[16:20])[0], serial)

    def test_leaves_in_a_job(self):
        """A client goes away while its jobs wait: the jobs do not outlive their use."""
        stuck = self.honest.createXML(test_xml("stuck", "hang='suspend'"))
        uuid = bytes.fromhex(stuck.UUIDString().replace("-", ""))
        suspend, resume = 34, 28
        domain = string("stuck") + uuid + WORD.pack(stuck.ID())
        for _ in range(20):
            peer = self.peer().open()
            peer.send(call(suspend, 10, domain))
            peer.send(call(resume, 11, domain))
            peer.close()
        self.is_honest_served()
        before = time.monotonic()
        stuck.destroy()
        self.assertLess(time.monotonic() - before, 5)

    def test_huge_documents(self):
        deep = "<a>" * 100000
        wide = "<domain type='test'>" + "<x/>" * 200000 + "</domain>"
        attributes = "<domain " + " ".join(f"a{i}='1'" for i in range(100000)) + "/>"
        doctype = "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><domain>&b;</domain>"
        long_name = f"<domain type='test'><name>{'n' * (3 << 20)}</name></domain>"
        too_long = "<domain type='test'>" + " " * (5 << 20) + "</domain>"
        for label, document in (("deep", deep), ("wide", wide), ("attributes", attributes),
                                ("doctype", doctype), ("long name", long_name),
                                ("too long", too_long), ("not UTF-8", b"<domain>\xff\xfe</domain>")):
            with self.subTest(label):
                before = time.monotonic()
                data = document if isinstance(document, bytes) else document.encode()
                peer = self.peer().open()
                with contextlib.suppress(EOFError, ConnectionError):
                    self.assertNotEqual(peer.ask(DEFINE_XML, string(data))[0], 0)
                self.assertLess(time.monotonic() - before, 5)
                self.is_honest_served()
                peer.close()

    def test_full_house(self):
        """Where a user's or all slots are taken, the next is refused at once, not left hanging."""
        with daemon_class()(conf="max_clients = 48\nroot_clients = 16") as daemon:
            crowd = contextlib.ExitStack()
            with crowd:
                refused = None
                for _ in range(60):
                    peer = crowd.enter_context(Peer(daemon.socket))
                    try:
                        peer.open()
                    except (EOFError, ConnectionError, Refused):
                        refused = peer
                        break
                self.assertIsNotNone(refused, "60 clients where 48 may be")
            wait_for("room again", lambda: self.may_connect(daemon), 10)

    def may_connect(self, daemon):
        try:
            daemon.connect("test").close()
        except libvirt.libvirtError:
            return False
        return True


if __name__ == "__main__":
    unittest.main()
