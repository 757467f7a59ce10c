"""The page loads, draws every layer from tiles, and asks nobody but its own service."""

import re
from collections import Counter

import pytest
from playwright.sync_api import expect


def test_the_page_loads_without_an_error_and_asks_no_other_origin(first_view, served_sample):
    assert first_view.errors == []
    urls = [request.url for request in first_view.requests]
    assert len(urls) > 20
    assert [url for url in urls if not url.startswith((served_sample + "/", "data:", "blob:"))] == []
    expect(first_view.notices).to_have_count(0)
    expect(first_view.page).to_have_title("多规 · 地图")


def test_every_layer_is_listed_with_its_title_and_its_number_of_features(first_view, api):
    collections = api.collections()
    assert len(collections) >= 11
    for collection_id, collection in collections.items():
        row = first_view.row(collection_id)
        expect(row).to_contain_text(collection["duogui"]["title_zh"])
        expect(row).to_contain_text(f"{collection['duogui']['feature_count']:,}")


def test_every_layer_is_drawn_from_its_tiles(open_page, api):
    collections = api.collections()
    page = open_page(f"#layers={','.join(collections)}")
    counts = {collection_id: len(page.rendered_ids(collection_id)) for collection_id in collections}
    assert {name for name, collection in collections.items() if collection["duogui"]["feature_count"] > 0} == {
        name for name, count in counts.items() if count > 0
    }
    assert page.errors == []


def test_what_is_drawn_is_what_the_service_has(first_view, api):
    parcels = {feature["id"]: feature["properties"] for feature in api.items("parcels")}
    drawn = {str(properties["feature_id"]): properties for properties in first_view.rendered("parcels")}
    assert len(drawn) > len(parcels) / 2
    assert drawn.keys() <= {str(feature_id) for feature_id in parcels}
    assert {name: properties.get("parcel_code") for name, properties in drawn.items()} == {
        name: parcels[name]["parcel_code"] for name in drawn
    }


def test_layers_that_are_background_are_off_until_they_are_asked_for(first_view, api):
    kinds = {name: collection["duogui"]["kind"] for name, collection in api.collections().items()}
    for collection_id, kind in kinds.items():
        box = first_view.row(collection_id).get_by_role("checkbox")
        if kind in {"parcel", "finding", "idle_case"}:
            expect(box).to_be_checked()
        if kind in {"plan", "reference"}:
            expect(box).not_to_be_checked()


def test_toggling_a_layer_changes_what_is_drawn(open_page):
    page = open_page()
    assert page.rendered("city_plan") == []
    page.toggle("city_plan")
    assert len(page.rendered("city_plan")) > 0
    assert len(page.rendered("parcels")) > 0
    page.toggle("parcels")
    assert page.rendered("parcels") == []
    assert len(page.rendered("city_plan")) > 0


def test_hard_lines_have_hatches_of_their_own(first_view):
    patterns = first_view.evaluate(
        """() => ['ecological_redline', 'permanent_basic_farmland'].map(
            (id) => JSON.stringify(window.duogui.map.getPaintProperty(`${id}:hatch`, 'fill-pattern')))"""
    )
    kinds = {re.search(r"hatch:(\w+):", pattern).group(1) for pattern in patterns}
    assert kinds == {"diagonal", "cross"}
    images = first_view.evaluate("window.duogui.map.listImages()")
    assert {re.search(r"hatch:(\w+):", image).group(1) for image in images if image.startswith("hatch:")} >= kinds


def test_names_stand_above_whatever_layer_was_drawn_later(open_page):
    page = open_page("#layers=city_plan,roads_rivers")
    page.toggle("parcels")
    page.toggle("findings")
    order = page.evaluate("window.duogui.map.getLayersOrder()")
    names = [position for position, layer in enumerate(order) if layer.endswith(":label")]
    drawn = [position for position, layer in enumerate(order) if layer.endswith((":fill", ":hatch"))]
    assert len(names) == 3
    assert min(names) > max(drawn)
    fills = [layer for layer in order if layer.endswith(":fill")]
    assert fills == ["roads_rivers:fill", "city_plan:fill", "parcels:fill", "findings:fill"]


def test_a_name_is_written_once_however_many_tiles_its_feature_is_cut_into(open_page):
    page = open_page("#layers=parcels")
    page.jump_to(113.0676, 28.235, 17.4)
    drawn = "window.duogui.map.queryRenderedFeatures({ layers: ['parcels:label'] })"
    page.until(lambda: page.evaluate(f"{drawn}.length") > 5, "the names")
    written = page.evaluate(f"{drawn}.map(({{ properties }}) => properties.name)")
    pieces = page.evaluate(
        """window.duogui.map.querySourceFeatures('parcels', { sourceLayer: 'parcels' })
            .map(({ properties }) => [properties.feature_id, properties.parcel_code])"""
    )
    features = Counter(code[-7:] for _, code in {tuple(piece) for piece in pieces} if code)
    assert max(Counter(feature_id for feature_id, _ in pieces).values()) > 1
    assert all(count <= features[name] for name, count in Counter(written).items())


def test_findings_are_coloured_by_verdict(first_view, api):
    legend = api.get("/collections/findings/legend")
    assert legend["property"] == "verdict"
    colour = first_view.evaluate("window.duogui.map.getPaintProperty('findings:fill', 'fill-color')")
    branches = dict(zip(colour[2:-1:2], colour[3:-1:2], strict=True))
    assert branches == {entry["value"]: entry["fill"] for entry in legend["entries"]}


def test_the_legend_is_the_one_of_the_service(open_page, api):
    page = open_page()
    for collection_id in ("city_plan", "ecological_redline", "findings", "idle_cases"):
        page.row(collection_id).get_by_role("button").click()
        entries = page.page.locator(f'[data-legend="{collection_id}"] li')
        legend = api.get(f"/collections/{collection_id}/legend")
        labels = [entry["label_zh"] for entry in [*legend["entries"], legend["default"]]]
        expect(entries).to_have_count(len(labels))
        for position, label in enumerate(labels):
            expect(entries.nth(position)).to_contain_text(label)


def test_a_layer_can_be_made_transparent(open_page):
    page = open_page()
    opacity = "window.duogui.map.getPaintProperty('parcels:fill', 'fill-opacity')"
    before = page.evaluate(opacity)
    page.row("parcels").get_by_role("button").click()
    page.page.get_by_role("slider", name="不透明度").fill("0.5")
    assert page.evaluate(opacity) == pytest.approx(before / 2)


def test_the_address_holds_position_layers_and_list(open_page):
    page = open_page()
    page.toggle("city_plan")
    page.open_tab("findings")
    page.jump_to(113.08, 28.24, 15.5)
    page.until(lambda: "map=15.5/28.24/113.08" in page.page.url, "the position in the address")
    fragment = page.page.url.partition("#")[2]
    assert "city_plan" in fragment
    assert "tab=findings" in fragment

    again = open_page(f"#{fragment}")
    assert again.view() == pytest.approx(page.view(), abs=1e-5)
    assert len(again.rendered("city_plan")) > 0
    expect(again.tab("findings")).to_have_attribute("aria-selected", "true")


def test_the_graticule_and_the_scale_follow_the_map(open_page):
    page = open_page("#map=14/28.24/113.08")
    scale = page.page.locator(".scale")
    expect(page.page.locator("svg.frame text", has_text="113°05′00″E")).to_have_count(1)
    assert scale.inner_text() == "500 m"
    page.jump_to(113.08, 28.24, 18)
    assert scale.inner_text() == "20 m"
    page.page.mouse.move(700, 400)
    longitude, latitude = page.evaluate("window.duogui.map.unproject([700, 400]).toArray()")
    expect(page.page.locator(".coordinates")).to_contain_text(f"{longitude:.6f}, {latitude:.6f}")


def test_a_narrow_screen_keeps_map_and_panels_apart(open_page, api):
    page = open_page(viewport={"width": 390, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.page.locator(".sidebar > aside").bounding_box()
    assert box["width"] == 390
    assert box["y"] > 780 / 3
    finding = api.items("findings", "limit=1")[0]
    page.open_tab("findings")
    page.page.locator(f'[data-finding="{finding["id"]}"]').click()
    expect(page.detail).to_be_visible()
    assert page.detail.bounding_box()["width"] == 390
