"""A city of 5 x 5 square parcels, its plan, its red line and what checks and scans say of it; all hand-computable.

Cell (column, row) spans 0.001 degrees from 113 E, 28.2 N. Three parcels of the middle row are in the red line.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from app.db.models import (
    Base,
    CheckRun,
    CheckRunLayer,
    ClearanceItem,
    ClearanceRun,
    ControlArea,
    Finding,
    IdleCase,
    IdleScan,
    LandFinding,
    LandScan,
    Layer,
    LayerVersion,
    OverlayPair,
    OverlayRun,
    Parcel,
    PlanCell,
    PlanComparison,
    PlanFaultRow,
    PlanFaultRun,
    PlanPatch,
    PlanZone,
    ReferenceFeature,
    TableDelivery,
    VersionStatus,
)

WEST, SOUTH, STEP, SIDE = 113.0, 28.2, 0.001, 5
HOLDER = "湘江置业有限公司"
SECRETS = (HOLDER, "430104199001011234", "江南纺织厂")
COLLECTIONS = (
    "parcels",
    "city_plan",
    "ecological_redline",
    "roads_rivers",
    "findings",
    "idle_cases",
    "land_findings",
    "plan_patches",
    "plan_cells",
    "plan_faults",
    "clearance_items",
    "overlay_pairs",
)
COUNTS = {
    "parcels": 25,
    "city_plan": 5,
    "ecological_redline": 1,
    "roads_rivers": 1,
    "findings": 3,
    "idle_cases": 3,
    "land_findings": 2,
    "plan_patches": 2,
    "plan_cells": 2,
    "plan_faults": 1,
    "clearance_items": 1,
    "overlay_pairs": 1,
}
# A case and a finding whose parcel is not found have none.
WITH_GEOMETRY = {**COUNTS, "idle_cases": 2, "land_findings": 1}
RECORDED: dict[str, Any] = {"recorded_by": "city"}
RUN_FACTS: dict[str, Any] = {
    "as_of": date(2026, 6, 30),
    "catalog_version": "1",
    "parameter_rows": [],
    "started_by": "city",
}


def square(west: float, south: float, east: float, north: float) -> str:
    """Write a box as a polygon, clockwise as many shapefiles are."""
    ring = [(west, south), (west, north), (east, north), (east, south), (west, south)]
    return f"SRID=4490;MULTIPOLYGON((({', '.join(f'{x:.6f} {y:.6f}' for x, y in ring)})))"


def cell(column: int, row: int, columns: int = 1) -> str:
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return square(west, south, west + columns * STEP, south + STEP)


def add_layer(session: Session, slug: str, kind: str, control_kind: str | None = None) -> Layer:
    layer = Layer(
        slug=slug,
        kind=kind,
        control_kind=control_kind,
        title_zh=f"图层{slug}",
        title_en=slug.replace("_", " ").title(),
        created_by="city",
    )
    session.add(layer)
    session.flush()
    return layer


def add_version(
    session: Session, layer: Layer, number: int, status: str, valid_from: date, **facts: Any
) -> LayerVersion:
    version = LayerVersion(
        layer_id=layer.id,
        number=number,
        status=status,
        source_name=f"{layer.slug}.shp",
        source_crs="EPSG:4549",
        sha256="0" * 64,
        valid_from=valid_from,
        read_count=0,
        accepted_count=0,
        repaired_count=0,
        rejected_count=0,
        report={},
        published_at=None if status == "draft" else datetime(2026, 1, number, tzinfo=UTC),
        **RECORDED,
        **facts,
    )
    session.add(version)
    session.flush()
    return version


def feature(model: type[Base], version: LayerVersion, feature_id: str, geom: str, **values: Any) -> Any:
    return model(
        layer_version_id=version.id,
        feature_id=feature_id,
        geom=geom,
        area_ellipsoid_m2=10_000.125,
        area_planar_m2=10_001.5,
        **RECORDED,
        **values,
    )


def parcel(version: LayerVersion, column: int, row: int, **values: Any) -> Parcel:
    number = row * SIDE + column
    facts: dict[str, Any] = {
        "feature_id": f"p{number}",
        "parcel_code": f"430104001001GB{number:05d}",
        "land_use_code": ("0701", "0601", "0901")[number % 3],
        "code_version": "GUIDE-2023",
        "area_registered_m2": 10_000.0,
        "holder": HOLDER,
        "name": f"地块{number}",
        "attributes": {"权利人证件号": "430104199001011234", "图号": f"T{number}"},
    }
    return feature(Parcel, version, geom=cell(column, row), **(facts | values))


@contextmanager
def layer_of_its_own(engine: Engine, slug: str, count: int) -> Iterator[str]:
    """Add a layer of parcels that a test may change, and take it away again with all its versions."""
    with Session(engine) as session, session.begin():
        layer = add_layer(session, slug, "parcel")
        version = add_version(session, layer, 1, "in_force", date(2024, 1, 1))
        for number in range(count):
            session.add(parcel(version, number % SIDE, number // SIDE % SIDE, feature_id=f"p{number}"))
        layer_id = layer.id
    try:
        yield slug
    finally:
        with Session(engine) as session, session.begin():
            session.execute(delete(LayerVersion).where(LayerVersion.layer_id == layer_id))
            session.execute(delete(Layer).where(Layer.id == layer_id))


def find_version(session: Session, slug: str, number: int = 1) -> LayerVersion:
    query = select(LayerVersion).join(Layer, Layer.id == LayerVersion.layer_id)
    return session.scalars(query.where(Layer.slug == slug, LayerVersion.number == number)).one()


def publish_next(session: Session, former: LayerVersion) -> LayerVersion:
    """Put a further, empty version in force."""
    former.status = VersionStatus.ARCHIVED
    session.flush()
    layer = session.get_one(Layer, former.layer_id)
    return add_version(session, layer, former.number + 1, "in_force", date(2025, 1, 1))


def build_city(engine: Engine) -> None:
    """Fill an empty migrated database."""
    with Session(engine) as session, session.begin():
        parcels = add_layer(session, "parcels", "parcel")
        past = add_version(session, parcels, 1, "archived", date(2020, 1, 1))
        current = add_version(session, parcels, 2, "in_force", date(2024, 1, 1), approval_no="湘自资〔2024〕1号")
        draft = add_version(session, parcels, 3, "draft", date(2025, 1, 1))
        # Two parcels share a code, as real layers' parcels do.
        twins = {(0, 0): "430104001001GB99999", (4, 4): "430104001001GB99999"}
        for row in range(SIDE):
            for column in range(SIDE):
                code = twins.get((column, row), f"430104001001GB{row * SIDE + column:05d}")
                session.add(parcel(current, column, row, parcel_code=code))
        session.add(parcel(past, 0, 0, name="旧地块"))
        session.add(parcel(draft, 0, 0, name="草稿"))
        session.add(parcel(current, 1, 1, name="被取代", superseded_at=datetime(2026, 2, 1, tzinfo=UTC)))
        _add_plan(session)
        redline = _add_redline(session)
        _add_roads(session)
        unpublished = add_layer(session, "unpublished", "reference")
        add_version(session, unpublished, 1, "draft", date(2024, 1, 1))
        session.flush()
        _add_findings(session, parcels, current, redline)
        _add_idle_cases(session, current)
        _add_land_findings(session, current)
        _add_plan_patches(session)
        _add_plan_faults(session)
        _add_clearance(session)
        _add_overlay(session)


def _add_plan(session: Session) -> None:
    version = add_version(session, add_layer(session, "city_plan", "plan"), 1, "in_force", date(2023, 1, 1))
    for row in range(SIDE):
        session.add(
            feature(
                PlanZone,
                version,
                f"z{row}",
                cell(0, row, SIDE),
                zone_code=("R2", "M1")[row % 2],
                zone_name=("二类居住用地", "一类工业用地")[row % 2],
                code_version="GB 50137-2011",
                floor_area_ratio_max=1.5 + row,
                building_height_max_m=60.0,
                building_density_max=0.3,
                green_ratio_min=0.35,
            )
        )


def _add_redline(session: Session) -> Layer:
    layer = add_layer(session, "ecological_redline", "control_area", "ecological_redline")
    version = add_version(session, layer, 1, "in_force", date(2022, 11, 1))
    values = {"control_code": "HX1", "control_name": "湘江红线", "control_zone": "core"}
    session.add(feature(ControlArea, version, "r1", cell(1, 2, 3), **values))
    return layer


def _add_roads(session: Session) -> None:
    version = add_version(session, add_layer(session, "roads_rivers", "reference"), 1, "in_force", date(2022, 1, 1))
    values = {"feature_code": "1207", "feature_name": "芙蓉路", "code_version": "TD/T 1055-2019"}
    session.add(feature(ReferenceFeature, version, "road/1", cell(0, 0, SIDE), **values, attributes={"等级": 2}))


@dataclass
class Run:
    """A check run and its part about the red line."""

    run: CheckRun
    pair: CheckRunLayer


def add_run(session: Session, target: Layer, version: LayerVersion, control_id: int, *, is_current: bool) -> Run:
    run = CheckRun(
        target_layer_id=target.id,
        target_version_id=version.id,
        input_digest="d",
        engine_version="1",
        started_at=datetime(2026, 6, 30, tzinfo=UTC),
        **RUN_FACTS,
    )
    session.add(run)
    session.flush()
    pair = CheckRunLayer(
        check_run_id=run.id,
        target_layer_id=target.id,
        control_layer_id=control_id,
        status="hit",
        verdict="DENY",
        covered_share=1.0,
        uncovered_target_count=0,
        audit={},
        is_current=is_current,
    )
    session.add(pair)
    session.flush()
    return Run(run, pair)


def _add_findings(session: Session, parcels: Layer, version: LayerVersion, redline: Layer) -> None:
    by_id = {item.feature_id: item for item in session.query(Parcel).filter_by(layer_version_id=version.id)}
    for number, columns in enumerate(((1,), (1, 2, 3))):
        run = add_run(session, parcels, version, redline.id, is_current=number == 1)
        for column in columns:
            session.add(make_finding(run, by_id[f"p{2 * SIDE + column}"], column))


def make_finding(run: Run, target: Parcel, column: int) -> Finding:
    return Finding(
        feature_id=f"f{column}",
        check_run_id=run.run.id,
        check_run_layer_id=run.pair.id,
        target_row_id=target.row_id,
        target_layer="parcels",
        target_id=target.feature_id,
        parcel_code=target.parcel_code,
        control_layer="ecological_redline",
        control_kind="ecological_redline",
        control_zone="core",
        constraint_ids=["r1"],
        rule_id="redline-forbidden",
        relation="overlap",
        verdict="DENY" if column < 3 else "REVIEW",
        overlap_class="real" if column < 3 else "sliver",
        overlap_area_m2=12_345.67,
        target_area_m2=12_345.67,
        target_share=1.0,
        mean_width_m=50.0,
        text_zh="占用生态保护红线",
        text_en="Inside the ecological red line",
        article="第三条",
        remedy_zh="调出",
        remedy_en="Move out",
        geom=cell(column, 2),
    )


def _add_idle_cases(session: Session, version: LayerVersion) -> None:
    delivery = TableDelivery(
        kind="contracts",
        source_name="c.csv",
        sha256="1" * 64,
        row_count=3,
        rejected_rows=[],
        is_current=True,
        **RECORDED,
    )
    session.add(delivery)
    session.flush()
    for number in range(2):
        scan = IdleScan(
            parcel_version_id=version.id,
            delivery_id=delivery.id,
            input_digest="d",
            contract_count=3,
            summary={},
            is_current=number == 1,
            **RUN_FACTS,
        )
        session.add(scan)
        session.flush()
        targets = session.query(Parcel).filter(
            Parcel.layer_version_id == version.id, Parcel.feature_id.in_(["p0", "p1"]), Parcel.superseded_at.is_(None)
        )
        for target in targets.order_by(Parcel.row_id):
            session.add(_idle_case(scan, target.feature_id, target))
        session.add(_idle_case(scan, "missing", None))


def _add_land_findings(session: Session, version: LayerVersion) -> None:
    """Add evaluations of two years, of which a map shows the last: one firm on the second parcel, one without land."""
    target = session.scalars(
        select(Parcel).where(
            Parcel.layer_version_id == version.id, Parcel.feature_id == "p1", Parcel.superseded_at.is_(None)
        )
    ).one()
    for year in ("2024", "2025"):
        scan = LandScan(
            topic="per_mu",
            period=year,
            as_of=date(int(year), 12, 31),
            input_digest="d",
            catalog_version="1",
            summary={},
            is_current=True,
            started_by="city",
        )
        session.add(scan)
        session.flush()
        for number, place in enumerate((target, None)):
            session.add(
                LandFinding(
                    land_scan_id=scan.id,
                    feature_id=f"per_mu-{year}-{number}",
                    topic="per_mu",
                    subject=f"{SECRETS[2]}{number}",
                    kind="graded",
                    parcel_codes=[] if place is None else [str(place.parcel_code)],
                    reason_zh=f"{SECRETS[2]}：D 类",
                    reason_en="class D",
                    article="浙政发〔2018〕5号",
                    missing=[],
                    measures={"name": SECRETS[2]},
                    parameter_rows=[],
                    geom=None if place is None else place.geom,
                )
            )


def _add_plan_patches(session: Session) -> None:
    """Add two comparisons of one set of plans: the older with a patch, the current one with two."""
    for number, columns in enumerate(((0,), (0, 1))):
        comparison = PlanComparison(
            plan_set="city_plan+land_use_plan",
            plans=[],
            lines=[],
            as_of=date(2026, 6, 30),
            input_digest="d",
            engine_version="1",
            parameter_rows=[],
            summary={},
            is_current=number == 1,
            shows_cells=number == 1,
            started_at=datetime(2026, 6, 30, tzinfo=UTC),
            started_by="city",
        )
        session.add(comparison)
        session.flush()
        session.add_all(make_patch(comparison, column) for column in columns)
        if comparison.shows_cells:
            session.add_all(_make_cell(comparison, column) for column in columns)


def _add_plan_faults(session: Session) -> None:
    """Add a search for faults that found one overlap."""
    run = PlanFaultRun(
        kind="topology",
        layer_set="city_plan",
        layers=[],
        settings={},
        as_of=date(2026, 6, 30),
        engine_version="1",
        summary={},
        is_current=True,
        started_at=datetime(2026, 6, 30, tzinfo=UTC),
        started_by="city",
    )
    session.add(run)
    session.flush()
    session.add(
        PlanFaultRow(
            feature_id=f"{run.id}-1",
            plan_fault_run_id=run.id,
            fault_kind="overlap",
            layers=["city_plan", "city_plan"],
            feature_ids=["z0", "z1"],
            overlap_class=None,
            area_m2=12.5,
            width_m=0.5,
            max_width_m=0.75,
            text_zh="重叠",
            text_en="Overlap",
            error=None,
            geom=cell(1, 3),
        )
    )


def _add_clearance(session: Session) -> None:
    """Add a clearance register of one piece of land."""
    run = ClearanceRun(
        land_layer="roads_rivers",
        line_layer="ecological_redline",
        layers=[],
        as_of=date(2026, 6, 30),
        engine_version="1",
        summary={},
        is_current=True,
        started_at=datetime(2026, 6, 30, tzinfo=UTC),
        started_by="city",
    )
    session.add(run)
    session.flush()
    session.add(
        ClearanceItem(
            feature_id="l0",
            clearance_run_id=run.id,
            line_ids=["r0"],
            land_area_m2=100.0,
            area_inside_m2=50.0,
            share_inside=0.5,
            overlap_class="real",
            still_found=True,
            geom=cell(2, 3),
        )
    )


def _add_overlay(session: Session) -> None:
    """Add an overlay that was kept, of one pair."""
    run = OverlayRun(
        a_collection="parcels",
        b_collection="ecological_redline",
        asked={},
        as_of=date(2026, 6, 30),
        engine_version="1",
        summary={},
        is_current=True,
        started_at=datetime(2026, 6, 30, tzinfo=UTC),
        started_by="city",
    )
    session.add(run)
    session.flush()
    session.add(
        OverlayPair(
            feature_id=f"{run.id}-1",
            overlay_run_id=run.id,
            a_collection=run.a_collection,
            a_id="p11",
            b_collection=run.b_collection,
            b_id="r0",
            overlap_class="real",
            overlap_area_m2=10_000.0,
            share_of_a=1.0,
            share_of_b=0.333333,
            mean_width_m=100.0,
            a_properties={"land_use_code": "0701"},
            b_properties={},
            geom=cell(1, 2),
        )
    )


def make_patch(comparison: PlanComparison, column: int) -> PlanPatch:
    return PlanPatch(
        feature_id=f"{comparison.id}-{column + 1}",
        plan_comparison_id=comparison.id,
        plan_set=comparison.plan_set,
        conflict_class="conflict",
        plan_statuses=["construction", "non_construction"],
        plan_codes=["R2", "1100"],
        hard_lines=["ecological_redline.core"],
        overlap_class="real",
        cell_count=1,
        area_m2=12_345.67,
        mean_width_m=50.0,
        text_zh="规划矛盾",
        text_en="The plans contradict each other",
        geom=cell(column, 3),
    )


def _make_cell(comparison: PlanComparison, column: int) -> PlanCell:
    return PlanCell(
        feature_id=f"{comparison.id}-0-{column}",
        plan_comparison_id=comparison.id,
        plan_set=comparison.plan_set,
        conflict_class="conflict",
        plan_statuses=["construction", "non_construction"],
        plan_codes=["R2", "1100"],
        zone_ids=["city_plan:z3", "land_use_plan:l3"],
        hard_lines=["ecological_redline.core"],
        hard_line_mask=1,
        patch_ids=[f"{comparison.id}-{column + 1}"],
        area_m2=12_345.67,
        digest=column,
        geom=cell(column, 3),
    )


def _idle_case(scan: IdleScan, name: str, target: Parcel | None) -> IdleCase:
    place: dict[str, Any] = {"parcel_match": "none", "geom": None}
    if target is not None:
        place = {
            "parcel_match": "one",
            "geom": target.geom,
            "target_row_id": target.row_id,
            "target_id": target.feature_id,
            "parcel_code": target.parcel_code,
            "parcel_layer": "parcels",
        }
    return IdleCase(
        feature_id=f"case-{name}",
        idle_scan_id=scan.id,
        as_of=scan.as_of,
        candidate_ids=[],
        contract_no=f"HT-{name}",
        kind="idle_not_started" if target else "insufficient_data",
        agreed_start_date=date(2023, 6, 30),
        idle_since=date(2024, 6, 30) if target else None,
        gross_idle_days=730 if target else None,
        net_idle_days=700 if target else None,
        developed_share=0.1,
        invested_share=0.05,
        missing=[] if target else ["parcel"],
        reason_zh="超过约定动工日满一年",
        reason_en="One year past the agreed start",
        article="第二条第一款",
        facts={"受让人": "江南纺织厂"},
        **place,
    )
