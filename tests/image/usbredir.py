"""USB devices outside a machine: the side of the usb-redir protocol that has the device.

QEMU's `usb-redir` device listens on a socket; who connects plugs a device in, who closes pulls it out. Every message that
arrives is measured against the protocol: one that does not fit ends the connection, and `Cable.broken` says why.

Source: usbredir, `docs/usb-redirection-protocol.md`, and `hw/usb/redirect.c` of QEMU for what its controllers insist on:
they refuse a device without the sizes of its endpoints, 64-bit identifiers and 32-bit lengths of bulk transfers.
"""

import os
import select
import socket
import struct
import threading

HELLO, CONNECT, DISCONNECT, RESET, INTERFACES, ENDPOINTS = 0, 1, 2, 3, 4, 5
SET_CONFIGURATION, GET_CONFIGURATION, CONFIGURATION = 6, 7, 8
SET_ALTERNATE, GET_ALTERNATE, ALTERNATE = 9, 10, 11
START_ISO, STOP_ISO, ISO_STATUS = 12, 13, 14
START_INTERRUPT, STOP_INTERRUPT, INTERRUPT_STATUS = 15, 16, 17
ALLOC_STREAMS, FREE_STREAMS = 18, 19
CANCEL, FILTER_REJECT, FILTER, DISCONNECT_ACK = 21, 22, 23, 24
START_BULK, STOP_BULK, BULK_STATUS = 25, 26, 27
CONTROL, BULK, ISO, INTERRUPT = 100, 101, 102, 103

SUCCESS, CANCELLED, INVALID, IO_ERROR, STALLED = 0, 1, 2, 3, 4
CAPABILITIES = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6  # version of the device, sizes of endpoints, 64-bit ids, 32-bit lengths
LONGEST = 1 << 20
# Bytes of the fixed part of each message from the machine, and whether data may follow it.
SHAPES = {
    RESET: (0, False), SET_CONFIGURATION: (1, False), GET_CONFIGURATION: (0, False), SET_ALTERNATE: (2, False),
    GET_ALTERNATE: (1, False), START_ISO: (3, False), STOP_ISO: (1, False), START_INTERRUPT: (1, False),
    STOP_INTERRUPT: (1, False), ALLOC_STREAMS: (8, False), FREE_STREAMS: (4, False), CANCEL: (0, False),
    FILTER_REJECT: (0, False), FILTER: (0, True), DISCONNECT_ACK: (0, False), START_BULK: (10, False),
    STOP_BULK: (5, False), CONTROL: (10, True), BULK: (10, True), ISO: (4, True), INTERRUPT: (4, True),
}


class Malformed(Exception):
    """A message that is not of the protocol."""


class Parser:
    """Bytes in, whole messages out: `(kind, id, body)`."""

    def __init__(self):
        self.buffer = b""
        self.greeted = False

    def feed(self, data):
        """The messages that are complete with these bytes."""
        self.buffer += data
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self):
        header = struct.Struct("<IIQ" if self.greeted else "<III")
        if len(self.buffer) < header.size:
            return None
        kind, length, ident = header.unpack_from(self.buffer)
        if length > LONGEST:
            raise Malformed(f"message {kind} of {length} bytes")
        if len(self.buffer) < header.size + length:
            return None
        body, self.buffer = self.buffer[header.size:header.size + length], self.buffer[header.size + length:]
        self._measure(kind, body)
        return kind, ident, body

    def _measure(self, kind, body):
        if not self.greeted:
            if kind != HELLO or len(body) < 64 or len(body) % 4:
                raise Malformed(f"message {kind} of {len(body)} bytes where a hello belongs")
            theirs = int.from_bytes(body[64:68], "little")
            if theirs & CAPABILITIES != CAPABILITIES:
                raise Malformed(f"the machine's capabilities are {theirs:#x}")
            self.greeted = True
            return
        fixed, more = SHAPES.get(kind, (None, False))
        if fixed is None or len(body) < fixed or (len(body) > fixed and not more):
            raise Malformed(f"message {kind} of {len(body)} bytes")


class Cable:
    """A cable between a device and one port of a machine. `plug()` and `pull()` at any time, again and again.

    A device that sets `pulled` itself is pulled out at that very moment.
    """

    def __init__(self, port, device):
        self.port = port
        self.device = device
        self.broken = None
        self.thread = None
        self.lock = threading.Lock()

    used = frozenset()
    """Endpoints that the machine ever read from or wrote to since the device was plugged in."""

    @property
    def is_plugged(self):
        """Whether the device is still on the port."""
        return self.thread is not None and self.thread.is_alive()

    def plug(self):
        """Connects the device."""
        if self.is_plugged:
            raise RuntimeError(f"{self.device.name} is plugged in already")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(self.port))
        self.wake_read, self.wake_write = os.pipe()
        self.pulled = False
        self.parser, self.started, self.waiting = Parser(), set(), []
        self.configuration, self.alternates, self.reports = 0, {}, 0
        self.used = set()
        self.device.plugged(self)
        self._send(HELLO, b"vitrine-image-test".ljust(64, b"\0") + struct.pack("<I", CAPABILITIES))
        self.thread = threading.Thread(target=self._run, name=self.device.name, daemon=True)
        self.thread.start()
        return self

    def pull(self):
        """Pulls the cable out, in the middle of whatever happens."""
        if self.thread is None:
            return
        self.pulled = True
        self.wake()
        self.thread.join(timeout=10)
        self.thread = None

    def wake(self):
        """Lets the device say what it has to say: from any thread."""
        try:
            os.write(self.wake_write, b"!")
        except OSError:
            pass

    def _run(self):
        try:
            self._loop()
        except Malformed as why:
            self.broken = str(why)
        except OSError as why:
            if not self.pulled:
                self.broken = str(why)
        finally:
            self.socket.close()
            self.device.unplugged()
            os.close(self.wake_read)
            os.close(self.wake_write)

    def _loop(self):
        while not self.pulled:
            sources = [self.socket, self.wake_read, *self.device.sources()]
            ready, _, _ = select.select(sources, [], [], self.device.patience())
            if self.wake_read in ready:
                os.read(self.wake_read, 4096)
            if self.socket in ready:
                data = self.socket.recv(1 << 16)
                if not data:
                    return
                for kind, ident, body in self.parser.feed(data):
                    self._hear(kind, ident, body)
            for source in ready:
                if source is not self.socket and source != self.wake_read:
                    self.device.readable(source)
            self._speak()

    def _send(self, kind, body=b"", ident=0):
        header = struct.pack("<IIQ" if self.parser.greeted else "<III", kind, len(body), ident)
        self.socket.sendall(header + body)

    def _hear(self, kind, ident, body):
        if kind == HELLO:
            self._introduce()
        elif kind in (CONTROL, BULK, INTERRUPT):
            {CONTROL: self._control, BULK: self._bulk, INTERRUPT: self._interrupt}[kind](ident, body)
        elif kind == RESET:
            self.started.clear()
            self.waiting.clear()
            self.device.was_reset()
        elif kind == FILTER_REJECT:
            raise Malformed("QEMU rejects the device")
        elif kind == CANCEL:
            self._cancel(ident)
        else:
            self._set_up(kind, ident, body)

    def _introduce(self):
        """Endpoints and interfaces have to be known before the device is."""
        kinds, intervals, owners, sizes = [255] * 32, [0] * 32, [0] * 32, [0] * 32
        kinds[0] = kinds[16] = 0
        sizes[0] = sizes[16] = 64
        for endpoint in self.device.endpoints():
            place = (endpoint.address & 0x80) >> 3 | endpoint.address & 15
            kinds[place], sizes[place] = endpoint.kind, endpoint.size
            intervals[place], owners[place] = endpoint.interval, endpoint.interface
        self._send(ENDPOINTS, bytes(kinds) + bytes(intervals) + bytes(owners) + struct.pack("<32H", *sizes))
        rows = list(zip(*[(i.number, i.kind, i.subkind, i.protocol) for i in self.device.interfaces]))
        columns = b"".join(bytes(row).ljust(32, b"\0") for row in rows)
        self._send(INTERFACES, struct.pack("<I", len(self.device.interfaces)) + columns)
        device = self.device
        self._send(CONNECT, struct.pack("<BBBBHHH", device.speed, *device.kind, *device.ids, device.version))

    def _set_up(self, kind, ident, body):
        if kind == SET_CONFIGURATION:
            self.configuration = body[0]
            self.device.configured(body[0])
            self._send(CONFIGURATION, bytes([SUCCESS, body[0]]), ident)
        elif kind == GET_CONFIGURATION:
            self._send(CONFIGURATION, bytes([SUCCESS, self.configuration]), ident)
        elif kind == SET_ALTERNATE:
            self.alternates[body[0]] = body[1]
            self._send(ALTERNATE, bytes([SUCCESS, body[0], body[1]]), ident)
        elif kind == GET_ALTERNATE:
            self._send(ALTERNATE, bytes([SUCCESS, body[0], self.alternates.get(body[0], 0)]), ident)
        elif kind == START_INTERRUPT:
            self.started.add(body[0])
            self.used.add(body[0])
            self._send(INTERRUPT_STATUS, bytes([SUCCESS, body[0]]), ident)
        elif kind == STOP_INTERRUPT:
            self.started.discard(body[0])
            self._send(INTERRUPT_STATUS, bytes([SUCCESS, body[0]]), ident)
        elif kind in (START_ISO, STOP_ISO, START_BULK, STOP_BULK):
            status = ISO_STATUS if kind in (START_ISO, STOP_ISO) else BULK_STATUS
            self._send(status, bytes([INVALID, body[0]]) + bytes(4 * (status == BULK_STATUS)), ident)

    def _control(self, ident, body):
        endpoint, request, kind, _, value, index, length = struct.unpack_from("<BBBBHHH", body)
        data = body[10:]
        inward = bool(kind & 0x80)
        if (inward and data) or (not inward and len(data) != length):
            raise Malformed(f"a control transfer of {length} bytes brings {len(data)}")
        answer = self.device.control(kind, request, value, index, length, data)
        status = STALLED if answer is None else SUCCESS
        back = (answer or b"")[:length] if inward else b""
        done = len(back) if inward else length
        header = struct.pack("<BBBBHHH", endpoint, request, kind, status, value, index, 0 if status else done)
        self._send(CONTROL, header + back, ident)

    def _bulk(self, ident, body):
        endpoint, _, low, stream, high = struct.unpack_from("<BBHIH", body)
        length, data = low | high << 16, body[10:]
        self.used.add(endpoint)
        if endpoint & 0x80:
            if data:
                raise Malformed("a bulk transfer to the machine that brings data")
            self.waiting.append((ident, endpoint, length, stream))
            return
        if len(data) != length:
            raise Malformed(f"a bulk transfer of {length} bytes brings {len(data)}")
        status = SUCCESS if self.device.bulk_out(endpoint, data) else STALLED
        self._send(BULK, struct.pack("<BBHIH", endpoint, status, low, stream, high), ident)

    def _interrupt(self, ident, body):
        endpoint, _, length = struct.unpack_from("<BBH", body)
        if endpoint & 0x80 or len(body) != 4 + length:
            raise Malformed(f"an interrupt transfer of {length} bytes brings {len(body) - 4}")
        self.used.add(endpoint)
        self.device.interrupt_out(endpoint, body[4:])
        self._send(INTERRUPT, struct.pack("<BBH", endpoint, SUCCESS, length), ident)

    def _cancel(self, ident):
        hit = [w for w in self.waiting if w[0] == ident]
        self.waiting = [w for w in self.waiting if w[0] != ident]
        for _, endpoint, _, stream in hit:
            self._send(BULK, struct.pack("<BBHIH", endpoint, CANCELLED, 0, stream, 0), ident)

    def _speak(self):
        """Interrupt packets of endpoints that the machine started (it drops others), and bulk transfers that can be filled."""
        while self.parser.greeted and (report := self.device.report(self.started)) is not None:
            endpoint, data = report
            self._send(INTERRUPT, struct.pack("<BBH", endpoint, SUCCESS, len(data)) + data, self.reports)
            self.reports += 1
        still = []
        for ident, endpoint, length, stream in self.waiting:
            data = None if any(w[1] == endpoint for w in still) else self.device.bulk_in(endpoint, length)
            if data is None:
                still.append((ident, endpoint, length, stream))
                continue
            status = STALLED if data is STALL else SUCCESS
            data = b"" if data is STALL else data[:length]
            size = len(data)
            self._send(BULK, struct.pack("<BBHIH", endpoint, status, size & 0xffff, stream, size >> 16) + data, ident)
        self.waiting = still


STALL = object()
"""What `bulk_in` of a device answers for a stalled endpoint."""
