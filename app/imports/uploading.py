"""A multipart body, streamed to disk part by part; who may not write is refused before the first byte of it is read."""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import uuid4

from fastapi import Depends, Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from app.deps import AppSettings, Writer
from app.imports.errors import UploadRefusedError, UploadTooLargeError

FOLDER = "uploads"
FILE, COVERAGE = "file", "coverage"
# What is written in one go.
_BLOCK = 1 << 20
_MAX_FIELDS = 100
_MAX_FIELD_BYTES = 64 * 1024
_MAX_NAME_BYTES = 200
_MAX_SUFFIX = 10
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")


@dataclass(slots=True)
class Upload:
    """Files in a folder of their own, and the fields that came with them; the folder goes with the request unless it is kept."""

    folder: Path
    files: dict[str, list[Path]] = field(default_factory=lambda: {FILE: [], COVERAGE: []})
    fields: list[tuple[str, str]] = field(default_factory=list)
    is_kept: bool = False

    def delivery(self) -> Path:
        """Return the file to import: the only one, or the one of several that holds the geometry of a shapefile.

        Raises
        ------
        UploadRefusedError
        """
        return _main_file(self.files[FILE], FILE)

    def coverage(self) -> Path | None:
        """Return the file of the coverage, where there is one."""
        return _main_file(self.files[COVERAGE], COVERAGE) if self.files[COVERAGE] else None

    def remove(self) -> None:
        """Delete what was uploaded."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _main_file(files: list[Path], name: str) -> Path:
    if not files:
        raise UploadRefusedError(f"The form has no file in the part {name!r}.")
    shapes = [file for file in files if file.suffix.lower() == ".shp"]
    if len(files) == 1 or len(shapes) == 1:
        return shapes[0] if shapes else files[0]
    raise UploadRefusedError(
        f"There are {len(files)} files in the part {name!r}: send one file, one ZIP archive, or the parts of one shapefile."
    )


class _Receiver:
    """Takes the events of the parser; runs in a thread, one block at a time."""

    def __init__(self, upload: Upload, max_files: int) -> None:
        self.upload = upload
        self.max_files = max_files
        self._header = b""
        self._value = b""
        self._name = ""
        self._file: BinaryIO | None = None
        self._text = bytearray()
        self.is_complete = False

    def parser(self, boundary: bytes) -> MultipartParser:
        """Return the parser that feeds this receiver."""
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self.on_part_begin,
                "on_part_data": self.on_part_data,
                "on_part_end": self.on_part_end,
                "on_header_field": self.on_header_field,
                "on_header_value": self.on_header_value,
                "on_header_end": self.on_header_end,
                "on_end": self.on_end,
            },
        )

    def on_part_begin(self) -> None:
        self._header, self._value, self._name, self._file = b"", b"", "", None
        self._text.clear()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                self._open(options[b"filename"].decode("utf-8", "replace"))
        self._header, self._value = b"", b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > _MAX_FIELD_BYTES:
            raise UploadTooLargeError(f"The field {self._name!r} is longer than {_MAX_FIELD_BYTES} bytes.")

    def on_part_end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            return
        if len(self.upload.fields) >= _MAX_FIELDS:
            raise UploadTooLargeError(f"The form has more than {_MAX_FIELDS} fields.")
        self.upload.fields.append((self._name, self._text.decode("utf-8", "replace")))

    def on_end(self) -> None:
        self.is_complete = True

    def close(self) -> None:
        """Close a file that is still open."""
        if self._file is not None:
            self._file.close()

    def _open(self, filename: str) -> None:
        if self._name not in self.upload.files:
            raise UploadRefusedError(
                f"A file came in the part {self._name!r}; files belong in {FILE!r} or {COVERAGE!r}."
            )
        kept = self.upload.files[self._name]
        if sum(map(len, self.upload.files.values())) >= self.max_files:
            raise UploadTooLargeError(f"The form has more than {self.max_files} files.")
        folder = self.upload.folder / self._name
        folder.mkdir(exist_ok=True)
        path = folder / safe_name(filename)
        if path in kept:
            raise UploadRefusedError(f"Two files are called {path.name}.")
        self._file = path.open("xb")
        kept.append(path)


def safe_name(filename: str) -> str:
    r"""Return a name that stays in its folder, whatever a client calls its file; the suffix is kept.

    Examples
    --------
    >>> from app.imports.uploading import safe_name
    >>> safe_name("../../宗地.SHP"), safe_name("C:\\data\\a.gpkg"), safe_name(".."), safe_name("")
    ('宗地.SHP', 'a.gpkg', 'file', 'file')
    """
    name = re.split(r"[/\\]", filename)[-1]
    name = _UNSAFE.sub("_", name).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _MAX_SUFFIX:
        stem, dot, suffix = name, "", ""
    ending = dot + suffix
    # File systems count bytes, and a Chinese character has three.
    kept = stem.encode("utf-8", "replace")[: _MAX_NAME_BYTES - len(ending.encode())].decode("utf-8", "ignore")
    return kept + ending or "file"


async def receive_upload(request: Request, folder: Path, max_files: int) -> Upload:
    """Read the body of a request into a folder.

    Raises
    ------
    UploadRefusedError, UploadTooLargeError
    """
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    if content_type != b"multipart/form-data" or not options.get(b"boundary"):
        raise UploadRefusedError(
            "Send multipart/form-data with the delivery in the part 'file' and the options as fields."
        )
    upload = Upload(folder)
    receiver = _Receiver(upload, max_files)
    try:
        await _feed(request, receiver.parser(options[b"boundary"]))
    except MultipartParseError as error:
        raise UploadRefusedError(f"The body is no multipart/form-data: {error}") from error
    finally:
        receiver.close()
    if not receiver.is_complete:
        raise UploadRefusedError("The body ends before its last part does.")
    return upload


async def _feed(request: Request, parser: MultipartParser) -> None:
    block = bytearray()
    async for chunk in request.stream():
        block += chunk
        if len(block) >= _BLOCK:
            await run_in_threadpool(parser.write, bytes(block))
            block.clear()
    await run_in_threadpool(parser.write, bytes(block))
    await run_in_threadpool(parser.finalize)


async def take_upload(request: Request, settings: AppSettings, _writer: Writer) -> AsyncIterator[Upload]:
    """Receive an upload from somebody who may write, and delete it after the request unless it is kept."""
    folder = settings.data_dir / FOLDER / uuid4().hex
    await run_in_threadpool(folder.mkdir, parents=True)
    upload = Upload(folder)
    try:
        upload = await receive_upload(request, folder, settings.max_upload_files)
        yield upload
    except BaseException:
        upload.is_kept = False
        raise
    finally:
        if not upload.is_kept:
            await run_in_threadpool(upload.remove)


ReceivedUpload = Annotated[Upload, Depends(take_upload, scope="function")]
