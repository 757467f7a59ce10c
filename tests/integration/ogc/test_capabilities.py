"""What the service says of itself: landing page, conformance, collections, queryables, API documents."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from sqlalchemy import Engine

from app.collections.kinds import SCHEMAS
from app.collections.schema import CollectionKind
from app.main import create_app

from .city import COLLECTIONS, COUNTS, SECRETS
from .conftest import LOCAL, make_settings


def links_by_rel(document: dict) -> dict[str, dict]:
    return {link["rel"]: link for link in document["links"]}


def test_landing_page_leads_to_api_conformance_and_data(client: TestClient) -> None:
    links = links_by_rel(client.get("/").json())
    for rel in ("self", "service-desc", "service-doc", "conformance", "data"):
        answer = client.get(links[rel]["href"])
        assert answer.status_code == 200, rel
        assert answer.headers["content-type"].split(";")[0] == links[rel]["type"].split(";")[0]


def test_declared_conformance_classes_are_the_ones_that_are_tested_here(client: TestClient) -> None:
    classes = client.get("/conformance").json()["conformsTo"]
    assert len(classes) == len(set(classes))
    assert {
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
        "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
        "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    } <= set(classes)


def test_collections_are_the_published_layers_in_order_and_the_results(client: TestClient) -> None:
    document = client.get("/collections").json()
    assert [item["id"] for item in document["collections"]] == list(COLLECTIONS)
    assert links_by_rel(document)["self"]["href"] == f"{LOCAL}/collections"


def test_catalogue_declares_a_schema_for_every_kind() -> None:
    # The fields of a reference layer are those of its source.
    assert set(SCHEMAS) == set(CollectionKind) - {CollectionKind.VECTOR}
    for schema in SCHEMAS.values():
        names = [item.name for item in schema.properties]
        assert len(names) == len(set(names))
        assert schema.legend_property in names
        indexed = {tuple(column.name for column in index.columns) for index in schema.model.__table__.indexes}
        assert (schema.scope.key, "row_id") in indexed, f"paging through {schema.kind} needs an index"


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_collection_describes_itself_as_in_the_list(client: TestClient, collection: str) -> None:
    listed = {item["id"]: item for item in client.get("/collections").json()["collections"]}
    alone = client.get(f"/collections/{collection}").json()
    assert alone == listed[collection]
    assert alone["itemType"] == "feature"
    assert alone["duogui"]["feature_count"] == COUNTS[collection]
    assert alone["duogui"]["geometry"] == "polygon"
    west, south, east, north = alone["extent"]["spatial"]["bbox"][0]
    assert 112.9 < west < east < 113.1
    assert 28.1 < south < north < 28.3


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_link_of_a_collection_works_and_has_the_declared_type(client: TestClient, collection: str) -> None:
    links = client.get(f"/collections/{collection}").json()["links"]
    assert {"self", "items"} <= {link["rel"] for link in links}
    for link in links:
        answer = client.get(link["href"])
        assert answer.status_code == 200, link
        assert answer.headers["content-type"].split(";")[0] == link["type"], link


def test_a_layer_shows_the_validity_of_the_version_in_force(client: TestClient) -> None:
    document = client.get("/collections/parcels").json()
    assert document["extent"]["temporal"]["interval"] == [["2024-01-01T00:00:00+08:00", None]]
    assert document["duogui"]["version"] == {
        "number": 2,
        "valid_from": "2024-01-01",
        "valid_to": None,
        "approval_no": "湘自资〔2024〕1号",
    }


def test_a_layer_without_a_published_version_is_no_collection(client: TestClient) -> None:
    assert client.get("/collections/unpublished").status_code == 404


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_queryables_are_a_json_schema_of_scalar_properties(client: TestClient, collection: str) -> None:
    schema = client.get(f"/collections/{collection}/queryables").json()
    Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    assert schema["$id"] == f"{LOCAL}/collections/{collection}/queryables"
    assert schema["properties"]
    geometry = schema["properties"].pop("geometry")
    assert (geometry["format"], geometry["x-ogc-role"]) == ("geometry-any", "primary-geometry")
    assert {item["type"] for item in schema["properties"].values()} <= {"string", "number", "integer", "boolean"}


def test_api_document_is_valid_openapi_3_0(client: TestClient) -> None:
    answer = client.get("/api", headers={"Accept": "application/vnd.oai.openapi+json;version=3.0"})
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    OpenAPIV30SpecValidator(answer.json()).validate()


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_api_document_declares_each_queryable_as_a_parameter_of_the_items_path(
    client: TestClient, collection: str
) -> None:
    document = client.get("/api").json()
    parameters = document["paths"][f"/collections/{collection}/items"]["get"]["parameters"]
    named = {parameter["name"] for parameter in parameters if parameter.get("in") == "query"}
    properties = client.get(f"/collections/{collection}/queryables").json()["properties"]
    # A geometry is asked for in a filter only.
    assert named == set(properties) - {"geometry"}
    references = {parameter["$ref"].rsplit("/", 1)[-1] for parameter in parameters if "$ref" in parameter}
    assert references == {
        "fItems",
        "limit",
        "bbox",
        "bbox-crs",
        "crsUri",
        "datetime",
        "as-of",
        "known-at",
        "after",
        "filter",
        "filter-lang",
        "filter-crs",
        "sortby",
        "properties",
        "q",
        "numberMatched",
    }


def test_api_document_names_the_limits_that_the_service_keeps(client: TestClient) -> None:
    limit = client.get("/api").json()["components"]["parameters"]["limit"]["schema"]
    assert (limit["default"], limit["maximum"]) == (10, 1000)


def test_every_path_of_the_api_document_answers(client: TestClient) -> None:
    document = client.get("/api").json()
    values = {
        "featureId": "p1",
        "processID": "site.check",
        "tileMatrixSetId": "WebMercatorQuad",
        "tileMatrix": "0",
        "tileRow": "0",
        "tileCol": "0",
    }
    # Executions are posted, and there is no job yet to be asked for.
    paths = [path for path, item in document["paths"].items() if "get" in item and "{jobID}" not in path]
    assert len(paths) == 12 + 11 * len(COLLECTIONS)
    for path in paths:
        answer = client.get(path.format(**values), params={"f": "csv"} if path.endswith("/export") else {})
        is_item = path.endswith("/items/{featureId}") and not path.startswith("/collections/parcels")
        assert answer.status_code in ({404} if is_item else {200, 204}), path


def test_framework_document_is_valid_openapi_3_1(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    assert "/collections/{collection_id}/items" in document["paths"]


def test_api_page_needs_nothing_from_elsewhere(client: TestClient) -> None:
    answer = client.get("/api.html")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "/collections/parcels/items" in answer.text
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", answer.text)
    assert "<script" not in answer.text


def test_documents_of_a_caller_without_a_key_do_not_mention_holders(client: TestClient, key_client: TestClient) -> None:
    for path in ("/api", "/api.html", "/collections/parcels/queryables"):
        assert "holder" not in client.get(path).text.replace("key holder", "")
        assert "holder" in key_client.get(path).text
    for secret in SECRETS:
        assert secret not in client.get("/collections").text


def test_a_new_installation_has_empty_results_and_nothing_else(fresh_engine: Engine, data_dir: Path) -> None:
    with TestClient(create_app(make_settings(data_dir), fresh_engine), base_url=LOCAL) as client:
        listed = client.get("/collections").json()["collections"]
        assert [(item["id"], item["duogui"]["feature_count"], item["extent"]) for item in listed] == [
            ("findings", 0, {}),
            ("idle_cases", 0, {}),
            ("land_findings", 0, {}),
            ("plan_patches", 0, {}),
            ("plan_cells", 0, {}),
            ("plan_faults", 0, {}),
            ("clearance_items", 0, {}),
            ("overlay_pairs", 0, {}),
        ]
        for name in (
            "findings",
            "idle_cases",
            "land_findings",
            "plan_patches",
            "plan_cells",
            "plan_faults",
            "clearance_items",
            "overlay_pairs",
        ):
            assert client.get(f"/collections/{name}/items").json()["features"] == []
            assert client.get(f"/collections/{name}/tiles/WebMercatorQuad/0/0/0").status_code == 204
            assert client.get(f"/collections/{name}/tiles/WebMercatorQuad?f=tilejson").status_code == 200
            assert client.get(f"/collections/{name}/legend").json()["entries"]
        OpenAPIV30SpecValidator(client.get("/api").json()).validate()
