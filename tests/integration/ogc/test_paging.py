"""Paging: by key, of one state, whatever is written meanwhile."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, update
from sqlalchemy.orm import Session

from app.collections import repository
from app.db.models import LayerVersion, Parcel

from .city import COLLECTIONS, COUNTS, find_version, layer_of_its_own, parcel, publish_next


def next_link(document: dict) -> str | None:
    return next((link["href"] for link in document["links"] if link["rel"] == "next"), None)


def iter_pages(client: TestClient, url: str | None) -> Iterator[dict]:
    while url is not None:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        url = next_link(answer.json())


def ids(page: dict) -> list[str]:
    return [feature["id"] for feature in page["features"]]


@pytest.fixture
def busy_layer(city_engine: Engine) -> Iterator[str]:
    """Return the slug of a layer of 25 parcels that a test may change."""
    with layer_of_its_own(city_engine, "busy_parcels", 25) as slug:
        yield slug


@pytest.mark.parametrize("limit", [1, 2, 7, 25, 26])
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_pages_of_any_size_give_every_feature_once(client: TestClient, collection: str, limit: int) -> None:
    pages = list(iter_pages(client, f"/collections/{collection}/items?limit={limit}"))
    found = [name for page in pages for name in ids(page)]
    assert len(found) == len(set(found)) == COUNTS[collection]
    assert {page["numberMatched"] for page in pages} == {COUNTS[collection]}
    assert sum(page["numberReturned"] for page in pages) == COUNTS[collection]
    assert all(page["numberReturned"] == limit for page in pages[:-1])


def test_a_full_last_page_has_no_next_link(client: TestClient) -> None:
    assert next_link(client.get("/collections/parcels/items?limit=25").json()) is None


def test_a_page_of_several_chunks_gives_every_feature_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "CHUNK", 4)
    whole = client.get("/collections/parcels/items?limit=25").json()
    assert len(set(ids(whole))) == 25
    assert next_link(whole) is None
    part = client.get("/collections/parcels/items?limit=8").json()
    assert ids(part) == ids(whole)[:8]
    assert ids(client.get(next_link(part)).json()) == ids(whole)[8:16]


@pytest.mark.parametrize("query", ["", "&sortby=name", "&properties=name"])
def test_a_page_ends_between_features_whatever_their_texts_hold(
    client: TestClient, city_engine: Engine, busy_layer: str, query: str
) -> None:
    text = 'a,\n{"type":"Feature","id":"x"},\r\n\\n,\n"'
    with Session(city_engine) as session:
        session.execute(
            update(Parcel)
            .where(Parcel.layer_version_id == find_version(session, busy_layer).id)
            .values(name=text, attributes={text: [text]})
        )
        session.commit()
    whole = client.get(f"/collections/{busy_layer}/items?limit=25{query}").json()["features"]
    pages = list(iter_pages(client, f"/collections/{busy_layer}/items?limit=4{query}"))
    assert [feature for page in pages for feature in page["features"]] == whole
    assert [feature["properties"]["name"] for feature in whole] == [text] * 25


def test_next_links_keep_every_other_parameter(client: TestClient) -> None:
    url = "/collections/parcels/items?limit=2&land_use_code=0701&bbox=112,28,114,29&f=json&datetime=2026-06-30"
    pages = list(iter_pages(client, url))
    found = [feature["properties"]["land_use_code"] for page in pages for feature in page["features"]]
    assert found == ["0701"] * 9
    assert pages[0]["numberMatched"] == 9


def test_inserts_between_pages_neither_lose_nor_repeat_a_feature(
    client: TestClient, city_engine: Engine, busy_layer: str
) -> None:
    found, pages = [], iter_pages(client, f"/collections/{busy_layer}/items?limit=5")
    for number, page in enumerate(pages):
        found += ids(page)
        assert page["numberMatched"] == 25
        with Session(city_engine) as session, session.begin():
            session.add(parcel(find_version(session, busy_layer), 0, 0, feature_id=f"new{number}"))
    assert found == [f"p{number}" for number in range(25)]
    assert client.get(f"/collections/{busy_layer}/items").json()["numberMatched"] == 30


def test_edits_between_pages_neither_lose_nor_repeat_a_feature(
    client: TestClient, city_engine: Engine, busy_layer: str
) -> None:
    pages = iter_pages(client, f"/collections/{busy_layer}/items?limit=10")
    found = ids(next(pages))
    with Session(city_engine) as session, session.begin():
        version = find_version(session, busy_layer)
        # One that was read already and one that was not: each gets a new row, the former one is closed.
        for name in ("p3", "p17"):
            session.execute(
                update(Parcel)
                .where(Parcel.layer_version_id == version.id, Parcel.feature_id == name)
                .values(superseded_at=func.now())
            )
            session.add(parcel(version, 0, 0, feature_id=name, name="改后"))
    for page in pages:
        found += ids(page)
    assert found == [f"p{number}" for number in range(25)]
    edited = client.get(f"/collections/{busy_layer}/items/p3").json()
    assert edited["properties"]["name"] == "改后"


def test_publishing_between_pages_does_not_mix_versions(
    client: TestClient, city_engine: Engine, busy_layer: str
) -> None:
    pages = iter_pages(client, f"/collections/{busy_layer}/items?limit=10")
    found = ids(next(pages))
    with Session(city_engine) as session, session.begin():
        version = publish_next(session, find_version(session, busy_layer))
        session.add(parcel(version, 0, 0, feature_id="other"))
    for page in pages:
        found += ids(page)
    assert found == [f"p{number}" for number in range(25)]
    assert ids(client.get(f"/collections/{busy_layer}/items").json()) == ["other"]


def test_pages_of_a_deleted_version_are_gone(client: TestClient, city_engine: Engine, busy_layer: str) -> None:
    url = next_link(client.get(f"/collections/{busy_layer}/items?limit=10").json())
    with Session(city_engine) as session, session.begin():
        former = find_version(session, busy_layer)
        publish_next(session, former)
        session.delete(former)
    answer = client.get(url)
    assert answer.status_code == 410
    assert answer.json()["type"] == "urn:duogui:problem:page-gone"


def test_a_token_opens_nothing_that_the_collection_does_not_show(client: TestClient, city_engine: Engine) -> None:
    with Session(city_engine) as session:
        draft_id = session.query(LayerVersion.id).filter_by(status="draft", source_name="parcels.shp").scalar()
    for scope_id in (draft_id, 2**62):
        token = {"r": 0, "s": [scope_id], "t": "2026-11-01T00:00:00Z", "n": 1}
        after = urlsafe_b64encode(orjson.dumps(token)).decode().rstrip("=")
        assert client.get("/collections/parcels/items", params={"after": after}).status_code == 410


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "!!!",
        "eyJyIjoxfQ",
        urlsafe_b64encode(b'{"r":-1,"s":[],"t":"2026-01-01T00:00:00Z","n":0}').decode(),
        urlsafe_b64encode(b'{"r":1,"s":[99999999999999999999],"t":"2026-01-01T00:00:00Z","n":0}').decode(),
        urlsafe_b64encode(b'{"r":1,"s":["1"],"t":"2026-01-01T00:00:00Z","n":0}').decode(),
        urlsafe_b64encode(b'{"r":1,"s":[1],"t":"2026-01-01T00:00:00","n":0}').decode(),
    ],
)
def test_a_token_that_is_not_ours_is_refused(client: TestClient, after: str) -> None:
    answer = client.get("/collections/parcels/items", params={"after": after})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["name"] == "after"
