"""A click on a parcel shows that parcel, its findings and its idle state."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
import shapely
from playwright.sync_api import expect
from shapely.geometry import shape


@pytest.fixture(scope="module")
def lonely_parcels(api) -> list[tuple[dict, tuple[float, float]]]:
    """Return some parcels, from all over the zone, with a point that lies in no other parcel."""
    features = api.items("parcels")
    geometries = [shape(feature["geometry"]) for feature in features]
    tree = shapely.STRtree(geometries)
    chosen = []
    for feature, geometry in zip(features[::97], geometries[::97], strict=True):
        point = geometry.representative_point()
        if len(tree.query(point, predicate="intersects")) == 1:
            chosen.append((feature, (point.x, point.y)))
    assert len(chosen) >= 10
    return chosen


def rounded(value: float, places: str) -> str:
    return f"{Decimal(repr(value)).quantize(Decimal(places), ROUND_HALF_UP):,}"


def test_a_click_shows_the_parcel_that_lies_there(open_page, lonely_parcels):
    page = open_page()
    for feature, (longitude, latitude) in lonely_parcels[:6]:
        page.jump_to(longitude, latitude, 18)
        page.click_at(longitude, latitude)
        expect(page.detail).to_have_attribute("data-parcel", str(feature["id"]))
        expect(page.page.locator("[data-parcel-code]")).to_have_text(feature["properties"]["parcel_code"])
        page.page.keyboard.press("Escape")
        expect(page.detail).to_have_count(0)
    assert page.errors == []


def test_the_panel_gives_the_three_areas_in_square_metres_hectares_and_mu(open_page, lonely_parcels):
    feature = next(f for f, _ in lonely_parcels if f["properties"]["area_registered_m2"] is not None)
    page = open_page(f"#parcel=parcels/{feature['id']}")
    expect(page.detail).to_have_attribute("data-parcel", str(feature["id"]))
    for name, row_name in (
        ("area_ellipsoid_m2", "椭球面积"),
        ("area_registered_m2", "登记面积"),
        ("area_planar_m2", "平面面积"),
    ):
        area = feature["properties"][name]
        row = page.detail.locator("tbody tr", has_text=row_name)
        expect(row.locator("td").nth(0)).to_have_text(rounded(area, "0.01"))
        expect(row.locator("td").nth(1)).to_have_text(rounded(area / 10_000, "0.0001"))
        expect(row.locator("td").nth(2)).to_have_text(rounded(area * 3 / 2000, "0.01"))


def test_the_panel_lists_all_findings_of_the_parcel_with_basis_and_remedy(open_page, api):
    finding = api.items("findings", "limit=1")[0]["properties"]
    mine = api.items("findings", f"limit=1000&target_layer={finding['target_layer']}&target_id={finding['target_id']}")
    assert len(mine) >= 1
    page = open_page(f"#parcel={finding['target_layer']}/{finding['target_id']}")
    cards = page.detail.locator("[data-finding]")
    expect(cards).to_have_count(len(mine))
    assert {card.get_attribute("data-finding") for card in cards.all()} == {str(feature["id"]) for feature in mine}
    for feature in mine:
        properties = feature["properties"]
        card = page.detail.locator(f'[data-finding="{feature["id"]}"]')
        expect(card.locator("[data-verdict]")).to_have_attribute("data-verdict", properties["verdict"])
        for text in ("text_zh", "text_en", "article", "rule_id", "remedy_zh", "remedy_en"):
            if properties[text]:
                expect(card).to_contain_text(" ".join(properties[text].split()))
        if properties["overlap_area_m2"] is not None:
            expect(card).to_contain_text(f"{rounded(properties['overlap_area_m2'], '0.01')} 平方米")


def test_the_worst_verdict_stands_first(open_page, api):
    order = ["DENY", "REVIEW", "NO_DATA", "WARN", "PASS"]
    by_parcel: dict[str, list[str]] = {}
    for feature in api.items("findings"):
        by_parcel.setdefault(feature["properties"]["target_id"], []).append(feature["properties"]["verdict"])
    target_id, verdicts = max(by_parcel.items(), key=lambda item: len(set(item[1])))
    page = open_page(f"#parcel=parcels/{target_id}")
    badges = page.detail.locator("[data-finding] [data-verdict]")
    expect(badges).to_have_count(len(verdicts))
    shown = [badge.get_attribute("data-verdict") for badge in badges.all()]
    assert shown == sorted(verdicts, key=order.index)


def test_a_parcel_without_findings_is_not_called_free_of_constraint(open_page, api):
    with_findings = {feature["properties"]["target_id"] for feature in api.items("findings")}
    parcel = next(feature for feature in api.items("parcels") if str(feature["id"]) not in with_findings)
    page = open_page(f"#parcel=parcels/{parcel['id']}")
    expect(page.detail).to_contain_text("没有记录检查结果。 未检查的图层不等于没有约束。")


def test_the_panel_gives_the_idle_state_in_both_languages(open_page, api):
    for kind in ("idle_not_started", "idle_suspended"):
        case = api.items("idle_cases", f"limit=1&kind={kind}")[0]
        properties = case["properties"]
        page = open_page(f"#parcel={properties['parcel_layer']}/{properties['target_id']}")
        card = page.detail.locator(f'[data-idle-case="{case["id"]}"]')
        expect(card.locator("[data-idle-kind]")).to_have_attribute("data-idle-kind", kind)
        for text in ("reason_zh", "reason_en", "contract_no", "agreed_start_date"):
            if properties[text]:
                expect(card).to_contain_text(" ".join(properties[text].split()))
        expect(card).to_contain_text(f"{properties['net_idle_days']:,} 天")


def test_overlapping_parcels_are_all_offered(open_page, api):
    features = api.items("parcels")
    geometries = [shape(feature["geometry"]) for feature in features]
    tree = shapely.STRtree(geometries)
    pairs = [
        (int(a), int(b))
        for a, b in zip(*tree.query(geometries, predicate="overlaps"), strict=True)
        if a < b and shapely.area(shapely.intersection(geometries[a], geometries[b])) > 1e-9
    ]
    pairs += [(int(a), int(b)) for a, b in zip(*tree.query(geometries, predicate="contains"), strict=True) if a != b]
    assert pairs, "the sample plants parcels that overlap"
    first, second = pairs[0]
    point = shapely.intersection(geometries[first], geometries[second]).representative_point()
    here = {str(features[position]["id"]) for position in tree.query(point, predicate="intersects")}
    page = open_page()
    page.jump_to(point.x, point.y, 19)
    page.click_at(point.x, point.y)
    choices = page.detail.locator("[aria-pressed]")
    expect(choices).to_have_count(len(here))
    shown = set()
    for choice in choices.all():
        choice.click()
        expect(choice).to_have_attribute("aria-pressed", "true")
        page.until(lambda: page.detail.get_attribute("data-parcel") not in {None, *shown}, "the other parcel")
        shown.add(page.detail.get_attribute("data-parcel"))
    assert shown == here


def test_a_click_tells_what_the_other_visible_layers_say_there(open_page, api):
    zone = api.items("ecological_redline", "limit=1")[0]
    point = shape(zone["geometry"]).representative_point()
    page = open_page()
    page.toggle("parcels")
    page.toggle("findings")
    page.toggle("idle_cases")
    page.jump_to(point.x, point.y, 17)
    page.click_at(point.x, point.y)
    here = page.page.locator('[data-hit="ecological_redline"]')
    expect(here).to_contain_text(zone["properties"]["control_name"])


def test_a_click_on_a_finding_selects_its_parcel_and_marks_it(open_page, api):
    finding = max(api.items("findings"), key=lambda feature: feature["properties"]["overlap_area_m2"] or 0)
    point = shape(finding["geometry"]).representative_point()
    page = open_page()
    page.toggle("parcels")
    page.jump_to(point.x, point.y, 18)
    page.click_at(point.x, point.y)
    expect(page.detail).to_have_attribute("data-parcel", str(finding["properties"]["target_id"]))
    expect(page.detail.locator(".chosen")).to_have_count(1)


def test_a_click_beside_everything_closes_the_panel(open_page, lonely_parcels):
    feature, _ = lonely_parcels[0]
    page = open_page(f"#parcel=parcels/{feature['id']}")
    expect(page.detail).to_have_count(1)
    west, south, _, _ = page.view()
    page.jump_to(west - 1, south - 1, 12)
    page.page.mouse.click(600, 400)
    expect(page.detail).to_have_count(0)
    page.until(lambda: "parcel=" not in page.page.url, "the address without a parcel")


def test_a_code_leads_to_its_parcel(open_page, lonely_parcels):
    feature, (longitude, latitude) = lonely_parcels[3]
    page = open_page()
    search = page.page.get_by_role("searchbox")
    search.fill("no such code")
    search.press("Enter")
    expect(page.page.locator("search")).to_contain_text("没有找到“no such code”。")
    search.fill(feature["properties"]["parcel_code"])
    search.press("Enter")
    choice = page.page.locator("search li button", has_text=str(feature["id"]))
    page.until(lambda: page.detail.count() or choice.count(), "an answer to the search")
    if choice.count():
        choice.click()
    expect(page.detail).to_have_attribute("data-parcel", str(feature["id"]))
    west, south, east, north = page.view()
    assert west < longitude < east
    assert south < latitude < north


def test_the_keyboard_alone_reaches_a_parcel(open_page, lonely_parcels):
    feature, (longitude, latitude) = lonely_parcels[1]
    page = open_page()
    page.jump_to(longitude, latitude, 18)
    canvas = page.page.get_by_role("region", name="地图").first
    canvas.focus()
    page.page.keyboard.press("Enter")
    expect(page.detail).to_have_attribute("data-parcel", str(feature["id"]))
    page.page.keyboard.press("Escape")
    expect(page.detail).to_have_count(0)


def test_every_control_has_a_name(open_page, api):
    finding = api.items("findings", "limit=1")[0]["properties"]
    page = open_page(f"#tab=findings&parcel={finding['target_layer']}/{finding['target_id']}")
    # The rendered text of an entry that is scrolled out of sight is empty, as the browser skips it; readers of the screen are told its text.
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, a, [role=tab]')]
            .filter((e) => {
                const text = e.checkVisibility({ contentVisibilityAuto: true }) ? e.innerText : e.textContent;
                return !(e.ariaLabel || text?.trim() || e.labels?.length || e.title);
            })
            .map((e) => e.outerHTML)"""
    )
    assert page.page.get_by_role("button").count() > 10
    assert nameless == []
