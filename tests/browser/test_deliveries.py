"""A delivery from the file to the layer in force: examined, mapped, imported, compared, published with the guard's question."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest

from app.demo import sample_folder

from .conftest import MapPage


def examine(page: MapPage) -> None:
    examine_until(page, "validated")


def examine_until(page: MapPage, state: str) -> None:
    page.page.get_by_role("button", name="检验", exact=True).click()
    page.page.locator(f"[data-state={state}]").wait_for()


def test_a_smaller_delivery_is_mapped_compared_and_published_after_the_question(
    open_workbench: Callable[..., MapPage], tmp_path: Path
):
    delivered = gpd.read_file(sample_folder() / "宗地.shp", encoding="GBK").iloc[:1500]
    file = tmp_path / "宗地二.gpkg"
    delivered.to_file(file)
    page = open_workbench("#view=deliveries")
    body = page.page
    body.set_input_files("input[type=file]", file)
    body.get_by_label("图层（必填）").or_(body.get_by_label("图层 (必填)")).select_option("parcels")
    examine(page)
    assert "1,500" in body.locator("[data-counts]").inner_text()
    code = body.locator("[data-field=parcel_code] select")
    assert code.input_value() == "ZDDM"
    assert delivered["ZDDM"].iloc[0] in body.locator("[data-field=parcel_code] [data-examples]").inner_text()
    body.get_by_role("button", name="沿用第 1 版的字段对应").click()
    body.get_by_role("button", name="按新的对应重新检验").click()
    body.get_by_role("button", name="按新的对应重新检验").wait_for(state="detached")
    body.locator("[data-state=validated]").wait_for()
    body.get_by_role("button", name="入库为草稿").click()
    body.locator("[data-state=draft]").wait_for()

    gone = body.locator("[data-diff='parcels/1/2']")
    gone.get_by_text("466 删除").wait_for()
    gone.get_by_role("button", name="在地图上显示").click()
    page.wait_until_drawn()
    changes = page.evaluate(
        "window.duogui.map.queryRenderedFeatures({ layers: ['overlay:version-diff:fill'] }).map((f) => f.properties.change)"
    )
    assert "removed" in changes
    body.get_by_role("button", name="发布", exact=True).click()
    question = body.get_by_role("dialog", name="新版本明显变少")
    question.wait_for()
    assert "要素：原 1,966，现 1,500" in question.inner_text()
    assert page.serious_violations() == []
    question.get_by_role("button", name="确认无误，发布").click()
    body.locator("[data-state=in_force]").wait_for()
    assert [error for error in page.errors if "409" not in error] == []

    # A reload finds the import by its address; the list of layers has both versions.
    body.reload()
    body.locator("[data-state=in_force]").wait_for()
    body.get_by_role("button", name="返回").click()
    body.get_by_role("button", name="图层与版本").click()
    body.locator("[data-layer=parcels] summary").click()
    assert body.locator("[data-layer=parcels]").get_by_text("第 2 版").count() >= 1


def test_a_file_without_a_reference_system_is_explained_and_goes_on_when_one_is_named(
    open_workbench: Callable[..., MapPage],
):
    page = open_workbench("#view=deliveries", locale="en-GB")
    body = page.page
    parts = [sample_folder() / f"城市规划.{ending}" for ending in ("shp", "shx", "dbf")]
    body.set_input_files("input[type=file]", parts[:1])
    assert "lacks .shx, .dbf" in body.get_by_role("alert").inner_text()
    body.set_input_files("input[type=file]", parts)
    body.get_by_label("A new layer").check()
    body.get_by_label("Kind (required)").select_option("plan")
    body.get_by_label("Name in addresses (required)").fill("city_plan_again")
    body.get_by_role("button", name="Examine", exact=True).click()
    body.locator("[data-state=validated], [data-state=failed]").wait_for()
    assert "names no reference system" in body.get_by_role("region", name="Reference system").inner_text()
    body.get_by_label("Name the system").fill("EPSG:4547")
    body.get_by_role("button", name="Use it and examine again").click()
    fault = body.locator("[data-fault=missing_vertex]")
    fault.wait_for()
    assert "657 accepted" in body.locator("[data-counts]").inner_text().replace("\n", " ")
    page.wait_until_drawn()
    drawn = page.evaluate(
        "window.duogui.map.queryRenderedFeatures({ layers: ['overlay:delivery-faults:point'] }).length"
    )
    assert drawn > 0
    assert page.errors == []


def test_a_file_of_several_layers_makes_a_layer_of_the_one_chosen_and_a_draft_is_discarded(
    open_workbench: Callable[..., MapPage], tmp_path: Path
):
    file = tmp_path / "Two layers.gpkg"
    delivered = gpd.read_file(sample_folder() / "城市规划.shp").iloc[:40]
    # Eastings that begin with the number of their zone, and no system: the service proposes that of the zone.
    zones = (
        delivered[["BSM"]]
        .set_geometry(delivered.geometry.translate(xoff=38_000_000))
        .set_crs(None, allow_override=True)
    )
    with pytest.warns(UserWarning, match="crs"):
        zones.to_file(file, layer="zones")
    delivered.iloc[:3].to_file(file, layer="others")
    page = open_workbench("#view=deliveries", wait=False)
    body = page.page
    body.set_input_files("input[type=file]", file)
    body.get_by_label("新建图层").check()
    assert body.get_by_label("图层标识").input_value() == "two_layers"
    examine_until(page, "failed")
    body.locator("[data-source-layer=zones]").click()
    assert body.get_by_label("图层标识").input_value() == "zones"
    body.get_by_label("图层标识").fill("parcels")
    assert body.get_by_role("button", name="检验", exact=True).is_disabled(), "a new layer cannot have a known name"
    body.get_by_label("图层标识").fill("zones")
    body.get_by_label("类别").select_option("plan")
    examine_until(page, "validated")
    body.get_by_role("button", name="采用建议并重新检验").click()
    body.get_by_role("button", name="采用建议并重新检验").wait_for(state="detached")
    body.locator("[data-state=validated]").wait_for()
    assert "40" in body.locator("[data-counts]").inner_text()
    assert "用地代码" in body.get_by_role("alert").inner_text()
    body.get_by_role("button", name="入库为草稿").click()
    body.locator("[data-state=draft]").wait_for()
    # There is no version before it: the draft itself is on the map.
    body.locator("[data-draft='zones/1']").get_by_role("button").click()
    page.wait_until_drawn()
    drawn = "window.duogui.map.queryRenderedFeatures({ layers: ['overlay:draft:fill'] }).map((f) => f.properties.feature_id)"
    assert len(set(page.evaluate(drawn))) == 40
    body.get_by_role("button", name="舍弃", exact=True).click()
    body.get_by_role("dialog").get_by_role("button", name="确认舍弃").click()
    body.locator("[data-state=discarded]").wait_for()
    assert page.errors == []
