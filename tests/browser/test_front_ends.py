"""A front end of somebody else: a bare MapLibre map on another site, with the service's style and tiles and nothing of its map page."""

import pytest
from playwright.sync_api import Browser, Page

from .conftest import leave

# Close enough for single features.
ZOOM = 14
SHOW = """async ([style, center, zoom]) => {
    const { Map, setWorkerUrl } = await import('/maplibre-gl.mjs');
    setWorkerUrl('/maplibre-gl-worker.mjs');
    document.body.style.cssText = 'margin: 0; width: 900px; height: 700px';
    const map = new Map({ container: document.body, style, center, zoom, fadeDuration: 0 });
    const errors = [];
    map.on('error', (event) => errors.push(String(event.error)));
    await new Promise((resolve) => map.once('idle', resolve));
    const drawn = map.queryRenderedFeatures().map((feature) => ({
        collection: feature.sourceLayer, id: String(feature.properties.feature_id),
        code: feature.properties.land_use_code, colour: String(feature.layer.paint['fill-color'] ?? ''),
    }));
    return { drawn, errors };
}"""


@pytest.fixture
def page(chromium: Browser):
    context = chromium.new_context(viewport={"width": 900, "height": 700})
    yield context.new_page()
    leave(context)


def show(page: Page, site: str, style: str, center: list[float]) -> dict:
    page.goto(site)
    return page.evaluate(SHOW, [style, center, ZOOM])


def middle_of(api, collection_id: str) -> list[float]:
    west, south, east, north = api.collections()[collection_id]["extent"]["spatial"]["bbox"][0]
    return [(west + east) / 2, (south + north) / 2]


def test_maplibre_draws_the_features_of_a_collection_in_the_colours_of_its_legend(
    page, listed_site, served_sample, api
):
    answer = show(page, listed_site, f"{served_sample}/styles/parcels", middle_of(api, "parcels"))
    parcels = {str(feature["id"]): feature["properties"] for feature in api.items("parcels")}
    drawn = {one["id"]: one for one in answer["drawn"] if one["collection"] == "parcels"}
    assert answer["errors"] == []
    assert len(drawn) > len(parcels) / 4
    assert {name: one["code"] for name, one in drawn.items()} == {
        name: parcels[name]["land_use_code"] for name in drawn
    }
    assert len({one["colour"] for one in drawn.values()}) >= 3


def test_maplibre_draws_the_whole_map_from_one_style(page, listed_site, served_sample, api):
    answer = show(page, listed_site, f"{served_sample}/styles/map", middle_of(api, "parcels"))
    assert answer["errors"] == []
    assert {"parcels", "city_plan", "findings"} <= {one["collection"] for one in answer["drawn"]}
