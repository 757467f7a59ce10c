"""Reference layers (参考图层): any vector layer, as it is, as a collection of its own name.

Points, lines and polygons with whatever attributes they have. No contract says what such a layer must hold, so nothing is validated but what would
make it unusable: geometry that cannot be read or placed, or that is not valid and no polygon that can be made so.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pyproj
import shapely
from sqlalchemy import Engine

from app.db.models import Layer, LayerKind, LayerVersion, VersionStatus
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, write_session
from app.layers import repository
from app.layers.concluding import Conclude, MadeVersion, untold
from app.layers.delivery import ImportRequest, count_ids, import_options, source_crs
from app.layers.errors import DeliveryRefusedError, ImportCancelledError
from app.layers.guard import unconfirmed_loss
from app.layers.kinds import ID_FIELD, KINDS
from app.layers.own_fields import OwnFields, as_stored
from app.layers.preparing import Preparer
from app.layers.report import ImportReport
from app.layers.staging import copy_features, copy_rejected, copy_repairs
from app.layers.targets import make_target
from app.progress import Progress
from gis.arrays import FloatArray, GeometryArray
from gis.crs import to_area_plane, to_geographic
from gis.errors import GeometryRefusedError, GisError
from gis.formats.reading import (
    FeatureBatch,
    VectorSource,
    file_sha256,
    iter_features,
    list_source_layers,
    open_source,
    read_overview,
    unreadable_reason,
)
from gis.validation import Outcome
from gis.validation.settling import SettledBatch
from gis.validity import repair_geometries

__all__ = ["REFERENCE_LAYERS", "ImportedVectors", "import_vectors", "reference_requests"]

#: What ``--to`` says where every layer of a file becomes a reference layer of its own name.
REFERENCE_LAYERS: Final = "reference"
_POLYGONAL: Final = (shapely.GeometryType.POLYGON.value, shapely.GeometryType.MULTIPOLYGON.value)
# A tenth of a millimetre.
_NOISE_DEG: Final = 1e-9
_MULTI: Final = {"Point": "MultiPoint", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}
_KIND: Final = KINDS[LayerKind.VECTOR]


@dataclass(frozen=True, slots=True)
class ImportedVectors:
    """The version that holds a layer; ``is_new`` is False when the same delivery was there already."""

    layer: str
    number: int
    status: str
    is_new: bool
    report: dict[str, Any]


def reference_requests(request: ImportRequest) -> list[ImportRequest]:
    """Return a request for each layer of the file, or for the one that is named: a reference layer of the layer's own name.

    Such a layer has no legal effect, so it is published at once.

    Raises
    ------
    DeliveryRefusedError
        A name that cannot be made a slug.
    SourceUnreadableError, SourceLimitError
    """
    if request.source_layer is not None:
        names = [request.source_layer]
    else:
        names = [layer.name for layer in list_source_layers(request.path) if layer.geometry_type is not None]
    if not names:
        raise DeliveryRefusedError(f"{request.path.name} has no layer with geometry.", file=request.path.name)
    made = [
        replace(
            request,
            to=_slug(name),
            kind=LayerKind.VECTOR.value,
            source_layer=name,
            title_zh=request.title_zh or name,
            publish=True,
        )
        for name in names
    ]
    slugs = [one.to for one in made]
    if len(set(slugs)) < len(slugs):
        raise DeliveryRefusedError(f"Layers of {request.path.name} would share a name: {', '.join(slugs)}.", field="to")
    return made


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:63]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", slug):
        raise DeliveryRefusedError(
            f"The layer {name!r} has no name that can stand in an address. Give it one: --to NAME --kind vector.",
            field="to",
        )
    return slug


def import_vectors(
    engine: Engine,
    request: ImportRequest,
    *,
    actor: str,
    today: date,
    progress: Progress,
    cancelled: Callable[[], bool],
    conclude: Conclude = untold,
) -> ImportedVectors:
    """Import one vector layer as a version, and publish it if asked, in one transaction.

    Parameters
    ----------
    conclude : callable, optional
        See :func:`app.layers.importing.import_file`.

    Raises
    ------
    DeliveryRefusedError
        Nothing in it is usable, or its reference system is not known.
    LossNotConfirmedError, ImportCancelledError
    """
    try:
        with closing(open_source(request.path, layer=request.source_layer, encoding=request.encoding)) as source:
            loading = _Loading(request, source, source_crs(source, request.crs), progress, cancelled)
            with write_session(engine, actor=actor) as session:
                result, version_id, losses = loading.run(session, today)
                loss = unconfirmed_loss(result.layer, result.number, losses, request.max_loss_percent)
                conclude(
                    session,
                    MadeVersion(version_id, result.number, result.report["read"], is_new=result.is_new, loss=loss),
                )
    except GisError as error:
        raise DeliveryRefusedError(str(error), file=request.path.name) from error
    if loss is not None:
        raise loss
    return result


@dataclass(slots=True)
class _Loading:
    """One layer on its way into the database."""

    request: ImportRequest
    source: VectorSource
    crs: pyproj.CRS
    progress: Progress
    cancelled: Callable[[], bool]
    types: set[str] = field(default_factory=set)

    def run(self, session: WriteSession, today: date) -> tuple[ImportedVectors, int, Sequence[Any]]:
        """Return the version, its id, and why it was not published although that was asked."""
        request = self.request
        layer = make_target(session, request)
        repository.lock_layer(session, layer.id)
        options = import_options(self.source, self.crs, request.mapping, request)
        sha256 = file_sha256(request.path)
        same = repository.find_same_delivery(session, layer.id, sha256=sha256, options=options)
        if same is not None and same.status != VersionStatus.ARCHIVED:
            losses = self._publish(session, same) if same.status == VersionStatus.DRAFT else []
            known = ImportedVectors(layer.slug, same.number, same.status, is_new=False, report=same.report)
            return known, same.id, losses
        version = self._new_version(session, layer, sha256, today)
        report, fields = self._load(session, version)
        if not report.accepted + report.repaired:
            message = f"None of the {report.read} features of {request.path.name} can be used."
            raise DeliveryRefusedError(message, file=request.path.name, report=report.as_json())
        for name in ("read", "accepted", "repaired", "rejected"):
            setattr(version, f"{name}_count", getattr(report, name))
        version.report = report.as_json() | {"options": options}
        version.own_fields, version.geometry_type = fields.as_json(), _geometry_type(self.types)
        session.flush()
        losses = self._publish(session, version)
        repository.analyze(session, LayerKind.VECTOR)
        made = ImportedVectors(layer.slug, version.number, version.status, is_new=True, report=version.report)
        return made, version.id, losses

    def _publish(self, session: WriteSession, version: LayerVersion) -> Sequence[Any]:
        if not self.request.publish:
            return []
        return repository.publish_guarded(session, version, self.request.confirm_loss, self.request.max_loss_percent)

    def _new_version(self, session: WriteSession, layer: Layer, sha256: str, today: date) -> LayerVersion:
        version = LayerVersion(
            layer_id=layer.id,
            number=repository.next_number(session, layer.id),
            status=VersionStatus.DRAFT,
            source_name=self.request.source_name or self.request.path.name,
            source_layer=self.source.layer,
            source_crs=self.crs.to_string(),
            source_encoding=self.source.encoding,
            sha256=sha256,
            approval_no=self.request.approval_no,
            valid_from=self.request.valid_from or today,
            read_count=0,
            accepted_count=0,
            repaired_count=0,
            rejected_count=0,
            report={},
            recorded_by=session.actor,
        )
        session.add(version)
        session.flush()
        return version

    def _load(self, session: WriteSession, version: LayerVersion) -> tuple[ImportReport, OwnFields]:
        srid = storage_srid(session.connection()) or 0
        identity = self.request.mapping.get(ID_FIELD)
        counts = count_ids(read_overview(self.source, [] if identity is None else [identity]), identity)
        preparer = Preparer(_KIND, None, self.request.mapping, counts)
        report, fields = ImportReport(), OwnFields(self.source.fields)
        for raw in iter_features(self.source):
            if self.cancelled():
                raise ImportCancelledError(self.source.path.name, report.read, version.id)
            batch = raw.with_attributes([as_stored(one) for one in raw.attributes])
            fields.see(batch.attributes)
            settled = settle_vectors(batch, self.crs)
            self.types |= {one.geom_type for one in settled.geometries if one is not None}
            prepared = preparer.prepare(batch, settled)
            report.add(prepared)
            copy_features(session, _KIND, version.id, srid, prepared.features)
            copy_repairs(session, version.id, prepared.repaired)
            copy_rejected(session, version.id, prepared.rejected)
            self.progress(report.read, max(self.source.feature_count, report.read))
        return report, fields


def settle_vectors(batch: FeatureBatch, crs: pyproj.CRS) -> SettledBatch:
    """Decide of each feature of any type whether it is accepted, repaired or rejected."""
    count = len(batch)
    reason = np.full(count, "", dtype=object)
    for position in np.flatnonzero(shapely.is_missing(batch.geometries)).tolist():
        wkb = batch.wkb[position]
        reason[position] = "missing" if wkb is None else unreadable_reason(wkb).replace(" ", "_")
    geographic = _place(batch.geometries, crs, reason)
    reason[(reason == "") & shapely.is_empty(geographic)] = "empty"
    geometries = geographic.copy()
    outcome = np.where(reason == "", Outcome.ACCEPTED.value, Outcome.REJECTED.value).astype(object)
    faulty = np.flatnonzero((reason == "") & ~shapely.is_valid(geometries))
    areal = faulty[np.isin(shapely.get_type_id(geometries[faulty]), _POLYGONAL)]
    outcome[faulty], reason[faulty] = Outcome.REJECTED.value, "invalid"
    if len(areal):
        repaired = repair_geometries(geometries[areal])
        geometries[areal], outcome[areal], reason[areal] = repaired.geometries, repaired.outcome, repaired.reason
    geometries[outcome == Outcome.REJECTED.value] = None
    before = np.full(count, np.nan)
    before[areal] = shapely.area(to_area_plane(geographic[areal]))
    plane = to_area_plane(geometries)
    area = np.where(shapely.is_missing(plane), np.nan, shapely.area(plane))
    nothing = np.full(count, "", dtype=object)
    return SettledBatch(
        make_geographic=lambda: geographic,
        make_geometries=lambda: geometries,
        wkb=None,
        plane=None,
        outcome=outcome,
        reason=reason,
        notes=nothing,
        area_ellipsoid_m2=area,
        area_planar_m2=np.full(count, np.nan),
        area_before_m2=before,
    )


def _place(geometries: GeometryArray, crs: pyproj.CRS, reason: GeometryArray) -> GeometryArray:
    """Take geometries to longitude and latitude; one that cannot go there is refused by itself."""
    usable = geometries.copy()
    coordinates, owner = shapely.get_coordinates(usable, return_index=True)
    broken = np.unique(owner[~np.isfinite(coordinates).all(axis=1)])
    usable[broken], reason[broken] = None, "non_finite"
    if crs.is_geographic:
        usable = shapely.transform(usable, _within_the_globe, include_z=False)
    try:
        return to_geographic(usable, crs)
    except GeometryRefusedError:
        for position in np.flatnonzero(~shapely.is_missing(usable)).tolist():
            try:
                usable[position] = to_geographic(usable[position : position + 1], crs)[0]
            except GeometryRefusedError as error:
                usable[position], reason[position] = None, f"out_of_place: {error}"
        return usable


def _within_the_globe(coordinates: FloatArray) -> FloatArray:
    """Take what lies beyond the edge of the globe by the noise of a float64 back onto it."""
    edge = np.array([180.0, 90.0])
    beyond = np.abs(coordinates) - edge
    return np.where((beyond > 0) & (beyond < _NOISE_DEG), np.sign(coordinates) * edge, coordinates)


def _geometry_type(types: set[str]) -> str:
    """Return the type of a layer as GDAL names it.

    Examples
    --------
    >>> from app.layers.vectors import _geometry_type
    >>> _geometry_type({"Point"}), _geometry_type({"LineString", "MultiLineString"}), _geometry_type({"Point", "Polygon"})
    ('Point', 'MultiLineString', 'Unknown')
    """
    if len(types) == 1:
        return next(iter(types))
    multi = {_MULTI.get(name, name) for name in types}
    return next(iter(multi)) if len(multi) == 1 else "Unknown"
