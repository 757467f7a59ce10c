"""What is to be imported: the request, and what has to be known of a file before its first feature is read."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError

from app.layers.errors import DeliveryRefusedError
from app.layers.identifiers import IdentifierCounts
from app.layers.preparing import identifiers
from gis.arrays import GeometryArray
from gis.crs import require_exact_path, to_geographic
from gis.crs_firewall.places import Bounds
from gis.formats.reading import SourceOverview, VectorSource, file_sha256, iter_features, open_source
from gis.polygonal import polygonal_part
from gis.sagitta import straight_in
from gis.validity import repair_geometries

# What a new version may have less than the one in force before somebody has to say that this is right.
MAX_LOSS_PERCENT = 10.0


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, and as what.

    Attributes
    ----------
    kind : str, optional
        Needed to make a new layer: ``parcel``, ``plan``, ``reference`` or a kind of control area.
    crs, encoding : str, optional
        Said by the caller where the file does not say, or says wrongly.
    mapping : mapping of str to str
        Target field to source field; ``=text`` is a constant. Fields of the same name need no mapping.
    coverage : Path, optional
        Polygons within which the layer is known; for a plan it is derived from the plan when left out.
    accept_proposal : bool
        Whether the reference system that the validation proposes is taken.
    expected : tuple of float, optional
        Where the layer must lie: west, south, east, north in degrees; default: about where its version in force lies.
    reference : str, optional
        Slug of a layer of the same ground, against which the shifts of web maps are recognised; default: the layer's own version in force.
    counties : Path, optional
        Table of the counties that codes may name.
    confirm_loss, max_loss_percent : bool, float
        Whether a delivery may be published that loses more than so much against the version in force.
    source_name : str, optional
        How the file is called where its path does not say.
    """

    path: Path
    to: str
    kind: str | None = None
    source_layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    valid_from: date | None = None
    approval_no: str | None = None
    title_zh: str | None = None
    title_en: str | None = None
    mandatory: bool | None = None
    accuracy_m: float | None = None
    coverage: Path | None = None
    publish: bool = False
    accept_proposal: bool = False
    expected: Bounds | None = None
    reference: str | None = None
    counties: Path | None = None
    confirm_loss: bool = False
    max_loss_percent: float = MAX_LOSS_PERCENT
    source_name: str | None = None


def source_crs(source: VectorSource, given: str | None) -> pyproj.CRS:
    """Return the CRS that the caller or else the file names.

    Raises
    ------
    DeliveryRefusedError, CRSRefusedError
    """
    if given is None and source.crs is None:
        raise DeliveryRefusedError(
            f"{source.path.name} does not say its coordinate reference system. Name it, for example --crs EPSG:4547.",
            file=source.path.name,
            field="crs",
        )
    try:
        named = source.crs if given is None else pyproj.CRS.from_user_input(given)
    except CRSError as error:
        raise DeliveryRefusedError(f"{given!r} is no coordinate reference system: {error}", field="crs") from error
    assert named is not None  # noqa: S101 - one of the two is there
    require_exact_path(named)
    return named


def read_coverage(path: Path) -> shapely.MultiPolygon:
    """Read where a layer is known: the union of a file's polygons, in longitude and latitude.

    Long edges get vertices between, so that the coverage reaches as far as it was drawn (docs/decisions/0011).

    Raises
    ------
    DeliveryRefusedError, GisError
    """
    with closing(open_source(path)) as source:
        crs = source_crs(source, None)
        batches = [to_geographic(straight_in(batch.geometries, crs), crs) for batch in iter_features(source)]
    return unite_coverage(np.concatenate(batches) if batches else np.array([], dtype=object), path.name)


def unite_coverage(polygons: GeometryArray, name: str) -> shapely.MultiPolygon:
    """Unite polygons in longitude and latitude; what is no polygon is left out.

    Raises
    ------
    DeliveryRefusedError
        Nothing is left.
    """
    report = repair_geometries(polygons)
    usable = report.geometries[~shapely.is_missing(report.geometries)]
    if len(usable) == 0:
        raise DeliveryRefusedError(f"{name} has no polygon to take as the coverage.", file=name)
    merged: shapely.MultiPolygon = polygonal_part([shapely.union_all(usable)])[0]
    return merged


def import_options(
    source: VectorSource, crs: pyproj.CRS | None, mapping: Mapping[str, str], request: ImportRequest
) -> dict[str, Any]:
    """Return what decides the result beside the file itself."""
    options = {
        "source_layer": source.layer,
        "crs": None if crs is None else crs.to_string(),
        "encoding": source.encoding,
        "map": dict(sorted(mapping.items())),
        "valid_from": None if request.valid_from is None else request.valid_from.isoformat(),
        "approval_no": request.approval_no,
        "coverage": None if request.coverage is None else file_sha256(request.coverage),
    }
    return options | ({"accept_proposal": True} if request.accept_proposal else {})


def count_ids(overview: SourceOverview, name: str | None) -> IdentifierCounts:
    """Count how often each identifier occurs in the whole source."""
    if name is None:
        return IdentifierCounts()
    return IdentifierCounts.of(identifiers(list(overview.columns[name])))
