"""The demo: a synthetic development zone imported, checked, scanned and looked at from above. Repeating it changes nothing."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from app.checks.service import run_check
from app.clock import today
from app.db.models import Layer, LayerKind, LayerVersion, TableDelivery
from app.db.sessions import read_session
from app.errors import AppError
from app.idle.service import import_table, scan
from app.imagery.collecting import EvidenceRequest, collect_evidence
from app.imagery.registering import register_raster
from app.layers.delivery import ImportRequest
from app.layers.importing import ImportResult, import_file
from app.plans.service import compare
from gis.formats.reading import file_sha256
from gis.imagery import SceneKind

#: What the manifest calls a raster of a vegetation index.
_NDVI = "ndvi"

Bar = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


class DemoRefusedError(AppError):
    """The demo would put its sample in force over somebody's own data."""

    def __init__(self, names: set[str]) -> None:
        super().__init__(
            "demo-refused",
            "Demo refused",
            409,
            f"This database holds data of its own under names that the sample uses ({', '.join(sorted(names))}), and the "
            "demo would put the sample in force in their place. Run it with another DUOGUI_DATA_DIR or database.",
        )


@dataclass(slots=True)
class DemoResult:
    """What the demo did, for its summary."""

    layers: list[ImportResult] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    check: dict[str, Any] = field(default_factory=dict)
    comparison: dict[str, Any] = field(default_factory=dict)
    scan: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)


def sample_folder() -> Path:
    """Return the folder of the shipped sample."""
    return Path(str(resources.files("sample_layers"))) / "data"


def load_sample(engine: Engine, *, actor: str, bar: Bar, folder: Path | None = None) -> DemoResult:
    """Import every layer and table of the sample's manifest, check the parcels, compare the plans, scan the contracts, and lay imagery beside them.

    Parameters
    ----------
    bar : callable
        Gives a progress bar for a step with a title.
    folder : Path, optional
        Another folder with a ``manifest.json``.

    Raises
    ------
    DemoRefusedError
        The database holds other data under the names that the sample uses.
    """
    folder = folder or sample_folder()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    _refuse_other_data(engine, folder, manifest)
    as_of = date.fromisoformat(manifest["as_of"])
    result = DemoResult()
    for entry in manifest["layers"]:
        with bar(entry["file"]) as progress:
            request = _request(folder, entry)
            result.layers.append(import_file(engine, request, actor=actor, today=today(), progress=progress))
    for entry in manifest["tables"]:
        result.tables.append(import_table(engine, folder / entry["file"], entry["kind"], actor=actor))
    with bar("checks 检查") as progress:
        result.check = run_check(engine, as_of=as_of, actor=actor, progress=progress)
    with bar("plans 多规比对") as progress:
        plans = [entry["to"] for entry in manifest["layers"] if entry["kind"] == LayerKind.PLAN]
        result.comparison = compare(engine, plans=plans, as_of=as_of, actor=actor, progress=progress)
    with bar("idle land 闲置土地") as progress:
        result.scan = scan(engine, as_of=as_of, actor=actor)
        progress(1, 1)
    with bar("imagery 影像举证") as progress:
        for entry in manifest["rasters"]:
            _register(engine, folder, entry, actor=actor)
        result.evidence = collect_evidence(engine, EvidenceRequest(as_of), actor=actor, progress=progress)
    return result


def _register(engine: Engine, folder: Path, entry: dict[str, Any], *, actor: str) -> None:
    if entry["kind"] == _NDVI:
        taken_on = date.fromisoformat(entry["taken_on"])
        path = folder / entry["file"]
        register_raster(engine, path, kind=SceneKind.VEGETATION_INDEX, taken_on=[taken_on], actor=actor)


def _refuse_other_data(engine: Engine, folder: Path, manifest: dict[str, Any]) -> None:
    """Refuse to put the sample in force over layers and tables of somebody's own."""
    samples = {entry["to"]: file_sha256(folder / entry["file"]) for entry in manifest["layers"]}
    tables = {entry["kind"]: file_sha256(folder / entry["file"]) for entry in manifest["tables"]}
    versions = select(Layer.slug, LayerVersion.sha256).join(LayerVersion, LayerVersion.layer_id == Layer.id)
    deliveries = select(TableDelivery.kind, TableDelivery.sha256).where(TableDelivery.is_current)
    with read_session(engine) as session:
        others = {slug for slug, sha256 in session.execute(versions) if samples.get(slug, sha256) != sha256}
        others |= {kind for kind, sha256 in session.execute(deliveries) if tables.get(kind, sha256) != sha256}
    if others:
        raise DemoRefusedError(others)


def _request(folder: Path, entry: dict[str, Any]) -> ImportRequest:
    valid_from = entry.get("valid_from")
    return ImportRequest(
        path=folder / entry["file"],
        to=entry["to"],
        kind=entry["kind"],
        source_layer=entry.get("source_layer"),
        crs=entry.get("crs"),
        encoding=entry.get("encoding"),
        mapping=entry.get("map", {}),
        valid_from=None if valid_from is None else date.fromisoformat(valid_from),
        approval_no=entry.get("approval"),
        title_zh=entry["title_zh"],
        title_en=entry["title_en"],
        mandatory=entry["mandatory"],
        accuracy_m=entry.get("accuracy_m"),
        coverage=None if entry.get("coverage") is None else folder / entry["coverage"],
        publish=True,
    )
