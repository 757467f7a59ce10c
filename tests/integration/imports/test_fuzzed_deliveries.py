"""Broken deliveries over HTTP: whatever the bytes, the service answers, and there is the whole of a version or nothing of it."""

import io
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from sqlalchemy import Engine, text

from gis.formats.writing import OutputBatch, OutputField, write_features
from tests.mutants import mutate

from .conftest import BOWTIE, square

MUTANTS = 8
ROWS = [{"code": f"P{i}", "geometry": square(i)} for i in range(60)] + [{"code": "Q", "geometry": BOWTIE}]


def frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(ROWS, geometry="geometry", crs="EPSG:4490")


def geopackage(folder: Path) -> bytes:
    frame().to_file(folder / "a.gpkg")
    return (folder / "a.gpkg").read_bytes()


def shapefile_parts(folder: Path) -> dict[str, bytes]:
    frame().to_file(folder / "a.shp", encoding="GBK")
    return {part.name: part.read_bytes() for part in folder.iterdir() if part.stem == "a"}


def packed(parts: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return archive.getvalue()


def boundary_points(folder: Path) -> bytes:
    drawn = frame()
    batch = OutputBatch(drawn.geometry.to_numpy(), {"feature_id": drawn["code"].tolist()})
    write_features(folder / "a.txt", [batch], driver="TXT", crs="EPSG:4526", fields=[OutputField("feature_id")])
    return (folder / "a.txt").read_bytes()


def mutants_of(kind: str, folder: Path) -> tuple[str, Callable[[random.Random], bytes]]:
    """Return the name of a delivery, and what makes broken ones of it."""
    match kind:
        case "geopackage":
            content = geopackage(folder)
            return "a.gpkg", lambda chance: mutate(content, chance)
        case "shapefile":
            parts = shapefile_parts(folder)

            def break_a_part(chance: random.Random) -> bytes:
                name = chance.choice(sorted(parts))
                return packed(parts | {name: mutate(parts[name], chance)})

            return "a.zip", break_a_part
        case "archive":
            whole = packed(shapefile_parts(folder))
            return "a.zip", lambda chance: mutate(whole, chance)
        case _:
            written = boundary_points(folder)
            return "a.txt", lambda chance: mutate(written, chance)


def require_whole_versions(engine: Engine) -> None:
    """Require that every version has all of its features, and that nothing else is stored."""
    with engine.connect() as connection:
        versions = connection.execute(
            text(
                "select v.status, v.layer_id, v.read_count, v.accepted_count + v.repaired_count, v.rejected_count, "
                "(select count(*) from parcel where layer_version_id = v.id), "
                "(select count(*) from rejected_feature where layer_version_id = v.id) from layer_version v"
            )
        ).all()
        stored = connection.scalar(text("select count(*) from parcel"))
    for status, layer_id, read, kept, rejected, parcels, refused in versions:
        assert status == "draft"
        assert layer_id is not None
        assert (read, kept, rejected) == (kept + rejected, parcels, refused)
    assert stored == sum(version[5] for version in versions)


@pytest.mark.parametrize("kind", ["geopackage", "shapefile", "archive", "boundary points"])
def test_a_broken_delivery_leaves_a_whole_version_or_nothing(
    kind: str, client: Any, upload: Any, work: Any, fresh_engine: Engine, tmp_path: Path, data_dir: Path
):
    made = tmp_path / "made"
    made.mkdir()
    name, broken = mutants_of(kind, made)
    chance, outcomes = random.Random(kind), Counter[str]()
    for number in range(MUTANTS):
        answer = upload(broken(chance), name=name, to=f"layer_{number}", map="{}")
        assert answer.status_code == 201, answer.text
        work(answer.json()["id"])
        info = client.get(f"/imports/{answer.json()['id']}").json()
        outcomes[info["state"]] += 1
        if info["state"] == "failed":
            assert info["problem"]["status"] < 500, info["problem"]
            assert info["problem"]["detail"]
        require_whole_versions(fresh_engine)
    assert set(outcomes) <= {"draft", "failed"}
    assert outcomes.total() == MUTANTS
    assert list((data_dir / "uploads").iterdir()) == []
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("kind", ["geopackage", "shapefile", "archive", "boundary points"])
def test_the_same_delivery_unbroken_is_a_draft(
    kind: str, client: Any, upload: Any, work: Any, fresh_engine: Engine, tmp_path: Path
):
    made = tmp_path / "made"
    made.mkdir()
    whole = {
        "geopackage": lambda: ("a.gpkg", geopackage(made)),
        "shapefile": lambda: ("a.zip", packed(shapefile_parts(made))),
        "archive": lambda: ("a.zip", packed({"folder/a.gpkg": geopackage(made)})),
        "boundary points": lambda: ("a.txt", boundary_points(made)),
    }
    name, content = whole[kind]()
    answer = upload(content, name=name, map="{}")
    work(answer.json()["id"])
    info = client.get(f"/imports/{answer.json()['id']}").json()
    assert (info["state"], info["counts"]["read"], info["counts"]["rejected"]) == ("draft", 61, 0), info
    require_whole_versions(fresh_engine)
