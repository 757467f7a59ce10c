"""Pictures of scenes around the land of a contract, for whoever looks at its evidence."""

from functools import lru_cache
from pathlib import Path

from app.db.sessions import ReadSession
from app.imagery import repository
from app.imagery.errors import (
    NoEvidenceError,
    NoPictureError,
    SceneChangedError,
    SceneNotFoundError,
    SceneRefusedError,
)
from app.imagery.registering import files_of, require_scene
from gis.errors import GisError
from gis.formats.reading import file_sha256
from gis.imagery import encode_png, picture_surroundings


def picture_land(session: ReadSession, scene_id: int, contract_no: str) -> bytes:
    """Draw a registered scene around the parcel that the current evidence of a contract is about.

    Parameters
    ----------
    session : ReadSession
    scene_id : int
    contract_no : str

    Returns
    -------
    bytes
        PNG.

    Raises
    ------
    SceneNotFoundError, NoEvidenceError, NoPictureError, SceneChangedError, SceneRefusedError
    """
    row = repository.find_scene(session, scene_id)
    if row is None:
        raise SceneNotFoundError(scene_id)
    run = repository.find_current_run(session)
    evidence = None if run is None else repository.find_evidence(session, run.id, contract_no)
    if run is None or evidence is None:
        raise NoEvidenceError(contract_no)
    polygons = repository.find_parcel_shapes(session, run.parcel_version_id, evidence.parcel_code)
    if len(polygons) != 1:
        raise NoPictureError(contract_no, len(polygons))
    files = files_of(row)
    for path, sha256 in files.items():
        if not _is_unchanged(path, sha256):
            # Where a raster lies is the server's own affair.
            raise SceneChangedError(scene_id, Path(path).name, "is not there, or is another file than was registered")
    try:
        return encode_png(picture_surroundings(polygons[0], require_scene(row, set(files))))
    except GisError as error:
        raise SceneRefusedError(str(error).replace(row.path, Path(row.path).name)) from error


def _is_unchanged(path: str, sha256: str) -> bool:
    file = Path(path)
    if not file.is_file():
        return False
    state = file.stat()
    return _digest(path, state.st_mtime_ns, state.st_size) == sha256


@lru_cache(maxsize=512)
def _digest(path: str, _changed_ns: int, _size: int) -> str:
    """Read a file once for as long as its time and size stay: a raster is large, and a case has a picture of every scene."""
    return file_sha256(Path(path))
