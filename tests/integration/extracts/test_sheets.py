"""Sheets of a small town: the lists, the numbers, the forms, and that the same question has the same answer."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdf
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.sessions import write_session
from app.extracts.archive import archive_path, make_archive
from app.extracts.errors import SheetsCancelledError
from app.extracts.signing import hash_statement, is_signed
from app.jobs.kinds import KINDS, SHEETS, JobRun
from app.jobs.runner import run_job
from app.keys.access import Scope
from app.keys.service import create_key
from gis.measurement import ellipsoidal_area_m2
from tests.integration.extracts.conftest import CODES, square

AS_OF = {"as_of": "2026-06-30"}


def sheet(client: TestClient, code: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(f"/parcels/{code}/extract", params={**AS_OF, **parameters})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def layers(items: list[dict[str, Any]]) -> list[str | None]:
    return [item["layer"] for item in items]


def test_a_parcel_half_in_the_red_line_crosses_it_by_half(client: TestClient):
    statement = sheet(client, CODES[0])["statement"]
    (hit,) = statement["lines_crossed"]
    half = float(ellipsoidal_area_m2([square(0, 0)])[0]) / 2
    assert hit["layer"] == "redline"
    assert (hit["verdict"], statement["verdict"]) == ("DENY", "DENY")
    assert hit["area_m2"] == pytest.approx(half, abs=0.01)
    assert hit["share"] == pytest.approx(0.5, abs=1e-6)
    assert hit["zone_zh"] == "核心保护区"
    assert hit["article"]
    assert "redline" not in layers(statement["clear"]) + layers(statement["no_data"])


def test_a_parcel_beside_the_red_line_is_checked_and_clear(client: TestClient):
    statement = sheet(client, CODES[1])["statement"]
    assert statement["lines_crossed"] == []
    assert layers(statement["clear"]) == ["redline"]
    assert "redline" not in layers(statement["no_data"])


def test_a_parcel_beyond_the_data_is_not_clear_but_unknown(client: TestClient):
    statement = sheet(client, CODES[2])["statement"]
    assert statement["clear"] == []
    (unknown,) = [item for item in statement["no_data"] if item["layer"] == "redline"]
    assert unknown["covered_share"] == pytest.approx(0.5, abs=1e-6)
    assert unknown["mandatory"] is True
    assert statement["verdict"] == "NO_DATA"


def test_kinds_that_rules_speak_about_and_nobody_imported_are_listed_as_missing(client: TestClient):
    missing = [item for item in sheet(client, CODES[1])["statement"]["no_data"] if item["status"] == "no_layer"]
    kinds = {item["control_kind"]: item["mandatory"] for item in missing}
    assert kinds["permanent_basic_farmland"] is True
    assert "ecological_redline" not in kinds
    assert all(item["title_zh"] and item["title_en"] for item in missing)


def test_every_plan_is_named_with_its_version_approval_zones_and_limits(client: TestClient):
    (plan,) = sheet(client, CODES[1])["statement"]["plans"]
    assert (plan["layer"], plan["version"], plan["approval_no"]) == ("city_plan", 1, "长政函〔2024〕12号")
    shares = {zone["zone_code"]: zone["share"] for zone in plan["zones"]}
    assert shares == pytest.approx({"R2": 0.75, "M1": 0.25}, abs=1e-6)
    residential = plan["zones"][0]
    assert (residential["floor_area_ratio_max"], residential["green_ratio_min"]) == (2.5, 0.35)
    assert residential["use_zh"] == "二类居住用地"
    assert plan["covered_share"] == 1.0


def test_the_hash_is_that_of_the_statement_and_the_signature_that_of_the_hash(client: TestClient):
    found = sheet(client, CODES[0])
    assert hash_statement(found["statement"]) == found["sheet_hash"]
    assert is_signed(found["sheet_hash"], found["signature"]["value"], found["signature"]["public_key"])
    assert found["verify_url"] == f"http://127.0.0.1:8000/verify/{found['sheet_hash']}"
    assert found["statement"]["rules"]
    assert {"sliver.max_area_m2", "display.places_m2"} <= {row["key"] for row in found["statement"]["parameters"]}


def test_the_same_question_has_the_same_sheet_with_its_first_time_of_issue(client: TestClient, town: Engine):
    first, second = sheet(client, CODES[0]), sheet(client, CODES[0])
    assert first == second
    with town.connect() as connection:
        assert connection.scalar(text("select count(*) from planning_sheet")) == 1


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_the_pdf_is_the_same_byte_for_byte_and_says_what_the_statement_says(client: TestClient, lang: str):
    address, parameters = f"/parcels/{CODES[0]}/extract", {**AS_OF, "f": "pdf", "lang": lang}
    first, second = client.get(address, params=parameters), client.get(address, params=parameters)
    assert first.headers["content-type"] == "application/pdf"
    assert first.content == second.content
    reader = pypdf.PdfReader(io.BytesIO(first.content))
    told = "".join(page.extract_text() for page in reader.pages)
    statement = sheet(client, CODES[0])["statement"]
    assert CODES[0] in told
    assert f"{statement['lines_crossed'][0]['area_m2']:,.2f}" in told
    assert ("规划依据图" in told.replace(" ", "")) is (lang != "en")
    assert ("Control lines crossed" in told) is (lang != "zh")
    assert all(
        (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842) for page in reader.pages
    )


def test_geojson_has_the_site_as_it_is_stored_and_its_boundary_points(client: TestClient):
    answer = client.get(f"/parcels/{CODES[3]}/extract", params={**AS_OF, "f": "geojson"})
    assert answer.headers["content-type"].startswith("application/geo+json")
    site, *points = answer.json()["features"]
    stored = shapely.MultiPolygon([square(3, 0), square(3, 2)])
    assert shapely.from_geojson(json.dumps(site["geometry"])).equals_exact(stored, tolerance=1e-9, normalize=True)
    assert [point["id"] for point in points] == [f"J{number}" for number in range(1, 9)]
    assert site["properties"]["subject"]["part_count"] == 2
    assert "points" not in site["properties"]["boundary"]


def test_a_code_of_two_parcels_is_refused_with_the_candidates(client: TestClient, deliver: Callable[..., None]):
    deliver("more_parcels", "parcel", [square(0, 5), square(1, 5)], parcel_code=[CODES[0], "other"])
    answer = client.get(f"/parcels/{CODES[0]}/extract", params=AS_OF)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    candidates = answer.json()["candidates"]
    assert [item["layer"] for item in candidates] == ["parcels", "more_parcels"]
    chosen = sheet(client, CODES[0], layer="more_parcels", feature_id=candidates[1]["feature_id"])
    assert chosen["statement"]["subject"]["layer"] == "more_parcels"


@pytest.mark.parametrize(
    ("parameters", "status"),
    [({"layer": "nowhere"}, 404), ({"feature_id": "nobody"}, 404), ({"as_of": "1990-01-01"}, 404), ({"g": "1"}, 400)],
)
def test_what_cannot_be_found_or_understood_is_a_problem(client: TestClient, parameters: dict[str, str], status: int):
    answer = client.get(f"/parcels/{CODES[0]}/extract", params={**AS_OF, **parameters})
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_key_that_may_only_read_is_not_given_a_new_sheet(client: TestClient, town: Engine):
    with write_session(town, actor="test") as session:
        key = create_key(session, "reader", Scope.READ)
    answer = client.get(f"/parcels/{CODES[0]}/extract", headers={"X-API-Key": key})
    assert answer.status_code == 403


def test_many_sheets_are_one_job_and_one_archive(client: TestClient, town: Engine, tmp_path: Path):
    body = {"codes": [CODES[0], "nobody", CODES[1]], "lang": "both", **AS_OF}
    started = client.post("/extracts", json=body)
    assert started.status_code == 201, started.text
    run_job(town, UUID(started.json()["jobID"]), KINDS)
    results = client.get(f"/jobs/{started.json()['jobID']}/results").json()
    assert (results["issued"], results["refused"]) == (2, 1)
    assert "nobody" in results["problems"][0]["problem"]
    archive = client.get(results["href"].removeprefix("http://127.0.0.1:8000"))
    assert archive.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        listed = list(csv.DictReader(io.StringIO(opened.read("sheets.csv").decode("utf-8-sig"))))
        assert [row["code"] for row in listed] == body["codes"]
        alone = client.get(f"/parcels/{CODES[0]}/extract", params={**AS_OF, "f": "pdf", "lang": "both"})
        assert opened.read(listed[0]["file"]) == alone.content


def test_the_sites_of_checks_are_in_the_archive_beside_the_parcels(client: TestClient, town: Engine):
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(square(x, 0)))} for x in (0, 1)
    ]
    checked = client.post("/site-checks", json={"sites": {"type": "FeatureCollection", "features": features}, **AS_OF})
    check_id = checked.json()["site_check_id"]
    started = client.post("/extracts", json={"codes": [CODES[3]], "site_checks": [check_id, check_id], "lang": "en"})
    assert started.status_code == 201, started.text
    run_job(town, UUID(started.json()["jobID"]), KINDS)
    results = client.get(f"/jobs/{started.json()['jobID']}/results").json()
    assert (results["issued"], results["refused"]) == (3, 0)
    archive = client.get(results["href"].removeprefix("http://127.0.0.1:8000"))
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        listed = list(csv.DictReader(io.StringIO(opened.read("sheets.csv").decode("utf-8-sig"))))
        assert [row["code"] for row in listed] == [CODES[3], f"{check_id}/site-1", f"{check_id}/site-2"]
        alone = client.get(f"/site-checks/{check_id}/extract", params={"site": "site-2", "f": "pdf", "lang": "en"})
        assert opened.read(listed[2]["file"]) == alone.content


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"lang": "zh"}, 400, "at least one"),
        ({"site_checks": [str(UUID(int=9))]}, 404, "0009"),
        ({"codes": ["a"] * 5001}, 400, "5000"),
    ],
)
def test_an_order_of_sheets_that_cannot_be_filled_is_refused_at_once(client: TestClient, body, status, said):
    answer = client.post("/extracts", json=body)
    assert answer.status_code == status, answer.text
    assert said in answer.text


def test_the_accuracy_of_a_survey_leaves_a_hard_line_open(client: TestClient, town: Engine):
    # The red line ends at the second parcel's western border, and is known to half a metre.
    with write_session(town, actor="test") as session:
        session.execute(text("update layer set accuracy_m = 0.5 where slug = 'redline'"))
    first, second, third = (
        client.get(f"/parcels/{code}/extract", params=AS_OF).json()["statement"] for code in CODES[:3]
    )
    (hit,) = first["lines_crossed"]
    assert (hit["relation"], hit["certainty"], hit["verdict"]) == ("overlap", "certain_hit", "DENY")
    (near,) = second["lines_crossed"]
    assert (near["relation"], near["certainty"], near["verdict"]) == ("near", "possible_hit", "REVIEW")
    assert near["area_m2"] == 0
    assert "redline" not in [item["layer"] for item in second["clear"]]
    assert [item["relation"] for item in third["lines_crossed"]] == []


def test_a_job_that_is_stopped_leaves_no_archive(town: Engine, tmp_path: Path):
    archive_id = UUID(int=1)
    inputs = {
        "codes": CODES,
        "layer": None,
        "lang": "zh",
        "as_of": "2026-06-30",
        "archive": str(archive_id),
        "data_dir": str(tmp_path),
        "base_url": "",
    }
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    run = JobRun(engine=town, inputs=inputs, actor="test", progress=lambda _done, _total: None, cancelled=cancelled)
    with pytest.raises(SheetsCancelledError):
        make_archive(run)
    assert not archive_path(tmp_path, archive_id).exists()
    assert list((tmp_path / "extracts").iterdir()) == []
    assert SHEETS in KINDS


def test_an_archive_that_is_not_there_is_a_problem(client: TestClient):
    answer = client.get(f"/extracts/{UUID(int=7)}/archive")
    assert answer.status_code == 404
    assert "POST /extracts" in answer.json()["detail"]
