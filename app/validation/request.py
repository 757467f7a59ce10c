"""What is to be validated, and as what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyproj
import shapely
from pyproj.exceptions import CRSError

from app.layers.errors import DeliveryRefusedError
from gis.arrays import GeometryArray
from gis.crs_firewall import ExpectedPlace
from gis.crs_firewall.places import Bounds
from gis.formats.reading import VectorSource
from gis.layer_contracts import LayerContract
from gis.layer_contracts.mapping import CONSTANT
from gis.validation import DeliveryReport

__all__ = ["ValidationRefusedError", "ValidationRequest", "declared_crs", "require_known_fields"]


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """A file and how to read it.

    Attributes
    ----------
    kind : str
        ``parcel``, ``plan``, ``reference`` or a kind of control area.
    crs, encoding : str, optional
        Said by the caller where the file does not say, or says wrongly.
    mapping : mapping of str to str
        Target field to source field; ``=text`` is a constant. What is left out is proposed.
    accept_proposal : bool
        Whether the reference system that is proposed is taken.
    expected : tuple of float or ExpectedPlace, optional
        Where the layer must lie: west, south, east, north in degrees.
    reference : Path or callable, optional
        Polygons of the same ground, against which the shifts of web maps are recognised: a file, or what returns those around a place.
    topology : bool
        Whether features are compared with each other.
    translate_to : str, optional
        Code table into whose terms land-use codes are translated.
    counties : Path, optional
        Table of the counties that codes may name; see :func:`gis.formats.counties.read_counties`. Default: the table that ships.
    scope : Path or geometry, optional
        Polygons within which every feature has to lie: a file, or a geometry in (lon, lat) degrees.
    """

    path: Path
    kind: str
    today: date
    source_layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    accept_proposal: bool = False
    expected: Bounds | ExpectedPlace | None = None
    reference: Path | Callable[[shapely.Point], GeometryArray] | None = None
    topology: bool = True
    translate_to: str | None = None
    counties: Path | None = None
    scope: Path | shapely.Geometry | None = None


class ValidationRefusedError(DeliveryRefusedError):
    """The reference system of a delivery is not settled, so nothing of it is stored; the report says what was found and proposed."""

    def __init__(
        self,
        report: DeliveryReport,
        mapping: Mapping[str, str],
        **extra: Any,  # noqa: ANN401  members of a problem document
    ) -> None:
        findings = [fault.text_en for fault in report.faults if fault.kind.startswith("crs_")]
        super().__init__(" ".join(findings), report=report.as_json(), **extra)
        self.report = report
        self.mapping = mapping


def declared_crs(source: VectorSource, given: str | None) -> pyproj.CRS | None:
    """Return the reference system that the caller or else the file names.

    Raises
    ------
    DeliveryRefusedError
        When what the caller names is none.
    """
    if given is None:
        return source.crs
    try:
        return pyproj.CRS.from_user_input(given)
    except CRSError as error:
        raise DeliveryRefusedError(f"{given!r} is no coordinate reference system: {error}", field="crs") from error


def require_known_fields(source: VectorSource, contract: LayerContract, given: Mapping[str, str]) -> None:
    """Refuse a mapping to a field that the contract does not have, or from one that the file does not have.

    Raises
    ------
    DeliveryRefusedError
    """
    unknown = sorted(set(given) - set(contract.by_name))
    if unknown:
        known = ", ".join(sorted(contract.by_name))
        raise DeliveryRefusedError(f"{', '.join(unknown)} is no field to map to; there are {known}.", field="map")
    missing = sorted(name for name in given.values() if not name.startswith(CONSTANT) and name not in source.fields)
    if missing:
        raise DeliveryRefusedError(
            f"{source.path.name} has no field {', '.join(missing)}; it has {', '.join(source.fields)}.", field="map"
        )
