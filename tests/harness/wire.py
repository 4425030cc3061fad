# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client of the remote protocol by hand, to say what no library would say."""

import contextlib
import socket
import struct

PROGRAM, VERSION = 0x20008086, 1
CALL, REPLY = 0, 1
OPEN, DEFINE_XML, HOSTNAME, AUTH_LIST, LIB_VERSION = 1, 11, 59, 66, 157
WORD = struct.Struct(">I")


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return WORD.pack(len(data)) + data + b"\0" * (-len(data) % 4)


def optional(text):
    return WORD.pack(1) + string(text)


def call(procedure, serial, payload=b"", program=PROGRAM, version=VERSION, kind=CALL, status=0):
    body = struct.pack(">IIiIII", program, version, procedure, kind, serial, status) + payload
    return WORD.pack(len(body) + 4) + body


class Refused(Exception):
    """The daemon answered, with an error."""


class Peer:
    """One raw connection."""

    def __init__(self, path, seconds=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        self.socket.connect(str(path))
        self.serial = 0

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(min(size - len(data), 65536))
            if not more:
                raise EOFError("the daemon closed the connection")
            data += more
        return data

    def reply(self):
        """(status, payload) of the next message: status 0 is success."""
        (length,) = WORD.unpack(self.read(4))
        body = self.read(length - 4)
        status = struct.unpack(">IIiIII", body[:24])[5]
        return status, body[24:]

    def ask(self, procedure, payload=b""):
        self.serial += 1
        self.send(call(procedure, self.serial, payload))
        return self.reply()

    def open(self, name="test:///default"):
        for procedure, payload in ((AUTH_LIST, b""), (OPEN, optional(name) + WORD.pack(0))):
            status, answer = self.ask(procedure, payload)
            if status != 0:
                raise Refused(answer)
        return self

    def is_closed(self, seconds):
        """Reads away what comes; true when the daemon closes the connection in time."""
        self.socket.settimeout(seconds)
        with contextlib.suppress(ConnectionError):
            try:
                while self.socket.recv(65536):
                    pass
            except TimeoutError:
                return False
        return True
