"""OWSLib's client of OGC API - Features reads the service."""

from urllib.parse import parse_qs, urlsplit

import pytest
from owslib.ogcapi.features import Features

from tests.integration.ogc.city import COLLECTIONS, COUNTS

from .conftest import Served


def test_owslib_finds_api_conformance_and_collections(served: Served) -> None:
    client = Features(served.url)
    assert client.links
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in client.conformance()["conformsTo"]
    assert client.api()["openapi"] == "3.0.3"
    assert set(client.feature_collections()) == {*COLLECTIONS, "many_parcels"}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_owslib_reads_a_collection_page_by_page(served: Served, collection: str) -> None:
    client = Features(served.url)
    assert client.collection(collection)["id"] == collection
    assert client.collection_queryables(collection)["properties"]
    found, following = [], {}
    while following is not None:
        page = client.collection_items(collection, limit=2, **following)
        found += [feature["id"] for feature in page["features"]]
        links = [link["href"] for link in page["links"] if link["rel"] == "next"]
        following = {"after": parse_qs(urlsplit(links[0]).query)["after"][0]} if links else None
    assert len(found) == len(set(found)) == COUNTS[collection]


def test_owslib_asks_by_box_property_and_id(served: Served) -> None:
    client = Features(served.url)
    boxed = client.collection_items("parcels", bbox=[113.0002, 28.2002, 113.0008, 28.2008])
    assert [feature["id"] for feature in boxed["features"]] == ["p0"]
    chosen = client.collection_items("parcels", land_use_code="0601", limit=100)
    assert chosen["numberMatched"] == 8
    assert client.collection_item("parcels", "p3")["id"] == "p3"
