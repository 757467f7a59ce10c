"""How much of a delivered file is read before it is refused."""

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT_LIMITS", "ReadingLimits"]

MIB: Final = 1 << 20
GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Bounds that no honest delivery of a million parcels comes near, and that keep a hostile one from doing harm.

    Attributes
    ----------
    features, fields, layers : int
        Of one layer, of one layer, of one delivery.
    geometry_bytes : int
        WKB of one feature, 16 bytes a vertex: the default holds 16 million vertices.
    geometry_depth : int
        Collections inside of collections.
    attribute_bytes : int
        One text or binary value.
    table_rows, table_cells : int
        Of one table that is held while its rows are read: contracts, enterprises and the like.
    workbook_bytes : int
        Of an XLSX file, unpacked: its texts are held, because that is how the format keeps them.
    archive_entries, archive_depth : int
        Files in a ZIP archive; archives inside of archives (a KMZ in a ZIP has depth 2).
    unpacked_bytes : int
        Of a whole archive.
    unpacked_ratio, ratio_free_bytes : int
        How many times larger than packed an archive may be, once it is larger than the second.
    memory_bytes, cpu_seconds : int
        Of the process that reads.
    silence_seconds : int
        How long that process may be without a result.
    """

    features: int = 20_000_000
    fields: int = 2_000
    layers: int = 2_000
    geometry_bytes: int = 256 * MIB
    geometry_depth: int = 16
    attribute_bytes: int = 4 * MIB
    table_rows: int = 2_000_000
    table_cells: int = 50_000_000
    workbook_bytes: int = 2 * GIB
    archive_entries: int = 20_000
    archive_depth: int = 2
    unpacked_bytes: int = 16 * GIB
    unpacked_ratio: int = 250
    ratio_free_bytes: int = 256 * MIB
    memory_bytes: int = 4 * GIB
    cpu_seconds: int = 3_600
    silence_seconds: int = 600


DEFAULT_LIMITS: Final = ReadingLimits()
