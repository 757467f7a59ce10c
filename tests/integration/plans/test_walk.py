"""The way from two shapefiles to one blueprint, by the very commands and requests of the guide, each in a database of its own."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import geopandas as gpd
import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from typer.testing import CliRunner

from app.cli.main import app
from app.db.sessions import write_session
from app.jobs.kinds import KINDS
from app.jobs.runner import run_job
from app.keys.access import Scope
from app.keys.service import create_key
from app.main import create_app
from app.settings import Settings, get_settings
from sample_layers.generate import DATA

GUIDE = Path(__file__).parents[3] / "docs" / "plan-integration.md"
PLANS = ("city_plan", "land_use_plan")


def walk(start: str) -> list[str]:
    """Return the lines of the guide's walk that begin with a word, continued lines joined."""
    section = re.search(
        r"^## From two shapefiles.*?(?=^## )", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert section is not None
    blocks = "".join(re.findall(r"^```\n(.*?)^```$", section[0], re.MULTILINE | re.DOTALL))
    lines = blocks.replace("\\\n", " ").splitlines()
    found = [line for line in lines if re.match(start, line)]
    assert len(found) > 5
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_engine: Engine) -> Iterator[Path]:
    """Return the folder of the sample's files as the working directory, with the settings of a fresh database."""
    for file in DATA.iterdir():
        if file.suffix in {".shp", ".shx", ".dbf", ".prj", ".gpkg", ".geojson"}:
            shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUOGUI_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("DUOGUI_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def run(line: str) -> str:
    program, *arguments = shlex.split(line)
    if program != "duogui":
        done = subprocess.run([program, *arguments], check=True, capture_output=True, text=True, timeout=120)
        return done.stdout
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, f"{line}\n{done.output}"
    return done.output


def test_a_planner_goes_from_two_shapefiles_to_a_published_blueprint_by_the_commands_of_the_guide(
    folder: Path, fresh_engine: Engine
):
    outputs = {line: run(line) for line in walk(r"duogui|ogr2ogr")}

    def said(start: str) -> str:
        return next(output for line, output in outputs.items() if line.startswith(start))

    assert "68 proposed, 53 still open" in said("duogui register propose")
    assert "67 would be changed; nothing was" in next(each for line, each in outputs.items() if "--dry-run" in line)
    assert "121 patches selected, 121 changed" in next(each for line, each in outputs.items() if "applied" in line)
    rows = list(openpyxl.load_workbook(folder / "台账.xlsx").active.values)
    state = rows[0].index("协调状态")
    assert [row[state] for row in rows[1:]].count("已落图") == 121
    zones = gpd.read_file(folder / "一张蓝图.gpkg")
    assert zones["zone_code"].notna().all()
    assert not zones.geometry.is_empty.any()
    with fresh_engine.connect() as connection:
        query = "select status, number from layer_version join layer on layer.id = layer_id where slug = %s"
        versions = {
            slug: connection.exec_driver_sql(query, (slug,)).all()
            for slug in (*PLANS, "blueprint", "ecological_redline")
        }
    assert versions == {slug: [("in_force", 1)] for slug in versions}
    # Nothing that was decided was lost when the plans were compared as of another day.
    assert "Decisions" not in said("duogui plans compare city_plan land_use_plan --lines")
    assert (
        json.loads(run("duogui register list 1 --where states=applied --json"))[0]["document"] == "唐港城办发〔27号〕"
    )


def test_a_planner_goes_from_a_comparison_to_a_published_blueprint_over_http(folder: Path, fresh_engine: Engine):
    for line in walk(r"duogui import|ogr2ogr -lco"):
        run(line)
    with write_session(fresh_engine, actor="test") as session:
        key = create_key(session, "planner", Scope.WRITE)
    answers: dict[str, Any] = {}
    with TestClient(create_app(Settings(data_dir=folder), fresh_engine), base_url="http://127.0.0.1:8000") as client:
        client.headers["X-API-Key"] = key
        for line in walk(r"GET|POST"):
            method, address, body = [*line.split(" ", 2), ""][:3]
            answer = client.request(method, address, json=json.loads(body) if body else None)
            assert answer.status_code in {200, 201}, f"{line}\n{answer.text}"
            answers[line] = answer.json()
            if answer.status_code == 201:
                run_job(fresh_engine, UUID(answer.json()["jobID"]), KINDS)
                job = client.get(answer.headers["Location"]).json()
                assert job["status"] == "successful", f"{line}\n{job}"
                answers[line] = client.get(f"{answer.headers['Location']}/results").json()

    def answered(start: str) -> Any:
        return next(answer for line, answer in answers.items() if line.startswith(start))

    assert answered("POST /plan-comparisons/1/proposals")["proposed"] == 68
    assert len(answered("POST /plan-comparisons/1/patches/search")["patches"]) == 51
    assert answered("GET /plan-comparisons/1/balance")["states"][3]["patches"] == 68
    units = answered("POST /plan-comparisons/1/units")
    assert sum(row["area"]["area_m2"] for row in units["rows"]) == pytest.approx(units["compared_area"]["area_m2"])
    assert answered("GET /collections/blueprint")["numberMatched"] > 800
