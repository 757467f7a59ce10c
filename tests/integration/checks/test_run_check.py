"""A check finds what overlaps, judges it by the rules, and never lets missing data read as free."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier

import geopandas as gpd
import pyproj
import pytest
import shapely
from sqlalchemy import Engine, text

from app.checks.errors import CheckCancelledError, NoRuleError, NothingToCheckError
from app.checks.service import run_check
from app.cli.check import print_findings
from app.db import schema
from app.db.sessions import write_session
from app.layers.delivery import ImportRequest
from app.layers.feature_edits import GivenFeature, create_features, feature_etag, update_feature
from app.layers.importing import import_file
from gis.landuse.control_kinds import ControlKind
from gis.rules import load_catalog

DAY = date(2026, 6, 30)
# The area plane by PROJ itself, so that the expected areas do not come from the code under test.
EQUAL_AREA = pyproj.Transformer.from_crs(
    "EPSG:4490", "+proj=cea +lat_ts=0 +a=6378137 +rf=298.257222101 +units=m", always_xy=True
)
STEP = 0.001


def box(x0: float, x1: float, y0: float = 0, y1: float = 1) -> shapely.Polygon:
    """Return a box, in thousandths of a degree from 113 E 28 N."""
    return shapely.box(113 + x0 * STEP, 28 + y0 * STEP, 113 + x1 * STEP, 28 + y1 * STEP)


def area(polygon: shapely.Geometry) -> float:
    return shapely.transform(polygon, lambda xy: list(zip(*EQUAL_AREA.transform(*xy.T), strict=True))).area


EVERYWHERE = box(-100, 100, -100, 100)


@pytest.fixture
def put(fresh_engine: Engine, tmp_path: Path):
    """Put a layer in force."""

    def put(
        slug: str, kind: str, rows: list[dict], *, coverage: shapely.Polygon | None = EVERYWHERE, **options
    ) -> None:
        path = tmp_path / f"{slug}{len(list(tmp_path.iterdir()))}.gpkg"
        gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490").to_file(path)
        known = None
        if coverage is not None and kind != "parcel":
            known = tmp_path / f"known{len(list(tmp_path.iterdir()))}.gpkg"
            gpd.GeoDataFrame(geometry=[coverage], crs="EPSG:4490").to_file(known)
        fields = {"parcel": {"parcel_code": "code"}}.get(kind, {"control_zone": "zone", "control_code": "code"})
        request = ImportRequest(
            path=path,
            to=slug,
            kind=kind,
            mapping=fields,
            coverage=known,
            publish=True,
            **({"valid_from": date(2024, 1, 1)} | options),
        )
        import_file(fresh_engine, request, actor="test", today=DAY)

    return put


@pytest.fixture
def check(fresh_engine: Engine):
    def check(**options):
        return run_check(fresh_engine, actor="test", **({"as_of": DAY} | options))

    return check


@pytest.fixture
def findings(fresh_engine: Engine):
    """Return the current findings, as the collection shows them."""

    def read() -> list[dict]:
        with fresh_engine.connect() as connection:
            rows = connection.execute(
                text(
                    "select finding.*, ST_AsBinary(geom) as wkb from finding "
                    "join check_run_layer on check_run_layer.id = check_run_layer_id where is_current order by row_id"
                )
            )
            return [dict(row) for row in rows.mappings()]

    return read


def parcels(*codes_and_boxes: tuple[str, shapely.Geometry]) -> list[dict]:
    return [{"code": code, "geometry": geometry} for code, geometry in codes_and_boxes]


def test_inside_crossing_and_touching_are_told_apart(put, check, findings):
    put(
        "parcels",
        "parcel",
        parcels(("in", box(0, 1)), ("cross", box(9, 11)), ("touch", box(10, 11, 1, 2)), ("far", box(50, 51))),
    )
    put("redline", "ecological_redline", [{"code": "R", "zone": "核心保护区", "geometry": box(-5, 10)}])
    summary = check()
    found = {row["target_id"]: row for row in findings()}
    assert set(found) == {"in", "cross"}
    assert found["in"]["overlap_area_m2"] == pytest.approx(area(box(0, 1)), abs=1e-6)
    assert found["in"]["target_share"] == 1.0
    assert found["cross"]["overlap_area_m2"] == pytest.approx(area(box(9, 10)), abs=1e-6)
    assert found["cross"]["target_share"] == pytest.approx(0.5, abs=1e-9)
    assert shapely.from_wkb(found["cross"]["wkb"]).equals_exact(
        shapely.MultiPolygon([box(9, 10)]), 1e-9, normalize=True
    )
    assert {row["verdict"] for row in found.values()} == {"DENY"}
    assert {row["constraint_ids"][0] for row in found.values()} == {"R"}
    assert summary["verdict"] == "DENY"
    assert summary["layers"][0] | {"audit": None} == {
        "layer": "redline",
        "control_kind": "ecological_redline",
        "version": 1,
        "mandatory": False,
        "status": "hit",
        "verdict": "DENY",
        "covered_share": pytest.approx(1.0),
        "uncovered_target_count": 0,
        "finding_count": 2,
        "audit": None,
    }


def test_overlapping_parts_of_one_restriction_count_once(put, check, findings):
    put("parcels", "parcel", parcels(("p", box(0, 10))))
    red = [{"code": "A", "zone": "", "geometry": box(0, 6)}, {"code": "B", "zone": "", "geometry": box(4, 8)}]
    put("farmland", "permanent_basic_farmland", red)
    check()
    (row,) = findings()
    assert row["overlap_area_m2"] == pytest.approx(area(box(0, 8)), abs=1e-6)
    assert row["constraint_ids"] == ["A", "B"]


def test_zones_of_a_layer_are_judged_each_by_itself(put, check, findings):
    put("parcels", "parcel", parcels(("p", box(0, 10))))
    zones = [
        {"code": "K", "zone": "重点开发区", "geometry": box(0, 2)},
        {"code": "L", "zone": "限制开发区", "geometry": box(2, 5)},
        {"code": "F", "zone": "禁止开发区", "geometry": box(5, 9)},
    ]
    put("zones", "functional_zone", zones)
    check()
    assert [(row["control_zone"], row["verdict"]) for row in findings()] == [
        ("restricted", "REVIEW"),
        ("forbidden", "DENY"),
    ]


def test_what_must_contain_a_parcel_finds_the_part_outside(put, check, findings):
    put("parcels", "parcel", parcels(("inside", box(0, 1)), ("part", box(9, 11)), ("outside", box(20, 21))))
    put("boundary", "urban_development_boundary", [{"code": "U", "zone": "01", "geometry": box(-5, 10)}])
    check()
    found = {row["target_id"]: row for row in findings()}
    assert set(found) == {"part", "outside"}
    assert {row["relation"] for row in found.values()} == {"outside"}
    assert found["part"]["overlap_area_m2"] == pytest.approx(area(box(10, 11)), abs=1e-6)
    assert found["outside"]["target_share"] == pytest.approx(1.0, abs=1e-9)


def test_a_thin_overlap_is_a_sliver_and_wants_review_on_a_hard_line(put, check, findings):
    thin = 1e-4  # thousandths of a degree of longitude: 1e-7 degree is a centimetre
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put("farmland", "permanent_basic_farmland", [{"code": "F", "zone": "", "geometry": box(1 - thin, 5)}])
    check()
    (row,) = findings()
    assert (row["overlap_class"], row["verdict"]) == ("sliver", "REVIEW")
    assert row["mean_width_m"] == pytest.approx(0.0098, abs=5e-4)


def metres(x: float) -> float:
    """Return a distance to the east in thousandths of a degree, at 28 N."""
    # Radius of the parallel: a cos(28°) / sqrt(1 - e² sin²(28°)) = 5,635,718 m.
    return x / 98.3618


def test_what_the_accuracy_of_a_hard_line_leaves_open_is_reviewed_and_never_a_pass(put, check, findings):
    put(
        "parcels",
        "parcel",
        parcels(("certain", box(0, 1)), ("doubtful", box(10, 11)), ("near", box(20, 21)), ("clear", box(30, 31))),
    )
    corner = box(
        10, 10 + metres(12), 0, 0.108
    )  # 12 m by 12 m: a corner of farmland 60 m wide, which 15 m less take away
    farmland = [
        {"code": "inside", "zone": "", "geometry": box(-1, 2, -1, 2)},
        {"code": "corner", "zone": "", "geometry": box(10 - metres(60), 10 + metres(12), -0.5, 0.108)},
        {"code": "beside", "zone": "", "geometry": box(19, 20 - metres(3), -1, 2)},
        {"code": "apart", "zone": "", "geometry": box(29, 30 - metres(40), -1, 2)},
    ]
    put("farmland", "permanent_basic_farmland", farmland, accuracy_m=15.0)
    (layer,) = check()["layers"]
    found = {row["target_id"]: row for row in findings()}
    assert {name: (row["relation"], row["certainty"], row["verdict"]) for name, row in found.items()} == {
        "certain": ("overlap", "certain_hit", "DENY"),
        "doubtful": ("overlap", "doubtful_hit", "REVIEW"),
        "near": ("near", "possible_hit", "REVIEW"),
    }
    assert found["doubtful"]["overlap_class"] == "real"
    assert found["doubtful"]["overlap_area_m2"] == pytest.approx(area(corner), abs=1e-6)
    near = found["near"]
    assert (near["overlap_area_m2"], near["target_share"], near["constraint_ids"]) == (0.0, 0.0, [])
    # 15 m from a line 3 m away reach 12 m into the parcel.
    assert area(shapely.from_wkb(near["wkb"])) == pytest.approx(area(box(20, 20 + metres(12))), rel=1e-3)
    assert "测绘精度" in near["text_zh"]
    assert "accuracy of the survey" in near["text_en"]
    assert (layer["status"], layer["verdict"]) == ("hit", "DENY")


def test_a_line_that_only_comes_near_is_counted_without_a_class_or_an_area(put, check, capsys):
    put("parcels", "parcel", parcels(("hit", box(0, 1)), ("near", box(20, 21))))
    rows = [
        {"code": "inside", "zone": "", "geometry": box(-1, 2, -1, 2)},
        {"code": "beside", "zone": "", "geometry": box(19, 20 - metres(3), -1, 2)},
    ]
    put("farmland", "permanent_basic_farmland", rows, accuracy_m=15.0)
    print_findings(check())
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if "REVIEW" in line or "DENY" in line]
    told = {line[1]: line[2:] for line in lines}
    assert told["near"] == ["REVIEW", "1"]
    assert told["overlap"][:3] == ["DENY", "real", "1"]
    assert float(told["overlap"][3]) > 0


def test_a_former_version_of_the_tables_has_no_runs_that_lost_findings(put, check, findings, fresh_engine):
    put("parcels", "parcel", parcels(("near", box(20, 21))))
    put("farmland", "permanent_basic_farmland", [{"code": "F", "zone": "", "geometry": box(19, 20 - metres(3), -1, 2)}])
    without = check()["check_run_id"]
    with fresh_engine.begin() as connection:
        connection.execute(text("update layer set accuracy_m = 15 where slug = 'farmland'"))
    assert check()["is_new"]
    schema.downgrade(fresh_engine, srid=4490, revision="0029")
    with fresh_engine.connect() as connection:
        assert connection.scalars(text("select id from check_run")).all() == [without]
        assert connection.scalars(text("select distinct check_run_id from check_run_layer")).all() == [without]
    schema.upgrade(fresh_engine, srid=4490)
    assert check()["is_new"]
    assert [row["relation"] for row in findings()] == ["near"]


def test_a_line_that_is_no_prohibition_is_not_said_to_be_near_and_a_doubtful_hit_of_it_warns(put, check, findings):
    put("parcels", "parcel", parcels(("doubtful", box(10, 11)), ("near", box(20, 21))))
    forest = [
        {"code": "corner", "zone": "", "geometry": box(10 - metres(60), 10 + metres(12), -0.5, 0.108)},
        {"code": "beside", "zone": "", "geometry": box(19, 20 - metres(3), -1, 2)},
    ]
    put("forest", "forest", forest, accuracy_m=15.0)
    check()
    assert [(row["target_id"], row["certainty"], row["verdict"]) for row in findings()] == [
        ("doubtful", "doubtful_hit", "WARN")
    ]


def test_a_layer_whose_accuracy_is_stated_later_is_checked_again(put, check, findings, fresh_engine):
    put("parcels", "parcel", parcels(("near", box(20, 21))))
    put("farmland", "permanent_basic_farmland", [{"code": "F", "zone": "", "geometry": box(19, 20 - metres(3), -1, 2)}])
    check()
    assert findings() == []
    with fresh_engine.begin() as connection:
        connection.execute(text("update layer set accuracy_m = 15 where slug = 'farmland'"))
    assert check()["is_new"]
    assert [row["relation"] for row in findings()] == ["near"]


def test_a_layer_without_a_version_is_no_data_not_free(put, check, findings):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put(
        "redline",
        "ecological_redline",
        [{"code": "R", "zone": "", "geometry": box(50, 60)}],
        mandatory=True,
        valid_from=date(2027, 1, 1),
    )
    summary = check()
    (layer,) = summary["layers"]
    assert (layer["status"], layer["verdict"], layer["covered_share"]) == ("not_covered", "NO_DATA", 0.0)
    assert summary["verdict"] == "NO_DATA"
    assert findings() == []


def test_a_layer_that_does_not_say_where_it_is_known_is_not_clear(put, check):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put(
        "redline",
        "ecological_redline",
        [{"code": "R", "zone": "", "geometry": box(50, 60)}],
        coverage=None,
        mandatory=True,
    )
    (layer,) = check()["layers"]
    assert (layer["status"], layer["verdict"], layer["covered_share"]) == ("not_covered", "NO_DATA", None)


def test_a_clear_layer_that_is_known_everywhere_passes(put, check):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(50, 60)}], mandatory=True)
    (layer,) = check()["layers"]
    assert (layer["status"], layer["verdict"], layer["covered_share"]) == ("clear", "PASS", pytest.approx(1.0))


def test_the_part_of_a_parcel_beyond_the_coverage_is_said_for_that_parcel(put, check, findings):
    put("parcels", "parcel", parcels(("known", box(0, 1)), ("half", box(9, 11))))
    redline = [{"code": "R", "zone": "", "geometry": box(0, 0.5)}]
    put("redline", "ecological_redline", redline, coverage=box(-5, 10, -5, 5), mandatory=True)
    (layer,) = check()["layers"]
    assert layer["covered_share"] == pytest.approx(2 / 3, abs=1e-6)
    assert (layer["status"], layer["verdict"], layer["uncovered_target_count"]) == ("hit", "REVIEW", 1)
    found = {(row["target_id"], row["relation"]): row["verdict"] for row in findings()}
    assert found == {("known", "overlap"): "REVIEW", ("half", "not_covered"): "NO_DATA"}


def test_the_same_inputs_are_not_checked_twice_and_new_ones_replace_the_answer(put, check, findings, fresh_engine):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    first = check()
    again = check()
    assert (first["is_new"], again["is_new"], again["check_run_id"]) == (True, False, first["check_run_id"])
    put(
        "redline",
        "ecological_redline",
        [{"code": "R2", "zone": "", "geometry": box(50, 65)}],
        valid_from=date(2025, 1, 1),
    )
    moved = check()
    assert moved["is_new"]
    assert findings() == []
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from finding")) == 1
    past = check(as_of=date(2024, 6, 1))
    assert past["is_new"]
    assert [row["constraint_ids"] for row in findings()] == [["R"]]


def test_what_was_edited_is_checked_again_the_same_day(put, check, findings, fresh_engine):
    put("parcels", "parcel", parcels(("p", box(0, 1)), ("q", box(3, 4))))
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    assert (check()["is_new"], len(findings())) == (True, 2)

    with write_session(fresh_engine, actor="test") as session:
        row_id = session.scalar(text("select row_id from parcel where feature_id = 'p'"))
        update_feature(session, "parcels", "p", {}, box(20, 21), feature_etag(row_id), today=DAY)
    assert check()["is_new"]
    assert [row["parcel_code"] for row in findings()] == ["q"]

    with write_session(fresh_engine, actor="test") as session:
        create_features(
            session,
            "redline",
            [GivenFeature(box(19, 22), {"control_code": "R2", "control_zone": "核心保护区"})],
            today=DAY,
        )
    assert check()["is_new"]
    assert sorted(row["parcel_code"] for row in findings()) == ["p", "q"]
    assert not check()["is_new"]


def test_control_layers_can_be_named(put, check):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    put("farmland", "permanent_basic_farmland", [{"code": "F", "zone": "", "geometry": box(-5, 10)}])
    put("other", "other", [{"code": "O", "zone": "", "geometry": box(-5, 10)}])
    assert [layer["layer"] for layer in check()["layers"]] == ["redline", "farmland"]
    assert [layer["layer"] for layer in check(layers=["farmland"])["layers"]] == ["farmland"]
    with pytest.raises(NoRuleError, match="other"):
        check(layers=["other"])


def test_a_day_before_the_law_is_no_data_not_free(put, check):
    put("parcels", "parcel", parcels(("p", box(0, 1))), valid_from=date(1990, 1, 1))
    redline = [{"code": "R", "zone": "", "geometry": box(-5, 10)}]
    put("redline", "ecological_redline", redline, mandatory=True, valid_from=date(1990, 1, 1))
    (layer,) = check(as_of=date(1995, 1, 1))["layers"]
    assert (layer["status"], layer["verdict"]) == ("not_covered", "NO_DATA")
    assert "No rule about ecological_redline is in force on 1995-01-01" in layer["audit"]["error"]


def test_only_parcels_in_force_can_be_checked(put, check):
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    with pytest.raises(NothingToCheckError, match="is of kind ecological_redline"):
        check(target="redline")
    put("parcels", "parcel", parcels(("p", box(0, 1))), valid_from=date(2027, 1, 1))
    with pytest.raises(NothingToCheckError, match="no version in force on 2026-06-30"):
        check()


def test_a_cancelled_check_stores_nothing(put, check, fresh_engine):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    with pytest.raises(CheckCancelledError):
        check(cancelled=lambda: True)
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from check_run")) == 0


def test_progress_runs_to_the_end(put, check):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    put("farmland", "permanent_basic_farmland", [{"code": "F", "zone": "", "geometry": box(-5, 10)}])
    steps: list[tuple[int, int]] = []
    check(progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1] == (2000, 2000)


def test_a_rule_of_one_county_judges_only_its_own_parcels(put, check, findings, monkeypatch):
    shipped = load_catalog()
    (farmland,) = shipped.rules_for(ControlKind.PERMANENT_BASIC_FARMLAND, as_of=DAY)
    local = farmland.model_copy(
        update={"rule_id": "local.farmland", "source": farmland.source.model_copy(update={"region": "430121"})}
    )
    catalog = replace(shipped, rules=(local,))
    monkeypatch.setattr("app.checks.service.load_catalog", lambda: catalog)
    ours, theirs = "430121020001GB00001", "430122020001GB00001"
    put("parcels", "parcel", parcels((ours, box(0, 1)), (theirs, box(2, 3))))
    put("farmland", "permanent_basic_farmland", [{"code": "F", "zone": "", "geometry": box(-5, 10)}])
    check()
    assert [(row["parcel_code"], row["rule_id"]) for row in findings()] == [(ours, "local.farmland")]


def test_a_run_that_was_partly_replaced_is_not_the_answer_any_more(put, check, findings):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    put("farmland", "permanent_basic_farmland", [{"code": "F", "zone": "", "geometry": box(-5, 10)}])
    check()
    check(layers=["redline"], as_of=date(2024, 6, 1))
    again = check()
    assert again["is_new"]
    assert {row["check_run_id"] for row in findings()} == {again["check_run_id"]}


def test_a_layer_named_twice_is_checked_once(put, check):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    assert len(check(layers=["redline", "redline"])["layers"]) == 1


def test_two_checks_at_once_store_one_run(put, check, fresh_engine):
    put("parcels", "parcel", parcels(("p", box(0, 1))))
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    both_measured = Barrier(2)

    def wait(done: int, total: int) -> None:
        if done == total:
            both_measured.wait(timeout=30)

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: check(progress=wait), range(2)))
    assert sorted(run["is_new"] for run in runs) == [False, True]
    assert len({run["check_run_id"] for run in runs}) == 1


def test_nothing_is_said_to_lie_outside_where_the_boundary_is_not_known(put, check, findings):
    put("parcels", "parcel", parcels(("inside", box(0, 1)), ("outside", box(5, 6)), ("unknown", box(20, 21))))
    boundary = [{"code": "U", "zone": "01", "geometry": box(-5, 2)}]
    put("boundary", "urban_development_boundary", boundary, coverage=box(-6, 10, -6, 10), mandatory=True)
    check()
    assert {(row["target_id"], row["relation"]) for row in findings()} == {
        ("outside", "outside"),
        ("unknown", "not_covered"),
    }


def test_a_parcel_without_a_code_keeps_none(put, check, findings):
    put("parcels", "parcel", [{"code": None, "geometry": box(0, 1)}, {"code": "B", "geometry": box(2, 3)}])
    put("redline", "ecological_redline", [{"code": "R", "zone": "", "geometry": box(-5, 10)}])
    check()
    assert [row["parcel_code"] for row in findings()] == [None, "B"]
