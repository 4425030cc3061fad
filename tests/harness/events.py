# SPDX-License-Identifier: LGPL-2.1-or-later
"""Events of a connection, collected by libvirt's own event loop in a thread.

    connection = listening(daemon.connect)
    heard = Lifecycle(connection)
    domain.suspend()
    heard.expect(("guest", "suspended", 0))
"""

import queue
import threading

import libvirt

TYPES = (
    "defined undefined started suspended resumed stopped shutdown pmsuspended crashed".split()
)

_started = threading.Event()


def _run():
    while True:
        libvirt.virEventRunDefaultImpl()


def start_loop():
    """Must come before the connection that is to hear something. Once for each process."""
    if not _started.is_set():
        _started.set()
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=_run, name="events", daemon=True).start()


def listening(connect, *args):
    start_loop()
    connection = connect(*args)
    connection.setKeepAlive(5, 3)
    return connection


class Lifecycle:
    """Lifecycle and reboot events as (name, type, detail), in their order."""

    def __init__(self, connection, domain=None):
        self.connection, self.queue = connection, queue.Queue()
        self.ids = [
            connection.domainEventRegisterAny(
                domain, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self.lifecycle, None
            ),
            connection.domainEventRegisterAny(
                domain, libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, self.reboot, None
            ),
        ]

    def lifecycle(self, _connection, domain, kind, detail, _data):
        self.queue.put((domain.name(), TYPES[kind], detail))

    def reboot(self, _connection, domain, _data):
        self.queue.put((domain.name(), "reboot", 0))

    def expect(self, *events, seconds=15):
        """These come next, in this order."""
        for wanted in events:
            try:
                got = self.queue.get(timeout=seconds)
            except queue.Empty:
                raise AssertionError(f"no {wanted} within {seconds} s") from None
            if got != wanted:
                raise AssertionError(f"{got} came instead of {wanted}")

    def quiet(self):
        """Nothing that was not expected has come."""
        if not self.queue.empty():
            raise AssertionError(f"unexpected: {self.queue.get()}")

    def drain(self, last):
        """Whatever comes until `last` came."""
        while self.queue.get(timeout=60) != last:
            continue

    def close(self):
        for number in self.ids:
            self.connection.domainEventDeregisterAny(number)
