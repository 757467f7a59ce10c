"""Scenes of the sample zone over its contracts' land: what they show, what they do to a report, and what is refused."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from app.cli import imagery
from app.db.sessions import write_session
from app.idle.errors import NoContractsError
from app.idle.service import import_table
from app.imagery.collecting import EvidenceRequest, collect_evidence
from app.imagery.errors import BuildingsUndatedError, NoScenesError, SceneChangedError, SceneRefusedError
from app.imagery.registering import register_raster
from app.jobs.kinds import EVIDENCE, JobRun
from app.jobs.kinds import collect_evidence as run_evidence_job
from app.keys.access import Scope
from app.keys.service import create_key
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.main import create_app
from app.settings import Settings, get_settings
from gis.imagery import Mask, SceneKind
from tests.documented import hold_to_document

DAY = date(2024, 12, 31)
HEADER = "合同编号,宗地代码,约定动工日期,施工许可日期,基础类型,节点完成量,节点总量,节点完成日期,已动工面积(平方米)"
CODES = [f"430121001001GB0000{number}" for number in range(1, 6)]
# As far as the contract says: started and half developed; not begun; started; nothing; a code that no parcel has.
CONTRACTS = (
    f"C1,{CODES[0]},2022-01-01,2022-02-01,桩基,40,40,2022-05-01,4700",
    f"C2,{CODES[1]},2024-01-01,,,,,,",
    f"C3,{CODES[2]},2022-01-01,2022-02-01,桩基,40,40,2022-05-01,",
    f"C4,{CODES[3]},2022-01-01,2022-02-01,,,,,",
    "C5,999999999999999999,2022-01-01,,,,,,",
)
# A parcel is 0.001 degrees square, the pixels a quarter of that, and the parcels lie side by side from 113 E, 28 N.
PIXEL = 0.00025
LEVELS = {2023: (0.7, 0.7, 0.1, 0.5), 2024: (0.6, 0.7, 0.1, 0.5)}


def lot(number: int) -> shapely.Polygon:
    return shapely.box(113 + number / 1000, 28, 113 + (number + 1) / 1000, 28.001)


@pytest.fixture
def land(fresh_engine: Engine, tmp_path: Path) -> Engine:
    """Put four parcels in force and import five contracts."""
    parcels = tmp_path / "parcels.gpkg"
    gpd.GeoDataFrame({"code": CODES[:4]}, geometry=[lot(n) for n in range(4)], crs="EPSG:4490").to_file(parcels)
    request = ImportRequest(
        path=parcels,
        to="parcels",
        kind="parcel",
        mapping={"parcel_code": "code"},
        publish=True,
        valid_from=date(2020, 1, 1),
    )
    import_file(fresh_engine, request, actor="test", today=DAY)
    table = tmp_path / "contracts.csv"
    table.write_text("\n".join((HEADER, *CONTRACTS)), encoding="utf-8-sig")
    import_table(fresh_engine, table, "contracts", actor="test")
    return fresh_engine


def write(path: Path, levels: tuple[float, ...], *, dtype: str = "float32") -> Path:
    """Write one even value over each parcel."""
    values = np.repeat(np.array(levels, dtype=dtype), 4)[None].repeat(4, axis=0)
    profile = {"crs": "EPSG:4490", "transform": Affine(PIXEL, 0, 113, 0, -PIXEL, 28.001)}
    with rasterio.open(
        path, "w", driver="GTiff", dtype=dtype, count=1, height=4, width=values.shape[1], **profile
    ) as raster:
        raster.write(values, 1)
    return path


@pytest.fixture
def scenes(land: Engine, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Register a summer of each year."""

    def register(**options: Any) -> list[dict[str, Any]]:
        return [
            register_raster(
                land,
                write(tmp_path / f"ndvi_{year}0715.tif", levels),
                kind=SceneKind.VEGETATION_INDEX,
                actor="test",
                **options,
            )
            for year, levels in LEVELS.items()
        ]

    return register


def evidence_of(engine: Engine) -> dict[str, Any]:
    query = text("select e.* from land_evidence e join evidence_run r on r.id = evidence_run_id where r.is_current")
    with engine.connect() as connection:
        return {row["contract_no"]: row for row in connection.execute(query).mappings()}


def test_scenes_support_or_contradict_what_contracts_say(land: Engine, scenes):
    scenes()
    summary = collect_evidence(land, EvidenceRequest(DAY), actor="test")
    assert summary["bearings"] == {"supports": 1, "contradicts": 1, "cannot_tell": 2, "nothing_reported": 1}
    assert summary["parcel_matches"] == {"one": 4, "none": 1, "many": 0}
    found = evidence_of(land)
    assert {number: row["bearing"] for number, row in found.items()} == {
        "C1": "contradicts",
        "C2": "supports",
        "C3": "cannot_tell",
        "C4": "nothing_reported",
        "C5": "cannot_tell",
    }
    started, share = found["C1"]["claims"]
    assert (started["kind"], started["basis"], started["usable"], started["showing"]) == ("started", "overgrown", 2, 2)
    assert (share["kind"], share["bearing"], share["basis"]) == ("developed_share", "contradicts", "vegetation_limits")
    assert found["C3"]["claims"][0]["basis"] == "bare_or_built"
    assert found["C5"]["reason_zh"].startswith("没有与合同编码相符的宗地")


def test_observations_say_source_day_resolution_and_what_was_seen(land: Engine, scenes):
    scenes()
    collect_evidence(land, EvidenceRequest(DAY), actor="test")
    first, second = evidence_of(land)["C1"]["observations"]
    assert [first["taken_on"], second["taken_on"]] == ["2023-07-15", "2024-07-15"]
    assert (first["source"], first["mean"], first["pixels"], first["valid_share"]) == ("ndvi_20230715.tif", 0.7, 16, 1)
    assert first["vegetated_share"] == 1
    assert first["developed_at_most"] == 0
    assert 24 < first["resolution_m"] < 28


def test_scenes_after_the_day_are_not_looked_at(land: Engine, scenes):
    scenes()
    collect_evidence(land, EvidenceRequest(date(2023, 12, 31)), actor="test")
    assert [seen["taken_on"] for seen in evidence_of(land)["C1"]["observations"]] == ["2023-07-15"]
    with pytest.raises(NoScenesError):
        collect_evidence(land, EvidenceRequest(date(2022, 12, 31)), actor="test")


def test_the_same_inputs_are_not_measured_twice_and_another_scene_is_another_input(
    land: Engine, scenes, tmp_path: Path
):
    scenes()
    first = collect_evidence(land, EvidenceRequest(DAY), actor="test")
    again = collect_evidence(land, EvidenceRequest(DAY), actor="test")
    assert (first["is_new"], again["is_new"], again["evidence_run_id"]) == (True, False, first["evidence_run_id"])
    lights = write(tmp_path / "lights_20240801.tif", (30.0, 2.0, 9.0, 4.0))
    register_raster(land, lights, kind=SceneKind.NIGHT_LIGHTS, actor="test")
    third = collect_evidence(land, EvidenceRequest(DAY), actor="test")
    assert third["is_new"]
    assert evidence_of(land)["C2"]["observations"][-1]["reading"] == "measured"
    assert evidence_of(land)["C2"]["observations"][-1]["mean"] == 2


def test_clouds_leave_nothing_to_tell(land: Engine, scenes, tmp_path: Path):
    mask = write(tmp_path / "cloud.tif", (1, 1, 1, 1), dtype="uint8")
    scenes(masks=[Mask(mask)])
    collect_evidence(land, EvidenceRequest(DAY), actor="test")
    row = evidence_of(land)["C1"]
    assert row["bearing"] == "cannot_tell"
    assert {seen["silence"] for seen in row["observations"]} == {"hidden"}
    assert row["claims"][0]["basis"] == "nothing_usable"


@pytest.fixture
def buildings(tmp_path: Path) -> Path:
    """Draw two outlines that overlap over 60 % of the second parcel, and one over half of the third."""
    outlines = [
        shapely.box(113.001, 28, 113.0014, 28.001),
        shapely.box(113.0012, 28, 113.0016, 28.001),
        shapely.box(113.002, 28, 113.0025, 28.001),
    ]
    path = tmp_path / "buildings.gpkg"
    gpd.GeoDataFrame(geometry=outlines, crs="EPSG:4490").to_file(path)
    return path


def test_outlines_of_buildings_bear_a_start_out_and_contradict_that_nothing_was_begun(
    land: Engine, scenes, buildings: Path
):
    scenes()
    request = EvidenceRequest(DAY, buildings=str(buildings), buildings_taken_on=date(2024, 9, 1))
    collect_evidence(land, request, actor="test")
    found = evidence_of(land)
    assert found["C2"]["footprints"][0]["share"] == pytest.approx(0.6, abs=1e-4)
    assert (found["C2"]["bearing"], found["C3"]["bearing"]) == ("contradicts", "supports")
    assert found["C1"]["footprints"][0]["share"] == 0


def test_a_layer_of_buildings_is_of_the_day_it_came_into_force(land: Engine, scenes, buildings: Path):
    scenes()
    request = ImportRequest(path=buildings, to="buildings", kind="reference", publish=True, valid_from=date(2024, 9, 1))
    import_file(land, request, actor="test", today=DAY)
    collect_evidence(land, EvidenceRequest(DAY, buildings="buildings"), actor="test")
    assert evidence_of(land)["C2"]["footprints"] == [
        {"share": pytest.approx(0.6, abs=1e-4), "taken_on": "2024-09-01", "source": "buildings version 1"}
    ]


def test_a_file_of_buildings_must_say_its_day(land: Engine, scenes, buildings: Path):
    scenes()
    with pytest.raises(BuildingsUndatedError, match="--buildings-taken-on"):
        collect_evidence(land, EvidenceRequest(DAY, buildings=str(buildings)), actor="test")


def test_a_raster_that_was_changed_or_taken_away_stops_the_run(land: Engine, scenes, tmp_path: Path):
    scenes()
    first = collect_evidence(land, EvidenceRequest(DAY), actor="test")
    raster = tmp_path / "ndvi_20240715.tif"
    write(raster, (0.1, 0.1, 0.1, 0.1))
    with pytest.raises(SceneChangedError, match="another file"):
        collect_evidence(land, EvidenceRequest(date(2024, 12, 30)), actor="test")
    raster.unlink()
    with pytest.raises(SceneChangedError, match="is not there"):
        collect_evidence(land, EvidenceRequest(date(2024, 12, 30)), actor="test")
    with land.connect() as connection:
        assert connection.scalar(text("select id from evidence_run where is_current")) == first["evidence_run_id"]


def test_a_band_is_registered_once(scenes):
    assert [report["already_registered"] for report in scenes()] == [0, 0]
    again = scenes()
    assert [report["already_registered"] for report in again] == [1, 1]
    assert [report["scenes"] for report in again] == [[], []]


def test_what_cannot_be_laid_over_parcels_is_not_registered(land: Engine, tmp_path: Path):
    undated = write(tmp_path / "ndvi.tif", LEVELS[2023])
    with pytest.raises(SceneRefusedError, match="does not say when"):
        register_raster(land, undated, kind=SceneKind.VEGETATION_INDEX, actor="test")
    with land.connect() as connection:
        assert connection.scalar(text("select count(*) from imagery_scene")) == 0


def test_values_beyond_their_range_stop_the_run_and_name_the_raster(land: Engine, tmp_path: Path):
    whole_numbers = write(tmp_path / "ndvi_20240715.tif", (7000, 7000, 1000, 5000), dtype="int16")
    register_raster(land, whole_numbers, kind=SceneKind.VEGETATION_INDEX, actor="test")
    with pytest.raises(SceneRefusedError, match=r"ndvi_20240715\.tif, band 1.*Give the scale"):
        collect_evidence(land, EvidenceRequest(DAY), actor="test")


def test_without_contracts_nothing_is_asked(fresh_engine: Engine):
    with pytest.raises(NoContractsError):
        collect_evidence(fresh_engine, EvidenceRequest(DAY), actor="test")


@pytest.fixture
def collected(land: Engine, scenes) -> Engine:
    """Return the database with the evidence of both summers."""
    scenes()
    collect_evidence(land, EvidenceRequest(DAY), actor="test")
    return land


@pytest.fixture
def client(collected: Engine, tmp_path: Path) -> Iterator[TestClient]:
    """Return a client on this machine that presents no key."""
    settings = Settings(data_dir=tmp_path, pool_size=4, public_reads=True)
    with TestClient(create_app(settings, collected), base_url="http://127.0.0.1:8000") as client:
        yield hold_to_document(client)


def headers(engine: Engine, scope: Scope) -> dict[str, str]:
    with write_session(engine, actor="tests") as session:
        return {"X-API-Key": create_key(session, f"{scope} key", scope)}


def test_scenes_are_public_and_evidence_needs_a_key(client: TestClient, collected: Engine):
    listed = client.get("/imagery-scenes").json()["scenes"]
    assert [(each["taken_on"], each["source"], each["crs"]) for each in listed] == [
        ("2023-07-15", "ndvi_20230715.tif", "EPSG:4490"),
        ("2024-07-15", "ndvi_20240715.tif", "EPSG:4490"),
    ]
    assert client.get("/land-evidence").status_code == 401
    assert client.get("/land-evidence/C1").status_code == 401
    key = headers(collected, Scope.READ)
    one = client.get("/land-evidence/C1", headers=key).json()
    assert (one["bearing"], len(one["observations"])) == ("contradicts", 2)
    assert one["run"]["scene_count"] == 2
    unknown = client.get("/land-evidence/C9", headers=key)
    assert (unknown.status_code, unknown.json()["type"].rpartition(":")[2]) == (404, "no-evidence")


def test_a_scene_is_drawn_around_the_land_for_who_has_a_key(client: TestClient, collected: Engine, tmp_path: Path):
    key = headers(collected, Scope.READ)
    seen = client.get("/land-evidence/C1", headers=key).json()["observations"][0]
    path = f"/imagery-scenes/{seen['scene_id']}/picture"
    assert client.get(path, params={"contract_no": "C1"}).status_code == 401
    drawn = client.get(path, params={"contract_no": "C1"}, headers=key)
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/png")
    assert drawn.content.startswith(b"\x89PNG")
    assert len(drawn.content) < 20_000
    again = client.get(path, params={"contract_no": "C1"}, headers={**key, "If-None-Match": drawn.headers["etag"]})
    assert again.status_code == 304
    # The next parcel, of another level, is another picture; a code without a parcel has none.
    assert client.get(path, params={"contract_no": "C2"}, headers=key).content != drawn.content
    for contract, kind in (("C5", "no-picture"), ("C9", "no-evidence")):
        refused = client.get(path, params={"contract_no": contract}, headers=key)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (404, kind)
    assert client.get("/imagery-scenes/99999/picture?contract_no=C1", headers=key).status_code == 404
    write(tmp_path / seen["source"], (0.1, 0.1, 0.1, 0.1))
    changed = client.get(path, params={"contract_no": "C1"}, headers=key)
    assert changed.status_code == 409
    assert str(tmp_path) not in changed.json()["detail"]


def test_evidence_comes_in_pages_that_lose_nothing(client: TestClient, collected: Engine):
    key = headers(collected, Scope.READ)
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = client.get("/land-evidence", params={"limit": 2, "after": after}, headers=key).json()
        seen += [each["contract_no"] for each in page["evidence"]]
        after = page["next_after"]
    assert seen == ["C1", "C2", "C3", "C4", "C5"]
    against = client.get("/land-evidence", params={"bearing": "contradicts"}, headers=key).json()["evidence"]
    assert [each["contract_no"] for each in against] == ["C1"]
    assert client.get("/land-evidence", params={"bearing": "maybe"}, headers=key).status_code == 400


def test_a_run_is_a_job_of_who_may_write_and_takes_no_files_of_the_server(client: TestClient, collected: Engine):
    assert client.post("/evidence-runs", json={}, headers=headers(collected, Scope.CHECK)).status_code == 403
    key = headers(collected, Scope.WRITE)
    accepted = client.post("/evidence-runs", json={"as_of": "2024-12-31"}, headers=key)
    assert (accepted.status_code, accepted.json()["processID"]) == (201, EVIDENCE)
    assert client.post("/evidence-runs", json={"buildings": "/etc/passwd"}, headers=key).status_code == 400
    assert client.post("/evidence-runs", json={"buildings": "no_such_layer"}, headers=key).status_code == 404


def test_the_job_collects_what_the_command_collects(collected: Engine):
    run = JobRun(collected, {"as_of": "2023-12-31"}, "test", progress=lambda done, total: None, cancelled=lambda: False)
    assert run_evidence_job(run)["scene_count"] == 1


def test_the_commands_register_collect_show_and_remove(land: Engine, fresh_url: str, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DUOGUI_DATABASE_URL", fresh_url)
    get_settings.cache_clear()

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(imagery.app, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    rasters = [str(write(tmp_path / f"n{year}.tif", levels)) for year, levels in LEVELS.items()]
    mask = write(tmp_path / "valid.tif", (1, 1, 1, 0), dtype="uint8")
    for raster, year in zip(rasters, LEVELS, strict=True):
        run("add", raster, "--taken-on", f"{year}-07-15", "--mask", f"{mask}=1")
    assert [scene["masks"][0]["source"] for scene in run("list")] == ["valid.tif", "valid.tif"]
    assert run("evidence", "--as-of", "2024-12-31")["bearings"]["contradicts"] == 1
    assert [each["contract_no"] for each in run("show")["evidence"]] == ["C1"]
    assert {seen["silence"] for seen in run("show", "C4")["observations"]} == {"hidden"}
    shown = CliRunner().invoke(imagery.app, ["show", "C1"], catch_exceptions=False).stdout
    assert "影像与申报不符" in shown
    assert "the imagery contradicts this" in shown
    first = str(run("list")[0]["id"])
    assert CliRunner().invoke(imagery.app, ["remove", first]).exit_code == 0
    assert len(run("list")) == 1
    wrong = CliRunner().invoke(imagery.app, ["add", rasters[0], "--mask", "none.tif=0"])
    assert wrong.exit_code == 2
    get_settings.cache_clear()
