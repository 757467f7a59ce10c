"""Temporary folders are gone when nothing needs them."""

import os
import tempfile
import zipfile

import pytest

from gis.formats.errors import SourceUnreadableError
from gis.formats.reading import iter_features, open_source
from gis.formats.workspace import PREFIX, Workspace


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_closing_removes_everything_and_may_be_repeated(temporary):
    with Workspace() as workspace:
        folder = workspace.new_folder()
        (folder / "a").write_text("x", encoding="ascii")
        assert workspace.new_folder() != folder
    workspace.close()
    assert list(temporary.iterdir()) == []


def test_a_workspace_that_nobody_uses_any_more_is_removed(temporary):
    workspace = Workspace()
    assert len(list(temporary.iterdir())) == 1
    del workspace
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_is_not(temporary):
    abandoned = temporary / f"{PREFIX}abandoned"
    abandoned.mkdir()
    (abandoned / ".in-use").touch()
    with Workspace() as living:
        folder = living.new_folder()
        for path in (abandoned, folder.parent):
            os.utime(path, (0, 0))
        with Workspace():
            assert not abandoned.exists()
            assert folder.exists()


def test_an_archive_is_unpacked_as_long_as_its_source_is_open(temporary, tmp_path, make_parcels):
    make_parcels().to_file(tmp_path / "a.shp", encoding="UTF-8")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in tmp_path.glob("a.[!z]*"):
            archive.write(part, part.name)
    with open_source(tmp_path / "a.zip") as source:
        assert [len(batch) for batch in iter_features(source)] == [3]
        assert [len(batch) for batch in iter_features(source)] == [3]
        assert len(list(temporary.iterdir())) == 1
    assert list(temporary.iterdir()) == []
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(tmp_path / "a.shp", "a.shp")
    with pytest.raises(SourceUnreadableError, match="deliver all parts"):
        open_source(tmp_path / "b.zip")
    assert list(temporary.iterdir()) == []
