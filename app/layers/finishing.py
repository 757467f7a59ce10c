"""The end of an import: what was staged becomes a version of its layer, all at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import text

from app.db.models import Layer, LayerKind, LayerVersion, VersionStatus
from app.db.schema import storage_srid
from app.db.sessions import WriteSession
from app.layers import repository, unfinished
from app.layers.delivery import ImportRequest
from app.layers.guard import Loss
from app.layers.kinds import KINDS
from app.layers.report import ImportReport
from app.layers.staging import copy_faults
from app.layers.targets import make_target
from gis.validation import DeliveryReport


@dataclass(frozen=True, slots=True)
class ImportedDelivery:
    """A delivery whose features are all staged.

    Attributes
    ----------
    renamed : mapping of str to str
        Names that features were staged under, with those that they shall have.
    """

    version_id: int
    report: ImportReport
    validation: DeliveryReport
    options: Mapping[str, Any]
    coverage: shapely.MultiPolygon | None
    renamed: Mapping[str, str]


def finish_import(
    session: WriteSession, request: ImportRequest, imported: ImportedDelivery
) -> tuple[Layer, LayerVersion, list[Loss]]:
    """Make a draft of what is staged, and publish it if asked; the layer is made if there is none.

    Returns
    -------
    Layer, LayerVersion
    list of Loss
        Why it was not published although that was asked.
    """
    layer = make_target(session, request)
    repository.lock_layer(session, layer.id)
    version = session.get_one(LayerVersion, imported.version_id)
    number = repository.next_number(session, layer.id)
    version.layer_id, version.number, version.status = layer.id, number, VersionStatus.DRAFT
    report = imported.report
    for name in ("read", "accepted", "repaired", "rejected"):
        setattr(version, f"{name}_count", getattr(report, name))
    version.report = report.as_json() | {"options": dict(imported.options)}
    version.validation = imported.validation.as_json()
    session.flush()
    kind = LayerKind(layer.kind)
    _rename(session, version, kind, imported.renamed)
    srid = storage_srid(session.connection()) or 0
    copy_faults(session, version.id, srid, list(imported.validation.faults))
    if imported.coverage is not None:
        repository.store_coverage(session, version, imported.coverage, srid)
    elif kind is LayerKind.PLAN:
        repository.derive_coverage(session, version, layer)
    unfinished.finish(session, version.id)
    losses = []
    if request.publish:
        losses = repository.publish_guarded(session, version, request.confirm_loss, request.max_loss_percent)
    return layer, version, losses


def _rename(session: WriteSession, version: LayerVersion, kind: LayerKind, renamed: Mapping[str, str]) -> None:
    names = [{"version": version.id, "old": old, "new": new} for old, new in renamed.items()]
    for table in (KINDS[kind].table, "repair") if names else ():
        statement = f"update {table} set feature_id = :new where layer_version_id = :version and feature_id = :old"  # noqa: S608  a table of ours
        session.execute(text(statement), names)
