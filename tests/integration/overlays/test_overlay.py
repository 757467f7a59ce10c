"""A planner's overlay: pairs and totals of files and layers, with what has to be known to read them."""

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from app.cli.overlay import overlay_command
from app.overlays.errors import OverlayRefusedError
from app.overlays.service import OverlayRequest, overlay
from app.overlays.sources import SideRequest
from app.overlays.writing import as_json, require_writable, write

DAY = date(2026, 6, 30)


def squares(path: Path, *rows: tuple[float, float, str]) -> str:
    """Write boxes from x0 to x1 metres, 100 m high, each with a use."""
    boxes = [shapely.box(406700 + x0, 3125000, 406700 + x1, 3125100) for x0, x1, _ in rows]
    gpd.GeoDataFrame({"use": [use for _, _, use in rows]}, geometry=boxes, crs="EPSG:4547").to_file(path)
    return str(path)


@pytest.fixture
def a(tmp_path: Path) -> str:
    return squares(tmp_path / "a.gpkg", (0, 100, "R"), (100, 200, "M"), (300, 400, "R"))


@pytest.fixture
def b(tmp_path: Path) -> str:
    return squares(tmp_path / "b.gpkg", (50, 150, "x"), (120, 150, "x"), (140, 160, "y"))


def answer(a: str, b: str, where_a: tuple[str, ...] = (), **options):
    return overlay(OverlayRequest(SideRequest(a, where=where_a), SideRequest(b), **options), None, as_of=DAY)


def test_pairs_have_areas_and_shares_of_both_sides(a, b):
    result = answer(a, b, fields_a=("use",), fields_b=("use",))
    table = result.table
    assert table[["a", "b"]].values.tolist() == [[1, 1], [2, 1], [2, 2], [2, 3]]
    # Planar metres are 0.02 % more than the ellipsoidal area here.
    assert table["overlap_area_m2"].tolist() == pytest.approx([5000, 5000, 3000, 2000], rel=3e-4)
    assert table["share_of_a"].tolist() == pytest.approx([0.5, 0.5, 0.3, 0.2], abs=1e-5)
    assert table["share_of_b"].tolist() == pytest.approx([0.5, 0.5, 1.0, 1.0], abs=1e-5)
    assert table["a_use"].tolist() == ["R", "M", "M", "M"]
    assert table["overlap_area_mu"].tolist() == pytest.approx((table["overlap_area_m2"] * 0.0015).tolist(), rel=1e-12)


def test_what_is_covered_counts_once_and_coverage_is_stated_or_not(a, b):
    result = answer(a, b)
    assert result.overlapped_m2 == pytest.approx(11000, rel=3e-4)
    assert result.a_area_m2 == pytest.approx(30000, rel=3e-4)
    assert result.covered_share is None
    assert result.errors == ()


def test_totals_count_overlapping_parts_of_one_class_once(a, b):
    table = answer(a, b, totals_by_a=("use",), totals_by_b=("use",)).table
    assert table[["a_use", "b_use", "parts"]].values.tolist() == [["M", "x", 1], ["M", "y", 1], ["R", "x", 1]]
    assert table["overlap_area_m2"].tolist() == pytest.approx([5000, 2000, 5000], rel=3e-4)


def test_totals_by_one_side_only(a, b):
    table = answer(a, b, totals_by_a=("use",)).table
    assert table["a_use"].tolist() == ["M", "R"]
    assert table["overlap_area_m2"].tolist() == pytest.approx([6000, 5000], rel=3e-4)


def test_a_filter_narrows_a_side_and_an_empty_side_is_refused(a, b):
    assert answer(a, b, where_a=("use=R",)).table["a"].tolist() == [1]
    with pytest.raises(OverlayRefusedError, match=r"No feature of .* fulfils use=Z"):
        answer(a, b, where_a=("use=Z",))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fields_a": ("colour",)}, "has no field colour"),
        ({"totals_by_b": ("colour",)}, "has no field colour"),
        ({"fields_a": ("geometry",)}, "has no field geometry; it has use"),
        ({"totals_by_b": ("geometry",)}, "has no field geometry; it has use"),
        ({"totals_by_b": ("use",), "with_geometry": True}, "Totals have neither geometry"),
    ],
)
def test_what_cannot_be_answered_is_refused(a, b, options, message):
    with pytest.raises(OverlayRefusedError, match=message):
        answer(a, b, **options)


def test_a_name_that_is_no_file_and_no_layer_is_refused(a):
    with pytest.raises(OverlayRefusedError, match="is no file"):
        answer(a, "nothing")


def test_every_format_holds_the_same_table(a, b, tmp_path: Path):
    result = answer(a, b, fields_a=("use",), with_geometry=True)
    expected = [row["overlap_area_m2"] for row in as_json(result)["rows"]]
    for name in ("t.csv", "t.xlsx", "t.json", "t.gpkg"):
        write(result, tmp_path / name)
    assert pd.read_csv(tmp_path / "t.csv")["overlap_area_m2"].tolist() == expected
    book = pd.read_excel(tmp_path / "t.xlsx", sheet_name=None)
    assert book["overlay"]["overlap_area_m2"].tolist() == expected
    assert "overlapped_m2" in book["summary"]["fact"].tolist()
    assert [row["overlap_area_m2"] for row in json.loads((tmp_path / "t.json").read_text())["rows"]] == expected
    drawn = gpd.read_file(tmp_path / "t.gpkg")
    assert drawn.crs.to_epsg() == 4490
    assert drawn["overlap_area_m2"].tolist() == expected
    assert drawn.to_crs(4547).area.tolist() == pytest.approx(expected, rel=3e-4)


def test_an_unknown_format_and_a_map_without_geometry_are_refused(a, b, tmp_path: Path):
    with pytest.raises(OverlayRefusedError, match=r"write \.csv"):
        write(answer(a, b), tmp_path / "t.doc")
    with pytest.raises(OverlayRefusedError, match="needs geometry"):
        write(answer(a, b), tmp_path / "t.gpkg")


def test_a_file_that_could_not_be_written_is_refused_beforehand(tmp_path: Path):
    (tmp_path / "folder.csv").mkdir()
    for name, message in [
        ("t.doc", r"write \.csv"),
        ("missing/t.csv", "there is no folder"),
        ("folder.csv", "it is a folder"),
        ("t.gpkg", "needs geometry"),
    ]:
        with pytest.raises(OverlayRefusedError, match=message):
            require_writable(tmp_path / name, with_geometry=False)
    require_writable(tmp_path / "t.CSV", with_geometry=False)
    require_writable(tmp_path / "t.gpkg", with_geometry=True)
    assert [part.name for part in tmp_path.iterdir()] == ["folder.csv"]


def test_the_command_refuses_its_output_before_it_reads_anything(tmp_path: Path):
    with pytest.raises(OverlayRefusedError, match="there is no folder"):
        overlay_command("nothing", "nothing", output=tmp_path / "missing" / "t.csv")


@pytest.fixture
def typed(tmp_path: Path) -> str:
    """Write a square with a field of every kind that GeoJSON carries."""
    values = {
        "day": "2024-01-31",
        "moment": "2024-01-31T10:00:00",
        "zoned": "2024-01-31T10:00:00+08:00",
        "uses": ["R", "M"],
    }
    square = {"type": "Polygon", "coordinates": [[[113, 28], [113.01, 28], [113.01, 28.01], [113, 28.01], [113, 28]]]}
    path = tmp_path / "typed.geojson"
    features = [{"type": "Feature", "properties": values, "geometry": square}]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


def test_dates_are_written_as_dates(typed, tmp_path: Path):
    result = answer(typed, typed, fields_a=("day", "moment", "zoned", "uses"))
    (row,) = as_json(result)["rows"]
    assert row["a_day"] == "2024-01-31"
    assert row["a_moment"] == "2024-01-31T10:00:00"
    assert row["a_zoned"] == "2024-01-31T10:00:00+08:00"
    assert row["a_uses"] == ["R", "M"]
    write(result, tmp_path / "t.xlsx")
    book = pd.read_excel(tmp_path / "t.xlsx")
    assert book["a_moment"].tolist() == [pd.Timestamp("2024-01-31T10:00:00")]
    assert book["a_zoned"].tolist() == ["2024-01-31T10:00:00+08:00"]


@pytest.mark.parametrize("side", ["totals_by_a", "totals_by_b"])
def test_totals_by_lists_are_refused(typed, side):
    with pytest.raises(OverlayRefusedError, match="holds lists: totals cannot be made by it"):
        answer(typed, typed, **{side: ("uses",)})


def test_layers_of_the_database_state_where_they_are_known(sample_engine):
    request = OverlayRequest(SideRequest("parcels"), SideRequest("ecological_redline"), totals_by_b=("control_zone",))
    result = overlay(request, sample_engine, as_of=DAY)
    assert result.covered_share == pytest.approx(0.9984, abs=1e-4)
    assert set(result.table["b_control_zone"]) == {"core", "general"}
    assert result.a.read == 1969
    assert len(result.a.frame) == 1966


def test_a_file_can_be_laid_over_a_layer(sample_engine, tmp_path: Path):
    site = tmp_path / "site.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.box(113.07, 28.23, 113.09, 28.25)], crs="EPSG:4490").to_file(site)
    result = overlay(OverlayRequest(SideRequest(str(site)), SideRequest("city_plan")), sample_engine, as_of=DAY)
    assert len(result.table) > 10
    assert result.overlapped_m2 <= result.a_area_m2
