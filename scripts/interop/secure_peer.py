#!/usr/bin/env python3
"""A Parley peer in one file, written from docs/protocol.md alone: it shows that the page is enough to build one.

    secure_peer.py listen PORT               prints its key, and what peers say to it
    secure_peer.py say HOST PORT KEY TEXT    says TEXT in #general to the peer at HOST PORT, which must prove KEY
    secure_peer.py in NETWORK listen PORT    the same in a closed network; NETWORK is the text of its key

Makes a new key at each start. Needs python3-cryptography.
"""
import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import sys
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

INITIATOR, RESPONDER = 1, 2
MESSAGES = (("e",), ("e", "ee", "s", "es"), ("s", "se"))
CLOSED = (("psk", "e"),) + MESSAGES[1:]
SMALL_ORDER = [bytes.fromhex(text) for text in (
    "00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]


def check(is_right, problem):
    if not is_right:
        raise ConnectionError(problem)


def raw(private):
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def to_text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_text(text, length):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    check(len(data) == length and to_text(data) == text, "not %d bytes in base64url" % length)
    return data


OWN = Ed25519PrivateKey.generate()
OWN_ID = to_text(raw(OWN))


def preshared(text):
    """The key of handshakes in the closed network with this key."""
    prefix, _, encoded = text.partition(":")
    data = from_text(encoded, 36)
    check(prefix == "parley-network-1" and hashlib.sha256(data[:32]).digest()[:4] == data[32:], "no network key")
    return hmac.digest(data[:32], b"handshake", "sha256")


ARGUMENTS = sys.argv[1:]
PSK = preshared(ARGUMENTS[1]) if ARGUMENTS[0] == "in" else None
if PSK:
    del ARGUMENTS[:2]


def write_proof(role, h):
    signed = b"parley/noise/1\0" + bytes([role, 1, 0]) + h + raw(OWN)
    return bytes([1, 1, 0]) + raw(OWN) + OWN.sign(signed)


def read_proof(role, h, proof):
    """The id of the key that the other end proves."""
    check(len(proof) == 99 and proof[0] == 1 and proof[1] in (1, 2), "no proof of a key")
    key, cleared = proof[3:35], proof[3:34] + bytes([proof[34] & 0x7F])
    check(int.from_bytes(cleared, "little") < 2**255 - 19 and cleared not in SMALL_ORDER, "a key that is refused")
    check(key != raw(OWN), "our own key")
    Ed25519PublicKey.from_public_bytes(key).verify(proof[35:], b"parley/noise/1\0" + bytes([role]) + proof[1:3] + h + key)
    return to_text(key)


class Cipher:
    """A key and its counter."""

    def __init__(self, key):
        self.aead, self.count = ChaCha20Poly1305(key), -1

    def nonce(self):
        self.count += 1
        return bytes(4) + struct.pack("<Q", self.count)

    def seal(self, plain, associated):
        return self.aead.encrypt(self.nonce(), plain, associated)

    def open(self, sealed, associated):
        return self.aead.decrypt(self.nonce(), sealed, associated)


class Handshake:
    def __init__(self, role):
        self.role, self.other = role, INITIATOR + RESPONDER - role
        self.own = {"e": X25519PrivateKey.generate(), "s": X25519PrivateKey.generate()}
        self.theirs, self.cipher, self.messages = {}, None, iter(CLOSED if PSK else MESSAGES)
        self.h = b"Noise_XX_25519_ChaChaPoly_SHA256"
        if PSK:
            self.h = hashlib.sha256(b"Noise_XXpsk0_25519_ChaChaPoly_SHA256").digest()
        self.ck = self.h
        self.mix_hash(b"parley-noise/1\0GET /p2p/secure\0" + (b"\1" if PSK else b"\0"))

    def mix_hash(self, data):
        self.h = hashlib.sha256(self.h + data).digest()

    def hkdf(self, data):
        temporary = hmac.digest(self.ck, data, "sha256")
        first = hmac.digest(temporary, b"\1", "sha256")
        second = hmac.digest(temporary, first + b"\2", "sha256")
        return first, second, hmac.digest(temporary, second + b"\3", "sha256")

    def encrypt(self, plain):
        data = self.cipher.seal(plain, self.h) if self.cipher else plain
        self.mix_hash(data)
        return data

    def decrypt(self, data):
        plain = self.cipher.open(data, self.h) if self.cipher else data
        self.mix_hash(data)
        return plain

    def mix(self, part):
        if part == "psk":
            self.ck, mixed, key = self.hkdf(PSK)
            self.mix_hash(mixed)
            self.cipher = Cipher(key)
            return
        mine, theirs = part if self.role == INITIATOR else part[::-1]
        # Raises ValueError when the result is zeros.
        self.mix_key(self.own[mine].exchange(X25519PublicKey.from_public_bytes(self.theirs[theirs])))

    def mix_key(self, data):
        self.ck, key, _ = self.hkdf(data)
        self.cipher = Cipher(key)

    def mix_ephemeral(self, key):
        self.mix_hash(key)
        if PSK:
            self.mix_key(key)

    def write(self, proves=True):
        message = b""
        for part in next(self.messages):
            if part in self.own:
                message += self.encrypt(raw(self.own[part])) if part == "s" else raw(self.own[part])
                if part == "e":
                    self.mix_ephemeral(message)
            else:
                self.mix(part)
        return message + self.encrypt(write_proof(self.role, self.h) if proves else b"")

    def read(self, message, proves=True):
        """The id of the key that the message proves."""
        for part in next(self.messages):
            if part == "e":
                self.theirs[part], message = message[:32], message[32:]
                self.mix_ephemeral(self.theirs[part])
            elif part == "s":
                self.theirs[part], message = self.decrypt(message[:48]), message[48:]
            else:
                self.mix(part)
        h, payload = self.h, self.decrypt(message)
        return read_proof(self.other, h, payload) if proves else check(payload == b"", "a payload in message 1")

    def split(self):
        """What seals, and what opens."""
        keys = [Cipher(key) for key in self.hkdf(b"")[:2]]
        return keys if self.role == INITIATOR else keys[::-1]


class Stream:
    """A connection in clear."""

    def __init__(self, connection):
        self.connection, self.buffer = connection, b""

    def receive(self):
        """Some bytes; none at the end."""
        return self.connection.recv(65536)

    def send(self, data):
        self.connection.sendall(data)

    def end(self):
        self.connection.shutdown(socket.SHUT_WR)

    def take(self, length):
        while len(self.buffer) < length:
            data = self.receive()
            check(data != b"", "the connection ended")
            self.buffer += data
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def head(self):
        """The first line of a message and its fields; None at the end."""
        while b"\r\n\r\n" not in self.buffer:
            data = self.receive()
            if data == b"":
                return None
            self.buffer += data
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        line, *fields = head.decode("latin1").split("\r\n")
        return line, {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}


class Records(Stream):
    """The records of a connection, as a stream of bytes."""

    def __init__(self, clear, handshake):
        super().__init__(clear.connection)
        self.clear, (self.sealing, self.opening) = clear, handshake.split()

    def receive(self):
        length = self.clear.take(2)
        plain = self.opening.open(self.clear.take(struct.unpack(">H", length)[0]), length)
        kind, padding, rest = plain[0], plain[1], plain[2:]
        check(padding < 64 and rest.endswith(bytes(padding)), "wrong padding")
        data = rest[:len(rest) - padding]
        check(kind == 0 or kind == 1 and data == b"", "a record of an unknown type")
        return data if kind == 1 or data != b"" else self.receive()

    def send(self, data):
        for at in range(0, len(data), 65517):
            self.record(0, data[at:at + 65517])

    def record(self, kind, data):
        padding = -(2 + len(data)) % 64 if 2 + len(data) < 1024 else 0
        plain = bytes([kind, padding]) + data + bytes(padding)
        length = struct.pack(">H", len(plain) + 16)
        self.clear.send(length + self.sealing.seal(plain, length))

    def end(self):
        self.record(1, b"")
        super().end()


def switch_fields(message):
    return "Connection: Upgrade\r\nUpgrade: parley-noise/1\r\nSec-Parley-Noise: %s\r\n\r\n" % to_text(message)


def connect(host, port, key):
    """A connection on which the other end has proved this key."""
    clear, handshake = Stream(socket.create_connection((host, port))), Handshake(INITIATOR)
    head = "GET /p2p/secure HTTP/1.1\r\nHost: %s:%d\r\n" % (host, port) + switch_fields(handshake.write(False))
    clear.send(head.encode())
    line, fields = clear.head() or ("no answer", {})
    check(line.startswith("HTTP/1.1 101 ") and clear.buffer == b"", "no secure connection: " + line)
    check(handshake.read(from_text(fields["sec-parley-noise"], 195)) == key, "another key")
    clear.send(b"\0\xa3" + handshake.write())
    return Records(clear, handshake)


def accept(clear, fields):
    """The connection, and the key of the client that has asked to switch it."""
    check(clear.buffer == b"" and fields.get("upgrade") == "parley-noise/1", "no request for a secure connection")
    handshake = Handshake(RESPONDER)
    handshake.read(from_text(fields["sec-parley-noise"], 48 if PSK else 32), False)
    clear.send(("HTTP/1.1 101 Switching Protocols\r\n" + switch_fields(handshake.write())).encode())
    check(clear.take(2) == b"\0\xa3", "no message 3")
    key = handshake.read(clear.take(163))
    return Records(clear, handshake), key


def serve(stream, hello, sender="a program without a key"):
    """Answers the requests on a connection until it ends."""
    while (head := stream.head()) is not None:
        line, fields = head
        method, path, _ = line.split(" ")
        if path == "/p2p/secure":
            records, key = accept(stream, fields)
            return serve(records, hello, key)
        body = json.loads(stream.take(int(fields.get("content-length", 0))) or b"{}")
        status, answer = "404 Not Found", {"error": "not_found"}
        if path == "/p2p/hello":
            status, answer = "200 OK", hello
        elif path == "/p2p/receive":
            status, answer = "200 OK", {"status": "ok", "id": body.get("id")}
            print("%s: %s" % (sender, body["message"]), flush=True)
        text = json.dumps(answer)
        head = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(text))
        stream.send((head + text).encode())
    stream.end()


def description(ip, port):
    return {"app": "parley", "version": "0", "ip": ip, "port": port, "name": "python", "key": OWN_ID,
            "node": os.urandom(8).hex(), "channels": ["general"]}


def listen(port):
    server = socket.create_server(("127.0.0.1", int(port)))
    print("listening on %d" % server.getsockname()[1], flush=True)
    hello = description(*server.getsockname())
    while True:
        threading.Thread(target=serve, args=(Stream(server.accept()[0]), hello), daemon=True).start()


def say(host, port, key, text):
    records = connect(host, int(port), key)
    sender = description(*records.connection.getsockname())
    body = json.dumps({"from": sender, "channel": "general", "message": text, "id": os.urandom(8).hex()})
    head = "POST /p2p/receive HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    records.send((head % (host, port, len(body)) + body).encode())
    line, fields = records.head() or ("no answer", {})
    print(line, records.take(int(fields.get("content-length", 0))).decode(), flush=True)
    records.end()
    check(records.head() is None, "more than one answer")


print("key", OWN_ID, flush=True)
{"listen": listen, "say": say}[ARGUMENTS[0]](*ARGUMENTS[1:])
