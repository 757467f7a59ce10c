"""A delivery over HTTP: uploaded, imported as a job, looked at, published or discarded."""

import io
import zipfile

import geopandas as gpd
import pytest
from sqlalchemy import text

from app.imports.work import run_import
from app.jobs.kinds import JobRun
from app.keys.access import Scope
from app.layers import repository
from app.layers.errors import ImportCancelledError
from app.progress import unheard

from .conftest import BOWTIE, EVERYWHERE, OPTIONS, square

ROWS = [
    {"code": "A", "geometry": square(0)},
    {"code": "B", "geometry": BOWTIE},
    {"code": "C", "geometry": None},
]


@pytest.fixture
def imported(upload, work, delivery):
    """Return the id of an import that is through."""
    answer = upload(delivery(ROWS))
    assert answer.status_code == 201, answer.text
    work(answer.json()["id"])
    return answer.json()["id"]


def is_problem(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:duogui:problem:{kind}"
    return answer.json()["detail"]


def test_an_upload_is_accepted_worked_on_and_becomes_a_draft(client, upload, work, delivery, data_dir):
    accepted = upload(delivery(ROWS))
    info = accepted.json()
    assert accepted.status_code == 201
    assert accepted.headers["location"].endswith(f"/imports/{info['id']}")
    assert (info["state"], info["file"], info["layer"], info["version"]) == ("accepted", "宗地.gpkg", "parcels", None)
    assert client.get("/layers").json() == {"layers": []}
    work(info["id"])
    done = client.get(f"/imports/{info['id']}").json()
    assert (done["state"], done["version"], done["progress"]) == ("draft", 1, 100)
    assert done["counts"] == {"read": 3, "accepted": 1, "repaired": 1, "rejected": 1}
    assert [one["rel"] for one in done["links"]] == ["self", "monitor", "describedby", "related", "edit"]
    (version,) = client.get("/layers/parcels").json()["versions"]
    assert (version["source_name"], version["status"]) == ("宗地.gpkg", "draft")
    assert list((data_dir / "uploads").iterdir()) == []


def test_the_report_is_json_or_a_page_in_either_language(client, imported):
    report = client.get(f"/imports/{imported}/report")
    assert report.json()["counts"] == {"read": 3, "accepted": 1, "repaired": 1, "rejected": 1}
    assert report.json()["source"]["name"] == "宗地.gpkg"
    kinds = {fault["kind"] for fault in report.json()["faults"]}
    assert {"self_intersection", "missing"} <= kinds
    page = client.get(f"/imports/{imported}/report", headers={"Accept": "text/html,application/json;q=0.9"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'lang="zh' in page.text
    assert 'lang="en' in client.get(f"/imports/{imported}/report?f=html&language=en").text


def test_the_faults_are_geojson_or_a_geopackage(client, imported, tmp_path):
    faults = client.get(f"/imports/{imported}/faults")
    assert faults.headers["content-type"] == "application/geo+json"
    found = {one["properties"]["kind"]: one for one in faults.json()["features"]}
    assert found["self_intersection"]["geometry"]["type"] == "Point"
    assert found["self_intersection"]["properties"]["source_row"] == 2
    refused = client.get(f"/imports/{imported}/faults", headers={"Accept": "*/*;q=0"})
    assert (refused.status_code, "geo+json" in refused.json()["detail"]) == (406, True)
    answer = client.get(f"/imports/{imported}/faults", headers={"Accept": "application/geopackage+sqlite3"})
    path = tmp_path / "faults.gpkg"
    path.write_bytes(answer.content)
    assert "self_intersection" in gpd.read_file(path, layer="fault_points")["kind"].tolist()


def test_without_a_key_nobody_reads_what_was_delivered(imported, upload, work, delivery, serve):
    refused = upload(delivery([{"code": "机密", "geometry": None}])).json()["id"]
    work(refused)
    public = serve(None, host=EVERYWHERE, public_reads=True)
    for job in (imported, refused):
        assert public.get(f"/imports/{job}").status_code == 200
        assert [public.get(f"/imports/{job}/{part}").status_code for part in ("report", "faults")] == [401, 401]
        for path in (f"/imports/{job}", f"/jobs/{job}", f"/jobs/{job}/results"):
            assert "report" not in public.get(path).json(), path
            assert "机密" not in public.get(path).text


def test_who_polls_is_told_that_nothing_changed(client, imported):
    for path in (f"/imports/{imported}", f"/imports/{imported}/report", f"/imports/{imported}/faults", "/imports"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b""), path


def test_a_draft_is_published_once(client, imported):
    assert client.post(f"/imports/{imported}/publish").json()["state"] == "in_force"
    is_problem(client.post(f"/imports/{imported}/publish"), 409, "not-a-draft")
    is_problem(client.delete(f"/imports/{imported}"), 409, "not-a-draft")


def test_a_loss_is_published_only_when_it_is_confirmed(client, upload, work, delivery, imported):
    client.post(f"/imports/{imported}/publish")
    answer = upload(delivery([{"code": "A", "geometry": square(0)}]), publish="true")
    work(answer.json()["id"])
    info = client.get(f"/imports/{answer.json()['id']}").json()
    assert (info["state"], info["problem"]["type"]) == ("draft", "loss-not-confirmed")
    assert info["problem"]["losses"][0] == {"what": "features", "before": 2, "after": 1, "lost_percent": 50.0}
    is_problem(client.post(f"/imports/{info['id']}/publish"), 409, "loss-not-confirmed")
    assert client.post(f"/imports/{info['id']}/publish?confirm_loss=true").json()["state"] == "in_force"


def test_a_discarded_import_leaves_its_record_alone(client, imported, fresh_engine):
    assert client.delete(f"/imports/{imported}").status_code == 204
    assert client.get(f"/imports/{imported}").json()["state"] == "discarded"
    is_problem(client.post(f"/imports/{imported}/publish"), 409, "nothing-imported")
    is_problem(client.get(f"/imports/{imported}/report"), 404, "report-not-found")
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from parcel")) == 0


def test_an_import_that_waits_is_dismissed_with_its_files(client, upload, delivery, data_dir, work):
    waiting = upload(delivery(ROWS)).json()["id"]
    is_problem(client.post(f"/imports/{waiting}/publish"), 409, "import-not-ready")
    assert client.delete(f"/imports/{waiting}").status_code == 204
    assert client.get(f"/imports/{waiting}").json()["state"] == "dismissed"
    assert list((data_dir / "uploads").iterdir()) == []
    work(waiting)
    assert client.get("/layers").json() == {"layers": []}


@pytest.mark.parametrize("is_dismissed", [True, False])
def test_a_dismissed_import_leaves_nothing_and_a_stopped_worker_what_it_staged(
    is_dismissed, upload, delivery, fresh_engine, data_dir
):
    inputs = start_inputs(upload(delivery(ROWS)).json()["id"], fresh_engine)
    run = JobRun(fresh_engine, inputs, "clerk", unheard, cancelled=lambda: True, dismissed=lambda: is_dismissed)
    with pytest.raises(ImportCancelledError):
        run_import(run)
    with fresh_engine.connect() as connection:
        staged = connection.scalar(text("select count(*) from staging"))
    left = 0 if is_dismissed else 1
    assert (staged, len(list((data_dir / "uploads").iterdir()))) == (left, left)


def test_an_import_that_is_dismissed_while_it_ends_publishes_nothing(
    client, upload, delivery, work, monkeypatch, fresh_engine, data_dir
):
    job = upload(delivery(ROWS), publish="true").json()["id"]
    publish = repository.publish_guarded

    def dismiss_and_publish(*args):
        assert client.delete(f"/imports/{job}").status_code == 204
        return publish(*args)

    monkeypatch.setattr(repository, "publish_guarded", dismiss_and_publish)
    work(job)
    assert client.get(f"/imports/{job}").json()["state"] == "dismissed"
    assert client.get("/layers").json() == {"layers": []}
    with fresh_engine.connect() as connection:
        counted = text("select (select count(*) from staging), (select count(*) from layer_version)")
        assert connection.execute(counted).one() == (0, 0)
    assert list((data_dir / "uploads").iterdir()) == []


def start_inputs(import_id, engine):
    with engine.connect() as connection:
        return connection.scalar(text("select inputs from job where id = :id"), {"id": import_id})


def test_a_dry_run_validates_and_stores_nothing(client, upload, work, delivery):
    answer = upload(delivery(ROWS), query="?dry_run=true")
    work(answer.json()["id"])
    info = client.get(f"/imports/{answer.json()['id']}").json()
    assert (info["state"], info["version"]) == ("validated", None)
    assert info["counts"] == {"read": 3, "accepted": 1, "repaired": 1, "rejected": 1}
    report = client.get(f"/imports/{info['id']}/report").json()
    assert "self_intersection" in {fault["kind"] for fault in report["faults"]}
    assert client.get(f"/imports/{info['id']}/faults").json()["features"]
    assert client.get("/layers").json() == {"layers": []}


def test_a_delivery_without_a_reference_system_fails_with_its_report(client, work, tmp_path):
    gpd.GeoDataFrame({"code": ["A"]}, geometry=[square(0)], crs="EPSG:4490").to_file(tmp_path / "a.shp")
    files = [("file", (f"a.{part}", (tmp_path / f"a.{part}").read_bytes())) for part in ("shp", "shx", "dbf")]
    answer = client.post("/imports", data=OPTIONS, files=files)
    work(answer.json()["id"])
    info = client.get(f"/imports/{answer.json()['id']}").json()
    assert (info["state"], info["problem"]["type"], info["problem"]["status"]) == ("failed", "delivery-refused", 422)
    report = client.get(f"/imports/{info['id']}/report").json()
    assert [fault["kind"] for fault in report["faults"] if fault["severity"] == "error"] == ["crs_missing"]
    is_problem(client.post(f"/imports/{info['id']}/publish"), 409, "nothing-imported")


def test_a_file_that_cannot_be_read_fails_and_the_service_goes_on(client, upload, work, data_dir):
    answer = upload(b"SQLite format 3\0 and then nothing of the kind")
    work(answer.json()["id"])
    info = client.get(f"/imports/{answer.json()['id']}").json()
    assert (info["state"], info["problem"]["type"]) == ("failed", "delivery-refused")
    assert list((data_dir / "uploads").iterdir()) == []


def test_the_parts_of_a_shapefile_and_a_coverage_come_in_one_form(client, work, delivery, tmp_path):
    folder = tmp_path / "shape"
    folder.mkdir()
    gpd.GeoDataFrame({"code": ["A"]}, geometry=[square(0)], crs="EPSG:4490").to_file(folder / "宗地.shp")
    files = [("file", (part.name, part.read_bytes())) for part in folder.iterdir()]
    files.append(("coverage", ("范围.gpkg", delivery([{"geometry": square(0).buffer(0.01)}]))))
    answer = client.post("/imports", data=OPTIONS, files=files)
    work(answer.json()["id"])
    info = client.get(f"/imports/{answer.json()['id']}").json()
    assert (info["state"], info["file"]) == ("draft", "宗地.shp")
    coverage = client.get("/layers/parcels/coverage").json()
    assert coverage["geometry"]["type"] == "MultiPolygon"


def test_an_archive_is_one_file(client, upload, work, delivery):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("宗地.gpkg", delivery(ROWS))
    answer = upload(packed.getvalue(), name="宗地.zip")
    work(answer.json()["id"])
    assert client.get(f"/imports/{answer.json()['id']}").json()["state"] == "draft"


def test_imports_are_listed_the_newest_first_in_pages(client, upload, delivery):
    ids = [upload(delivery([{"code": str(i), "geometry": square(i)}])).json()["id"] for i in range(3)]
    page = client.get("/imports?limit=2").json()
    assert [one["id"] for one in page["imports"]] == ids[:0:-1]
    rest = client.get(next(one["href"] for one in page["links"] if one["rel"] == "next")).json()
    assert [one["id"] for one in rest["imports"]] == ids[:1]


@pytest.mark.parametrize("import_id", ["nonsense", "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("what", ["", "/report", "/faults"])
def test_an_import_that_is_not_there_is_not_found(client, import_id, what):
    is_problem(client.get(f"/imports/{import_id}{what}"), 404, "import-not-found")


def test_the_job_of_something_else_is_no_import(client, fresh_engine):
    with fresh_engine.begin() as connection:
        job_id = connection.scalar(
            text("insert into job (kind, inputs, created_by) values ('idle.scan', '{}', 'x') returning id")
        )
    is_problem(client.get(f"/imports/{job_id}"), 404, "import-not-found")


def test_everybody_who_may_read_sees_what_was_imported_and_nobody_else_changes_it(serve, imported):
    reader = serve(Scope.READ)
    assert reader.get(f"/imports/{imported}").json()["state"] == "draft"
    is_problem(reader.post(f"/imports/{imported}/publish"), 403, "scope-insufficient")
    is_problem(reader.delete(f"/imports/{imported}"), 403, "scope-insufficient")


def test_what_features_hold_is_no_example_for_who_may_only_read(serve, client, imported):
    def examples(someone):
        (version,) = someone.get("/layers/parcels").json()["versions"]
        (listed,) = someone.get("/layers").json()["layers"]
        assert listed["versions"] == [version]
        return {reason["reason"]: reason["examples"] for reason in version["report"]["reasons"]}

    assert examples(client)["self_intersection"] == ["row 2 (B)"]
    assert examples(serve(Scope.CHECK)) == examples(client)
    hidden = examples(serve(Scope.READ))
    assert set(hidden) == set(examples(client))
    assert set(map(tuple, hidden.values())) == {()}
