"""A decoder of Mapbox vector tiles (specification 2.1), enough to check what a tile holds."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LAYER, FEATURE, KEY, VALUE, EXTENT = 3, 2, 3, 4, 5


@dataclass(frozen=True)
class TileFeature:
    id: int
    properties: dict[str, Any]
    rings: list[list[tuple[int, int]]]

    @property
    def area(self) -> float:
        """Return the area in tile units; exterior rings are positive, holes negative."""
        return sum(_shoelace(ring) for ring in self.rings)


@dataclass(frozen=True)
class TileLayer:
    name: str
    extent: int
    features: list[TileFeature]


def decode(data: bytes) -> list[TileLayer]:
    return [_layer(body) for number, body in _fields(data) if number == LAYER]


def _layer(data: bytes) -> TileLayer:
    fields = list(_fields(data))
    keys = [body.decode() for number, body in fields if number == KEY]
    values = [_value(body) for number, body in fields if number == VALUE]
    name = next(body.decode() for number, body in fields if number == 1)
    extent = next(body for number, body in fields if number == EXTENT)
    return TileLayer(name, extent, [_feature(body, keys, values) for number, body in fields if number == FEATURE])


def _feature(data: bytes, keys: list[str], values: list[Any]) -> TileFeature:
    found = dict(_fields(data))
    tags = list(_packed(found.get(2, b"")))
    properties = {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)}
    return TileFeature(found[1], properties, list(_rings(list(_packed(found[4])))))


def _value(data: bytes) -> Any:
    ((number, body),) = _fields(data)
    match number:
        case 1:
            return body.decode()
        case 2:
            return struct.unpack("<f", body)[0]
        case 3:
            return struct.unpack("<d", body)[0]
        case 4 | 5:
            return body
        case 6:
            return _zigzag(body)
        case _:
            return bool(body)


def _rings(commands: list[int]) -> Iterator[list[tuple[int, int]]]:
    x = y = position = 0
    ring: list[tuple[int, int]] = []
    while position < len(commands):
        command, count = commands[position] & 7, commands[position] >> 3
        position += 1
        if command == 7:
            yield ring
            ring = []
            continue
        for _ in range(count):
            x += _zigzag(commands[position])
            y += _zigzag(commands[position + 1])
            position += 2
            ring.append((x, y))


def _shoelace(ring: list[tuple[int, int]]) -> float:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def _zigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        match tag & 7:
            case 0:
                body, position = _varint(data, position)
            case 1:
                body, position = data[position : position + 8], position + 8
            case 5:
                body, position = data[position : position + 4], position + 4
            case _:
                size, position = _varint(data, position)
                body, position = data[position : position + size], position + size
        yield tag >> 3, body


def _packed(data: bytes) -> Iterator[int]:
    position = 0
    while position < len(data):
        number, position = _varint(data, position)
        yield number


def _varint(data: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[position]
        position += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, position
