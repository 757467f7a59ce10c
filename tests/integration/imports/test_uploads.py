"""What is no upload, or not from somebody who may write, is refused and leaves nothing behind."""

import os
import shutil
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app.imports.uploading import safe_name
from app.keys.access import Scope
from app.layers.unfinished import KEEP_DAYS

from .conftest import OPTIONS, square
from .test_imports import is_problem


def left(data_dir: Path) -> list[Path]:
    folder = data_dir / "uploads"
    return list(folder.iterdir()) if folder.exists() else []


@pytest.fixture
def content(delivery):
    return delivery([{"code": "A", "geometry": square(0)}])


@pytest.mark.parametrize(
    ("scope", "status", "kind"),
    [(None, 401, "key-required"), (Scope.READ, 403, "scope-insufficient"), (Scope.CHECK, 403, "scope-insufficient")],
)
def test_only_who_may_write_uploads(serve, content, data_dir, scope, status, kind):
    client = serve(scope)
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    is_problem(client.post("/imports", content=b"--x\r\n", headers=form), status, kind)
    assert not (data_dir / "uploads").exists()


@pytest.mark.parametrize(
    ("options", "status", "kind", "detail"),
    [
        ({"kind": "castle"}, 422, "delivery-refused", "no kind 'castle'"),
        ({"kind": ""}, 404, "layer-not-found", "Give a kind"),
        ({"to": "Wrong-Slug"}, 422, "delivery-refused", "cannot name a layer"),
        ({"to": ""}, 400, "invalid-parameter", "body to"),
        ({"valid_from": "yesterday"}, 400, "invalid-parameter", "body valid_from"),
        ({"map": "code"}, 400, "invalid-parameter", "JSON object"),
        ({"colour": "red"}, 400, "invalid-parameter", "body colour"),
        ({"accuracy_m": "-1"}, 400, "invalid-parameter", "body accuracy_m"),
    ],
)
def test_an_option_that_cannot_be_is_named(upload, content, data_dir, fresh_engine, options, status, kind, detail):
    assert detail in is_problem(upload(content, **options), status, kind)
    assert left(data_dir) == []
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from job")) == 0


def test_an_unknown_parameter_is_refused(upload, content, data_dir):
    is_problem(upload(content, query="?dryrun=true"), 400, "invalid-parameter")
    assert left(data_dir) == []


def test_a_body_that_is_too_large_is_refused_declared_or_not(serve, content, data_dir):
    client = serve(max_upload_bytes=5_000)
    files = {"file": ("a.gpkg", content)}
    assert client.post("/imports", data=OPTIONS, files=files).status_code == 413

    def chunked():
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.gpkg"\r\n\r\n'
        for _ in range(10):
            yield bytes(1_000)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/imports", content=chunked(), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert "5000 bytes" in answer.json()["detail"]
    assert left(data_dir) == []


def test_other_paths_keep_their_own_limit(serve):
    client = serve(max_body_bytes=2_000, max_upload_bytes=1_000_000)
    assert client.post("/check-runs", content=bytes(3_000)).status_code == 413


@pytest.mark.parametrize(
    ("files", "fields"),
    [(3, 1), (1, 101)],
)
def test_too_many_files_or_fields_are_refused(serve, data_dir, files, fields):
    client = serve(max_upload_files=2)
    parts = [("file", (f"{i}.dbf", b"x")) for i in range(files)]
    data = {f"f{i}": "x" for i in range(fields)}
    is_problem(client.post("/imports", data=data, files=parts), 413, "upload-too-large")
    assert left(data_dir) == []


def test_a_field_that_is_too_long_is_refused(client, data_dir):
    answer = client.post("/imports", data=OPTIONS | {"title_zh": "长" * 40_000}, files={"file": ("a.gpkg", b"x")})
    is_problem(answer, 413, "upload-too-large")
    assert left(data_dir) == []


@pytest.mark.parametrize(
    ("content", "content_type", "detail"),
    [
        (b"{}", "application/json", "Send multipart/form-data"),
        (b"--x--\r\n", "multipart/form-data", "Send multipart/form-data"),
        (b"no boundary here", "multipart/form-data; boundary=x", "no multipart"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
            "multipart/form-data; boundary=x",
            "ends before its last part",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="to"\r\n\r\nparcels\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            "no file in the part 'file'",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\nabc\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            "files belong in 'file' or 'coverage'",
        ),
    ],
)
def test_what_is_no_form_is_refused(client, data_dir, content, content_type, detail):
    answer = client.post("/imports", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == 400, answer.text
    assert detail in answer.json()["detail"] or "body to" in answer.json()["detail"]
    assert left(data_dir) == []


def test_two_files_that_are_no_shapefile_are_refused(client, data_dir):
    files = [("file", ("a.gpkg", b"x")), ("file", ("b.gpkg", b"x"))]
    assert "There are 2 files" in is_problem(client.post("/imports", data=OPTIONS, files=files), 400, "invalid-upload")
    assert left(data_dir) == []


def test_a_file_stays_in_its_folder_whatever_it_is_called(client, content, data_dir):
    files = {"file": ("../../../etc/宗地.gpkg", content)}
    answer = client.post("/imports", data=OPTIONS, files=files)
    assert answer.json()["file"] == "宗地.gpkg"
    (folder,) = left(data_dir)
    assert [path.relative_to(folder) for path in folder.rglob("*.gpkg")] == [Path("file/宗地.gpkg")]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.gpkg", "a.gpkg"),
        ("../a.shp", "a.shp"),
        ("C:\\x\\a.shp", "a.shp"),
        (".", "file"),
        ("..", "file"),
        ("/", "file"),
        ("a\0b.shp", "a_b.shp"),
        (".gpkg", "gpkg"),
        ("长" * 300 + ".gpkg", "长" * 65 + ".gpkg"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name) == safe


def test_only_so_many_imports_wait(serve, content, data_dir):
    client = serve(max_open_imports=1)
    files = {"file": ("a.gpkg", content)}
    assert client.post("/imports", data=OPTIONS, files=files).status_code == 201
    is_problem(client.post("/imports", data=OPTIONS, files=files), 429, "too-many-imports")
    assert len(left(data_dir)) == 1


def test_leftovers_that_somebody_else_deletes_meanwhile_are_no_failure(client, content, data_dir, monkeypatch):
    folder = data_dir / "uploads"
    long_ago = time.time() - (KEEP_DAYS + 1) * 86_400
    for name in ("gone", "old"):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (long_ago, long_ago))
    found = list(folder.iterdir())

    def list_and_lose(path):
        shutil.rmtree(folder / "gone", ignore_errors=True)
        return iter(found)

    monkeypatch.setattr(Path, "iterdir", list_and_lose)
    assert client.post("/imports", data=OPTIONS, files={"file": ("a.gpkg", content)}).status_code == 201
    monkeypatch.undo()
    assert not {"gone", "old"} & {path.name for path in left(data_dir)}
    assert len(left(data_dir)) == 1


def test_the_form_is_described(client):
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/imports"]["post"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert {"file", "coverage", "to", "kind", "crs", "map", "accept_proposal"} <= set(form["properties"])
    assert form["required"] == ["file", "to"]
    assert {"201", "400", "401", "403", "404", "413", "422", "429"} <= set(operation["responses"])
