"""Plans compared from PostGIS to stored patches with their sums: all of it, and after one zone in a hundred was edited."""

import time
from datetime import date
from typing import Any, ClassVar, Final
from unittest import mock

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine, text

from app.db.models import Layer, LayerKind, LayerVersion, VersionStatus
from app.db.sessions import WriteSession, write_session
from app.layers import repository
from app.layers.kinds import KINDS
from app.layers.preparing import PreparedFeatures
from app.layers.staging import copy_features
from app.plans import comparing
from app.plans.service import compare
from benchmarks.contestants import AREA, Contestant
from benchmarks.incremental import move_vertices, shift, split
from benchmarks.intake import DatabaseContestant, service_engine
from benchmarks.model import Case, faster_than, ratio_of
from gis.area_plane import from_area_plane
from gis.arrays import IntArray
from gis.partition import Partition, partition_layers
from gis.plans.comparison import ConflictClass

__all__ = ["CASES", "CODES", "LINES", "require_patches_of_classes", "store_version"]

_TODAY: Final = date(2026, 6, 30)
_SRID: Final = 4490
_EDITED_SHARE: Final = 0.01
# So many vertices at once make ten tiles and more of two plans of 20,000 zones.
_TILE_VERTICES: Final = 400_000
# A plan's code table, and codes of it, half of them construction land.
CODES: Final = {
    "plan_1": ("GB 50137-2011", ("R2", "M1", "B1", "E2", "E1", "E2")),
    "plan_2": ("TD/T 1027-2010", ("2110", "2120", "2210", "1100", "1300", "1200")),
}
LINES: Final = {
    "red_line": "ecological_redline",
    "farmland": "permanent_basic_farmland",
    "red_line_10000": "urban_development_boundary",
}
_LAYERS: Final = (*CODES, *LINES)


class _Stored(DatabaseContestant):
    """Works on layers that the service stores."""

    engine: Engine
    frames: dict[str, gpd.GeoDataFrame]

    def prepare(self) -> None:
        self.engine = service_engine(self.make_database())
        self.frames = {name: self.inputs.frame(name) for name in _LAYERS}
        for name, frame in self.frames.items():
            store_version(self.engine, name, frame)
        # What Python and GEOS set up once is not counted.
        partition_layers({name: self.frames[name].iloc[:200] for name in CODES})

    def edit(self) -> int:
        """Publish a version of the first plan in which one zone in a hundred is another; return how many are."""
        plan = self.frames["plan_1"]
        changed = self.changed_zones(plan, _chosen(plan))
        kept = plan[~plan.index.isin(changed.index)]
        frame = gpd.GeoDataFrame(pd.concat([kept, changed]).sort_index(), crs=plan.crs)
        store_version(self.engine, "plan_1", frame)
        self.frames["plan_1"] = frame
        return len(changed)

    def changed_zones(self, plan: gpd.GeoDataFrame, chosen: IntArray) -> gpd.GeoDataFrame:
        """Return the chosen zones as they are after the edit, with others that it changes."""
        return move_vertices(plan, chosen)

    def compare(self, *, everything: bool) -> dict[str, Any]:
        """Compare the plans with all lines."""
        return compare(
            self.engine, plans=list(CODES), lines=list(LINES), as_of=_TODAY, actor="benchmark", everything=everything
        )

    def answer(self, result: dict[str, Any]) -> pd.DataFrame:
        assert result["is_new"]
        stored = (
            "select conflict_class, sum(area_m2), count(*) from plan_patch join plan_comparison on plan_comparison.id = plan_comparison_id "
            "where is_current and until_revision is null group by 1"
        )
        with self.engine.connect() as connection:
            found = {row[0]: (row[1], row[2]) for row in connection.execute(text(stored))}
        require_patches_of_classes(result, {name: area for name, (area, _) in found.items()})
        return pd.DataFrame({"class": list(found), AREA: [area for area, _ in found.values()]})


class Full(_Stored):
    """Everything: reads zones and lines, cuts, compares, merges, classifies, describes, sums up and stores patches and cells."""

    name = "duogui, PostGIS to stored patches"

    def run(self) -> dict[str, Any]:
        return self.compare(everything=True)


class Update(_Stored):
    """Brings the comparison up to date with a version of one plan in which one zone in a hundred has a moved vertex."""

    name = "duogui, brought up to date after 1 %"
    changed: int
    _again: dict[str, Any] | None = None
    _again_s: float = 0.0

    def prepare(self) -> None:
        super().prepare()
        self.compare(everything=True)
        self.changed = self.edit()
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))

    def run(self) -> dict[str, Any]:
        return self.compare(everything=False)

    def answer(self, result: dict[str, Any]) -> pd.DataFrame:
        assert result["recomputed"]["patches_come"] > 0
        again, _ = self.everything_again()
        for one, other in zip(result["classes"], again["classes"], strict=True):
            assert abs(one["area_m2"] - other["area_m2"]) < 1.0
            assert one["patches"] == other["patches"]
        return super().answer(again)

    def everything_again(self) -> tuple[dict[str, Any], float]:
        """Compare everything of the same state once; return the summary, and how many seconds it took."""
        if self._again is None:
            start = time.perf_counter()
            self._again = self.compare(everything=True)
            self._again_s = time.perf_counter() - start
        return self._again, self._again_s

    def facts(self) -> dict[str, float]:
        return {"changed zones": float(self.changed), "everything of the edited state, s": self.everything_again()[1]}


class SplitUpdate(Update):
    """The same after one zone in a hundred was cut in two, which makes new zones."""

    name = "duogui, brought up to date after 1 % was split"

    def changed_zones(self, plan: gpd.GeoDataFrame, chosen: IntArray) -> gpd.GeoDataFrame:
        return split(plan, chosen)


class ShiftUpdate(Update):
    """The same after one zone in a hundred was shifted, so that it overlaps its neighbours or leaves gaps to them along every edge."""

    name = "duogui, brought up to date after 1 % was shifted"

    def changed_zones(self, plan: gpd.GeoDataFrame, chosen: IntArray) -> gpd.GeoDataFrame:
        return shift(plan, chosen)


class CodesUpdate(Update):
    """The same after one zone in a hundred got another code."""

    name = "duogui, brought up to date after 1 % got other codes"

    def edit(self) -> int:
        plan = self.frames["plan_1"]
        chosen = _chosen(plan)
        store_version(self.engine, "plan_1", plan, recoded=chosen)
        return len(chosen)


class DeletedUpdate(Update):
    """The same after one zone in a hundred was deleted."""

    name = "duogui, brought up to date after 1 % was deleted"

    def edit(self) -> int:
        plan = self.frames["plan_1"]
        chosen = _chosen(plan)
        store_version(self.engine, "plan_1", plan[~plan.index.isin(chosen)])
        return len(chosen)


class InsertedUpdate(Update):
    """The same where one zone in a hundred was not there before."""

    name = "duogui, brought up to date after 1 % was inserted"

    def prepare(self) -> None:
        self.engine = service_engine(self.make_database())
        self.frames = {name: self.inputs.frame(name) for name in _LAYERS}
        plan = self.frames["plan_1"]
        chosen = _chosen(plan)
        for name, frame in self.frames.items():
            store_version(self.engine, name, frame[~frame.index.isin(chosen)] if name == "plan_1" else frame)
        self.compare(everything=True)
        store_version(self.engine, "plan_1", plan)
        self.changed = len(chosen)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))


class TiledUpdate(Update):
    """The same where everything had been compared in tiles, as larger plans are."""

    name = "duogui, tiles brought up to date after 1 %"

    def prepare(self) -> None:
        mock.patch.object(comparing, "MOST_VERTICES", _TILE_VERTICES).start()
        super().prepare()


class Partitioned(Contestant):
    """The union partition of the same layers alone, from memory to memory."""

    name = "gis, partition alone"
    layers: ClassVar[tuple[str, ...]] = _LAYERS
    frames: dict[str, gpd.GeoDataFrame]

    def prepare(self) -> None:
        self.frames = {name: self.inputs.frame(name) for name in self.layers}
        partition_layers({name: self.frames[name].iloc[:200] for name in CODES})

    def run(self) -> Partition:
        return partition_layers(self.frames)

    def answer(self, result: Partition) -> pd.DataFrame:
        return pd.DataFrame({"class": ["all"], AREA: [float(result.areas_m2.sum())]})


def require_patches_of_classes(result: dict[str, Any], stored_m2: dict[str, float]) -> None:
    """Raise where the stored patches are not of as much ground as the sums tell; of what all plans build, they are what lies in a line."""
    told = {item["class"]: item["area_m2"] for item in result["classes"]}
    built = stored_m2.get(ConflictClass.AGREED_CONSTRUCTION, 0.0)
    assert 0 < built < told[ConflictClass.AGREED_CONSTRUCTION]
    assert all(
        abs(area - told[name]) < 1.0 for name, area in stored_m2.items() if name != ConflictClass.AGREED_CONSTRUCTION
    )


def _chosen(plan: gpd.GeoDataFrame) -> IntArray:
    """Choose one zone in a hundred, always the same; return their ids, ascending."""
    ids = plan.index.to_numpy()
    picked = np.random.default_rng(11).choice(ids, max(1, round(_EDITED_SHARE * len(ids))), replace=False)
    chosen: IntArray = np.sort(picked)
    return chosen


def store_version(engine: Engine, slug: str, frame: gpd.GeoDataFrame, *, recoded: IntArray | None = None) -> None:
    """Store features as a published version of a layer, as an import leaves them; those of ``recoded`` ids get the next code of their table."""
    with write_session(engine, actor="benchmark") as session:
        layer = repository.find_layer(session, slug) or _make_layer(session, slug)
        version = LayerVersion(
            layer_id=layer.id,
            number=repository.next_number(session, layer.id),
            status=VersionStatus.DRAFT,
            source_name=slug,
            source_crs="EPSG:4490",
            sha256="0" * 64,
            valid_from=_TODAY,
            read_count=len(frame),
            accepted_count=len(frame),
            repaired_count=0,
            rejected_count=0,
            report={},
            recorded_by="benchmark",
        )
        session.add(version)
        session.flush()
        kind = KINDS[LayerKind(layer.kind)]
        copy_features(session, kind, version.id, _SRID, _prepared(slug, frame, recoded))
        repository.analyze(session, LayerKind(layer.kind))
        repository.publish(session, version)


def _make_layer(session: WriteSession, slug: str) -> Layer:
    control_kind = LINES.get(slug)
    kind = LayerKind.PLAN if control_kind is None else LayerKind.CONTROL_AREA
    layer = Layer(slug=slug, kind=kind, control_kind=control_kind, title_zh=slug, title_en=slug, created_by="benchmark")
    session.add(layer)
    session.flush()
    return layer


def _prepared(slug: str, frame: gpd.GeoDataFrame, recoded: IntArray | None) -> PreparedFeatures:
    count, plane = len(frame), frame.geometry.to_numpy()
    fields: dict[str, list[Any]] = {}
    if slug in CODES:
        version, codes = CODES[slug]
        # Neighbours have different codes, in no order.
        number = (frame.index.to_numpy().astype(np.uint64) * np.uint64(2654435761) >> np.uint64(7)) % np.uint64(
            len(codes)
        )
        if recoded is not None:
            number = (number + np.isin(frame.index, recoded).astype(np.uint64)) % np.uint64(len(codes))
        names = KINDS[LayerKind.PLAN].fields
        fields = {name: [None] * count for name in names}
        fields |= {"zone_code": [codes[k] for k in number.tolist()], "code_version": [version] * count}
    else:
        fields = {name: [None] * count for name in KINDS[LayerKind.CONTROL_AREA].fields}
    return PreparedFeatures(
        source_rows=list(range(count)),
        feature_ids=[f"{slug}-{one}" for one in frame.index.tolist()],
        geometries=np.asarray(shapely.multipolygons(from_area_plane(plane), indices=np.arange(count)), dtype=object),
        plane=plane,
        area_ellipsoid_m2=shapely.area(plane),
        area_planar_m2=shapely.area(plane),
        fields=fields,
        attributes=["{}"] * count,
    )


def _edited(key: str, title: str, note: str, updates: dict[str, type[Update]]) -> Case:
    return Case(
        key=key,
        title=title,
        note=note,
        layers=_LAYERS,
        contestants=(Full, *updates.values()),
        goals=tuple(
            faster_than(
                f"plans compared, brought up to date after 1 % of the zones, {what}: against everything",
                update.name,
                (Full.name,),
                10,
            )
            for what, update in updates.items()
        ),
    )


CASES = (
    Case(
        key="plan-comparison",
        title="Two plans compared with three hard lines, from PostGIS to stored patches and sums",
        note="Zones in longitude and latitude in the tables of the service, on a durable cluster; half of the codes are construction land, in no order, "
        "so that there are as many patches as can be. The update reads a new version of a plan in which one zone in a hundred has a moved vertex, and "
        "what it stores is compared with everything computed again.",
        layers=_LAYERS,
        contestants=(Full, Partitioned, Update),
        goals=(
            ratio_of(
                "plans compared, PostGIS to stored patches: against the bare partition", Full.name, Partitioned.name, 3
            ),
            faster_than(
                "plans compared, brought up to date after 1 % of the zones: against everything",
                Update.name,
                (Full.name,),
                10,
            ),
        ),
    ),
    _edited(
        "plan-comparison-edits",
        "Two plans compared with three hard lines: other edits",
        "As above, after one zone in a hundred was split, shifted as a whole, got another code, was deleted, or was inserted.",
        {
            "split": SplitUpdate,
            "shifted": ShiftUpdate,
            "other codes": CodesUpdate,
            "deleted": DeletedUpdate,
            "inserted": InsertedUpdate,
        },
    ),
    _edited(
        "plan-comparison-tiles",
        "Two plans compared with three hard lines in tiles, and brought up to date",
        "As above, of a comparison that was made in tiles of 400,000 vertices; everything is compared at once.",
        {"compared in tiles before": TiledUpdate},
    ),
)
