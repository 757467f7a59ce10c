"""The sheet of a site that was asked about says what its stored check says, and can be verified."""

import io
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pypdf
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.sessions import write_session
from app.extracts.signing import hash_statement, is_signed
from app.layers.editing import set_coverage
from gis.measurement import ellipsoidal_area_m2
from tests.integration.extracts.conftest import square


@pytest.fixture
def check(client: TestClient) -> Callable[..., str]:
    """Return a function that checks polygons and returns where the sheet of the check is."""

    def check(*shapes: shapely.Geometry, **question: Any) -> str:
        features = [
            {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(s))} for s in shapes
        ]
        body = {"sites": {"type": "FeatureCollection", "features": features}, "as_of": "2026-06-30", **question}
        answer = client.post("/site-checks", json=body)
        assert answer.status_code == 201, answer.text
        return f"/site-checks/{answer.json()['site_check_id']}/extract"

    return check


def statement_of(client: TestClient, address: str, **parameters: str) -> dict[str, Any]:
    answer = client.get(address, params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["statement"]
    return found


def test_a_site_half_in_the_red_line_crosses_it_by_half(client: TestClient, check: Callable[..., str]):
    statement = statement_of(client, check(square(0, 0), use_code="100101", industry_code="C2614"))
    (hit,) = statement["lines_crossed"]
    assert (hit["layer"], hit["verdict"], statement["verdict"]) == ("redline", "DENY", "DENY")
    assert hit["area_m2"] == pytest.approx(float(ellipsoidal_area_m2([square(0, 0)])[0]) / 2, abs=0.01)
    assert hit["share"] == pytest.approx(0.5, abs=1e-6)
    assert (hit["zone_zh"], statement["subject"]["use_zh"]) == ("核心保护区", "一类工业用地")
    assert (statement["question"]["use_code"], statement["question"]["industry_code"]) == ("100101", "C2614")


def test_what_is_clear_and_what_is_not_known_are_lists_of_their_own(client: TestClient, check: Callable[..., str]):
    clear = statement_of(client, check(square(1, 0)))
    assert [item["layer"] for item in clear["clear"]] == ["redline"]
    beyond = statement_of(client, check(square(2, 0)))
    (unknown,) = [item for item in beyond["no_data"] if item["layer"] == "redline"]
    assert (beyond["clear"], unknown["mandatory"]) == ([], True)
    assert unknown["covered_share"] == pytest.approx(0.5, abs=1e-6)
    missing = {item["control_kind"]: item["mandatory"] for item in beyond["no_data"] if item["status"] == "no_layer"}
    assert missing["permanent_basic_farmland"] is True
    assert "local_rule" not in {item["status"] for item in clear["no_data"]}


def test_the_plan_is_named_with_its_approval_zones_and_limits(client: TestClient, check: Callable[..., str]):
    (plan,) = statement_of(client, check(square(1, 0)))["plans"]
    assert (plan["layer"], plan["version"], plan["approval_no"]) == ("city_plan", 1, "长政函〔2024〕12号")
    assert {zone["zone_code"]: zone["share"] for zone in plan["zones"]} == pytest.approx({"R2": 0.75, "M1": 0.25})
    assert (plan["zones"][0]["floor_area_ratio_max"], plan["zones"][0]["use_zh"]) == (2.5, "二类居住用地")


def test_the_sheet_is_signed_names_its_rules_and_numbers_and_is_issued_once(
    client: TestClient, check: Callable[..., str], town: Engine
):
    address = check(square(0, 0))
    first, second = client.get(address).json(), client.get(address).json()
    assert first == second
    assert hash_statement(first["statement"]) == first["sheet_hash"]
    assert is_signed(first["sheet_hash"], first["signature"]["value"], first["signature"]["public_key"])
    assert "national.ecological_redline" in " ".join(rule["rule_id"] for rule in first["statement"]["rules"])
    assert {"sliver.max_area_m2", "display.places_m2"} <= {row["key"] for row in first["statement"]["parameters"]}
    with town.connect() as connection:
        assert connection.scalar(text("select count(*) from planning_sheet")) == 1


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_the_pdf_is_the_same_byte_for_byte_and_says_what_the_statement_says(
    client: TestClient, check: Callable[..., str], lang: str
):
    address = check(square(0, 0), use_code="100101", stage="planning_permit", indicators={"floor_area_ratio": 1.8})
    first, second = (client.get(address, params={"f": "pdf", "lang": lang}) for _ in range(2))
    assert first.headers["content-type"] == "application/pdf"
    assert first.content == second.content
    told = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(first.content)).pages)
    hit = statement_of(client, address)["lines_crossed"][0]
    assert f"{hit['area_m2']:,.2f}" in told
    assert ("拟用地情况" in told.replace(" ", "")) is (lang != "en")
    assert ("What was asked" in told) is (lang != "zh")


def test_geojson_has_the_site_as_it_was_sent_and_its_boundary_points(client: TestClient, check: Callable[..., str]):
    answer = client.get(check(square(0, 0)), params={"f": "geojson"})
    assert answer.headers["content-type"].startswith("application/geo+json")
    site, *points = answer.json()["features"]
    sent = shapely.MultiPolygon([square(0, 0)])
    assert shapely.from_geojson(json.dumps(site["geometry"])).equals_exact(sent, tolerance=1e-9, normalize=True)
    assert [point["id"] for point in points] == ["J1", "J2", "J3", "J4"]


def test_of_several_sites_one_is_chosen(client: TestClient, check: Callable[..., str]):
    address = check(square(0, 0), square(1, 0))
    undecided = client.get(address)
    assert undecided.status_code == 409
    assert undecided.json()["candidates"] == ["site-1", "site-2"]
    assert statement_of(client, address, site="site-2")["subject"]["site"] == "site-2"
    assert client.get(address, params={"site": "site-3"}).status_code == 404
    assert client.get(f"/site-checks/{uuid4()}/extract").status_code == 404


def test_a_sheet_of_a_site_is_verified_and_a_change_of_its_data_is_named(
    client: TestClient, check: Callable[..., str], town: Engine
):
    address = check(square(0.2, 0.3), square(1, 0), use_code="100101")
    sheets = [client.get(address, params={"site": site}).json() for site in ("site-1", "site-2")]
    for sheet in sheets:
        found = client.get(f"/verify/{sheet['sheet_hash']}").json()
        assert (found["outcome"], found["changed"], found["differing"]) == ("identical", [], [])
    page = client.get(f"/verify/{sheets[0]['sheet_hash']}", headers={"Accept": "text/html"})
    assert "一致 · Identical" in page.text
    with write_session(town, actor="test") as session:
        set_coverage(session, "redline", None, shapely.MultiPolygon([square(-1, -1, 1.25, 4)]))
    found = client.get(f"/verify/{sheets[0]['sheet_hash']}").json()
    assert found["outcome"] == "data_changed"
    assert [(item["what"], item["name"]) for item in found["changed"]] == [("versions", "redline")]


def test_a_number_of_the_law_that_was_corrected_is_a_change_of_rules(
    client: TestClient, check: Callable[..., str], town: Engine
):
    sheet = client.get(check(square(0, 0))).json()
    with town.begin() as connection:
        connection.execute(
            text(
                "insert into rule_parameter (key, value, unit, document, article, region, valid_from, status, note, recorded_by) "
                "select key, value + 1, unit, document, article, region, valid_from, status, note, 'bureau' "
                "from rule_parameter where key = 'sliver.max_area_m2'"
            )
        )
    assert client.get(f"/verify/{sheet['sheet_hash']}").json()["outcome"] == "rule_changed"
