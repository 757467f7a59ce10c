"""A draft is seen on a map before it is published, by whoever may examine deliveries."""

import math

import pytest

from app.keys.access import Scope
from tests.integration.ogc.mvt import decode

from .conftest import square

ZOOM = 14
WEST, SOUTH = 113.0, 28.0


@pytest.fixture
def draft(upload, work, delivery) -> str:
    """Return the address of the tiles of a first draft of two parcels."""
    answer = upload(delivery([{"code": "A", "geometry": square(0)}, {"code": "B", "geometry": square(1)}]))
    work(answer.json()["id"])
    return "/layers/parcels/versions/1/tiles/WebMercatorQuad"


def tile() -> str:
    """Return row and column of the tile that the first parcel begins in."""
    column = int((WEST + 180) / 360 * 2**ZOOM)
    row = int((1 - math.asinh(math.tan(math.radians(SOUTH + 0.0005))) / math.pi) / 2 * 2**ZOOM)
    return f"{row}/{column}"


def test_the_tiles_of_a_first_draft_have_its_features_and_say_where_they_are(client, draft):
    described = client.get(draft).json()
    assert described["bounds"] == pytest.approx([WEST, SOUTH, 113.002, 28.001])
    assert described["tiles"] == [f"http://127.0.0.1:8000{draft}/{{z}}/{{y}}/{{x}}"]
    answer = client.get(f"{draft}/{ZOOM}/{tile()}")
    (layer,) = decode(answer.content)
    assert layer.name == "parcels"
    assert {feature.properties["parcel_code"] for feature in layer.features} >= {"A"}
    assert answer.headers["cache-control"] == "private, no-store"
    assert client.get(f"{draft}/{ZOOM}/0/0").status_code == 204
    # Nobody finds it among what is published.
    assert client.get("/collections/parcels").status_code == 404


@pytest.mark.parametrize(("scope", "status"), [(Scope.READ, 403), (Scope.CHECK, 200)])
def test_only_who_may_check_sees_a_draft(serve, draft, scope, status):
    assert serve(scope).get(draft).status_code == status
    assert serve(scope).get(f"{draft}/{ZOOM}/{tile()}").status_code == status


def test_a_version_or_tile_that_is_not_there_is_told(client, draft):
    assert (
        client.get(draft.replace("versions/1", "versions/7")).json()["type"] == "urn:duogui:problem:version-not-found"
    )
    assert client.get(draft.replace("versions/1", "versions/3000000000")).status_code == 400
    assert client.get(f"{draft}/{ZOOM}/x/1").status_code == 404
    assert client.get(f"{draft}?f=json").status_code == 400
