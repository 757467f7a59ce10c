"""A planner asks whether a site may be used: drawn, picked or from a file; the answer explains itself, on the map too."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import geopandas as gpd
import httpx2

from app.demo import sample_folder

from .conftest import MapPage, Workbench

# Ground of the sample zone in which its red line, its farmland and both plans are hit.
CORNERS = ((113.0634, 28.2362), (113.0719, 28.2339))
ON_MAP = "overlay:site-check:hit-fill"


def hits(page: MapPage) -> list[dict]:
    """Return what of the answer is drawn on the map."""
    return page.evaluate(
        """(layer) => {
            const { map } = window.duogui;
            return map.getLayer(layer) ? map.queryRenderedFeatures({ layers: [layer] }).map((f) => f.properties) : [];
        }""",
        ON_MAP,
    )


def draw_rectangle(page: MapPage, name: str) -> None:
    page.page.get_by_role("button", name=name).click()
    page.until(lambda: page.evaluate("window.duogui.map.getCanvas().style.cursor") == "crosshair", "drawing to begin")
    for longitude, latitude in CORNERS:
        x, y = page.evaluate(
            """([lng, lat]) => {
                const { map } = window.duogui;
                const { x, y } = map.project([lng, lat]);
                const box = map.getCanvas().getBoundingClientRect();
                return [x + box.x, y + box.y];
            }""",
            [longitude, latitude],
        )
        page.page.mouse.move(x - 3, y - 3)
        page.page.mouse.move(x, y)
        page.page.mouse.click(x, y)


def test_a_drawn_site_is_checked_explained_shown_and_found_again(open_workbench: Callable[..., MapPage]):
    page = open_workbench("#view=site-check")
    body = page.page
    draw_rectangle(page, "画矩形")
    body.get_by_role("button", name="删除地块 1").wait_for()
    use = body.get_by_role("combobox", name="拟定用途")
    use.fill("一类工业")
    use.press("Enter")
    body.get_by_role("button", name="清除用途").wait_for()
    body.get_by_label("适用日期").fill("2026-06-30")
    body.get_by_role("button", name="开始检查").click()

    answer = body.locator("[data-site-check]")
    answer.wait_for()
    assert body.get_by_role("heading", name="检查结论: 禁止").count() == 1
    reasons = body.locator("[data-reason][data-verdict=DENY]")
    assert "生态保护红线" in reasons.all_inner_texts()[0]
    assert "公顷" in reasons.first.inner_text()
    assert "亩" in reasons.first.inner_text()
    assert body.locator("[data-list=hit] [data-layer=ecological_redline]").count() == 1
    assert body.locator("[data-list=unknown] [data-missing=water_source]").count() == 1
    page.wait_until_drawn()
    assert {"DENY"} <= {hit["verdict"] for hit in hits(page)}
    reasons.first.get_by_role("button").click()
    page.wait_until_drawn()
    assert any(hit["chosen"] for hit in hits(page))

    # A reload shows the same answer, and the form still holds what was drawn and chosen.
    check_id = answer.get_attribute("data-site-check")
    page.until(lambda: f"check={check_id}" in body.url, "the address to name the check")
    body.reload()
    body.locator(f"[data-site-check='{check_id}']").wait_for()
    body.get_by_role("button", name="新的检查").click()
    assert body.get_by_role("button", name="删除地块 1").is_visible()
    assert body.get_by_text("100101", exact=True).is_visible()
    body.get_by_title("打开").first.click()
    body.locator(f"[data-site-check='{check_id}']").wait_for()
    assert page.serious_violations() == []
    assert page.errors == []


def test_parcels_are_picked_on_the_map_and_the_sheet_is_a_pdf(
    open_workbench: Callable[..., MapPage], workbench: Workbench, tmp_path: Path
):
    page = open_workbench("#view=site-check", locale="en-GB")
    body = page.page
    parcel = httpx2.get(f"{workbench.base_url}/collections/parcels/items?limit=1").json()["features"][0]
    code = parcel["properties"]["parcel_code"]
    body.get_by_text("Pick parcels", exact=True).click()
    west, south, east, north = (
        min(x for x, _ in parcel["geometry"]["coordinates"][0][0]),
        min(y for _, y in parcel["geometry"]["coordinates"][0][0]),
        max(x for x, _ in parcel["geometry"]["coordinates"][0][0]),
        max(y for _, y in parcel["geometry"]["coordinates"][0][0]),
    )
    page.jump_to((west + east) / 2, (south + north) / 2, 17)
    page.click_at((3 * west + east) / 4, (south + north) / 2)
    remove = body.get_by_role("button", name="Remove parcel")
    remove.wait_for()
    assert remove.get_attribute("aria-label") == f"Remove parcel {code}"
    assert page.detail.count() == 0
    body.get_by_role("button", name="Check", exact=True).click()
    body.locator("[data-site-check]").wait_for()
    with body.expect_download(timeout=60_000) as download:
        body.get_by_role("group", name="Planning-basis sheet").get_by_role("button", name="Both").click()
    saved = tmp_path / "sheet.pdf"
    download.value.save_as(saved)
    assert saved.read_bytes().startswith(b"%PDF")
    assert page.errors == []


def test_a_file_is_checked_and_a_bad_one_is_refused_with_what_to_do(
    open_workbench: Callable[..., MapPage], tmp_path: Path
):
    page = open_workbench("#view=site-check")
    body = page.page
    body.get_by_text("文件", exact=True).click()
    broken = tmp_path / "broken.geojson"
    broken.write_text(
        '{"type": "Polygon", "coordinates": [[[113, 28], [113.001, 28.001], [113.001, 28], [113, 28.001], [113, 28]]]}'
    )
    body.set_input_files("input[type=file]", broken)
    body.get_by_role("button", name="开始检查").click()
    problem = body.get_by_role("alert").filter(has_text="无法检查")
    problem.wait_for()
    assert "Self-intersection" in problem.inner_text()
    assert [error for error in page.errors if "422" not in error] == []
    for file in (sample_folder() / "项目用地.txt", *written_again(tmp_path)):
        body.set_input_files("input[type=file]", file)
        body.get_by_role("button", name="开始检查").click()
        body.locator("[data-site-check]").wait_for()
        assert body.get_by_label("地块").locator("option").count() == 2, file.name
        body.get_by_role("button", name="新的检查").click()


def written_again(folder: Path) -> list[Path]:
    """Write the land of the sample's project as KML and as a shapefile in a ZIP."""
    sites = gpd.read_file(sample_folder() / "拟选址.geojson").iloc[:2][["geometry"]]
    kml, shapefile, packed = folder / "land.kml", folder / "land.shp", folder / "land.zip"
    sites.to_crs(4326).to_file(kml, driver="KML")
    sites.to_file(shapefile)
    with ZipFile(packed, "w") as archive:
        for part in sorted(folder.glob("land.*")):
            if part.suffix in {".shp", ".shx", ".dbf", ".prj"}:
                archive.write(part, part.name)
    return [kml, packed]
