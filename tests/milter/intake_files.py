"""Reads an intake's segment files, from docs/intake-format.md alone: a second
implementation, which shows that the document says enough."""

import os
import struct
import zlib

BLOCK = 4096


def segments(directory):
    names = sorted(
        name for name in os.listdir(directory)
        if name.startswith("segment-") and name.endswith(".log")
    )
    return [os.path.join(directory, name) for name in names]


def records(directory):
    """All records, oldest first, as dictionaries."""
    found = []
    for path in segments(directory):
        with open(path, "rb") as file:
            found += _records_of(file.read())
    return found


def _records_of(data):
    assert data[:8] == b"PMINTAKE"
    version, segment, nonce, size, _sequence = struct.unpack_from(
        "<IQQQQ", data, 8)
    assert version == 1 and size == len(data)
    assert zlib.crc32(data[8:44]) == struct.unpack_from("<I", data, 44)[0]
    offset = BLOCK
    while offset + 64 <= len(data):
        magic, checksum = struct.unpack_from("<4sI", data, offset)
        if magic != b"PMR1":
            return
        if zlib.crc32(data[offset + 8:offset + 64]) != checksum:
            return
        owner, mark, sequence, _batch, length, payload_checksum = (
            struct.unpack_from("<QQQQQI", data, offset + 8))
        if (owner, mark) != (segment, nonce):
            return
        payload = data[offset + 64:offset + 64 + length]
        if zlib.crc32(payload) != payload_checksum:
            return
        record = _decode(payload)
        record["sequence"] = sequence
        yield record
        offset += (64 + length + BLOCK - 1) // BLOCK * BLOCK


def _decode(payload):
    at = 0

    def take(size):
        nonlocal at
        at += size
        return payload[at - size:at]

    def number():
        return struct.unpack("<Q", take(8))[0]

    def string():
        return take(number())

    assert take(1) == b"\1"
    record = {}
    for name in ("list", "queue_id", "sender"):
        record[name] = string()
    record["recipients"] = [string() for _ in range(number())]
    for name in ("client_name", "client_address", "helo"):
        record[name] = string()
    record["arrival"] = struct.unpack("<q", take(8))[0]
    record["truncated"] = take(1) == b"\1"
    record["raw"] = string()
    assert at == len(payload)
    return record
