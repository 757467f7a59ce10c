"""Features over HTTP against tipg: pages, deep pages, whole layers by GDAL, and the memory of a long download."""

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from http.client import OK, HTTPConnection
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.contestants import AREA
from benchmarks.model import Case, Goal, faster_than, ratio_of
from benchmarks.served import AreaOfIds, ServedContestant, areas_of
from gis.crs import to_area_plane

__all__ = ["CASES"]

_PAGES: Final = 20
_PAGE_SIZE: Final = 1000
_CLIENTS: Final = 8
_DEEP_SIZE: Final = 99
_SHALLOW, _DEEP = 2, 2000
_CHUNK: Final = 1 << 16
_PEER_MODULES: Final = ("tipg",)


class Pages(ServedContestant):
    """Asks twenty times for a thousand features."""

    name = "duogui"

    def run(self) -> list[bytes]:
        return [self.get(f"{self.items}?limit={_PAGE_SIZE}") for _ in range(_PAGES)]

    def answer(self, result: list[bytes]) -> pd.DataFrame:
        features = [json.loads(body)["features"] for body in result]
        assert [len(page) for page in features] == [min(_PAGE_SIZE, len(self.inputs.frame("parcel")))] * _PAGES
        return areas_of(features[-1])


class PagesOfTipg(Pages):
    """The same of tipg."""

    name = "tipg"
    server = "tipg"
    modules = _PEER_MODULES


class PagesAtOnce(Pages):
    """Eight clients ask at once, each over a connection of its own, twenty times for a thousand features."""

    def run(self) -> list[bytes]:
        """Return the last answer of each client."""
        with ThreadPoolExecutor(_CLIENTS) as clients:
            return list(clients.map(self._ask_often, range(_CLIENTS)))

    def _ask_often(self, _client: int) -> bytes:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
        for _ in range(_PAGES):
            connection.request("GET", f"{self.items}?limit={_PAGE_SIZE}")
            response = connection.getresponse()
            body = response.read()
            assert response.status == OK, f"{response.status} {body[:300]!r}"
        connection.close()
        return body

    def answer(self, result: list[bytes]) -> pd.DataFrame:
        pages = [json.loads(body)["features"] for body in result]
        assert len(pages) == _CLIENTS
        assert all(page == pages[0] for page in pages), "clients were answered differently"
        return areas_of(pages[0])


class PagesAtOnceOfTipg(PagesAtOnce):
    """The same of tipg."""

    name = "tipg"
    server = "tipg"
    modules = _PEER_MODULES


class FirstPage(AreaOfIds):
    """A thousand features, in the order in which they were delivered."""

    def chosen(self) -> "pd.Index[int]":
        return self.frame.index[:_PAGE_SIZE]


class ShallowPage(ServedContestant):
    """Asks for the second page, thirty times."""

    name = "duogui, page 2"
    page: ClassVar[int] = _SHALLOW

    def prepare(self) -> None:
        super().prepare()
        ids = self.inputs.frame("parcel").index
        # Of a smaller city the last whole page.
        before = (min(self.page, len(ids) // _DEEP_SIZE) - 1) * _DEEP_SIZE
        self.expected = ids[before : before + _DEEP_SIZE]
        self.path = self.find(before)

    def find(self, before: int) -> str:
        """Return the path of the page that has so many features before it, by way of larger pages."""
        path = f"{self.items}?limit={min(before, 9000)}"
        while before:
            page = json.loads(self.get(path))
            before -= page["numberReturned"]
            after = next(link["href"] for link in page["links"] if link["rel"] == "next").rpartition("after=")[2]
            path = f"{self.items}?limit={min(before, 9000) or _DEEP_SIZE}&after={after}"
        return path

    def run(self) -> bytes:
        return [self.get(self.path) for _ in range(30)][-1]

    def answer(self, result: bytes) -> pd.DataFrame:
        answer = areas_of(json.loads(result)["features"])
        assert answer["id"].tolist() == self.expected.tolist(), "this is another page"
        return answer


class DeepPage(ShallowPage):
    """Asks for page 2,000, thirty times."""

    name = "duogui, page 2,000"
    page = _DEEP


class DeepPageOfTipg(DeepPage):
    """The same of tipg, which counts its way there."""

    name = "tipg, page 2,000"
    server = "tipg"
    modules = _PEER_MODULES

    def find(self, before: int) -> str:
        return f"{self.items}?limit={_DEEP_SIZE}&offset={before}"


class Download(ServedContestant):
    """Debian's GDAL copies the whole layer into a FlatGeobuf file, a thousand features a page."""

    name = "duogui"

    def run(self) -> Any:  # noqa: ANN401 - a path
        target = self.inputs.folder / f"download-{uuid4().hex[:8]}.fgb"
        layer = self.collection.rpartition("/")[2]
        command = ["ogr2ogr", "-f", "FlatGeobuf", str(target), f"OAPIF:{self.url}", layer]
        subprocess.run([*command, "-oo", f"PAGE_SIZE={_PAGE_SIZE}"], check=True, capture_output=True)
        return target

    def answer(self, result: Any) -> pd.DataFrame:  # noqa: ANN401 - a path
        frame = gpd.read_file(result)
        ids = frame["feature_id"] if "feature_id" in frame else frame["id"]
        areas = shapely.area(to_area_plane(frame.geometry.to_numpy()))
        return pd.DataFrame({"id": ids.astype(int), AREA: areas})


class DownloadOfTipg(Download):
    """The same of tipg."""

    name = "tipg"
    server = "tipg"
    modules = _PEER_MODULES


class DownloadFile(Download):
    """The same file as the service writes it by itself, in one answer."""

    name = "duogui, its own export"

    def run(self) -> Any:  # noqa: ANN401 - a path
        target = self.inputs.folder / f"export-{uuid4().hex[:8]}.fgb"
        target.write_bytes(self.get(f"{self.collection}/export?f=fgb"))
        return target


class Stream(ServedContestant):
    """Reads the layer five times over, as one download of pages of 10,000 features."""

    name = "duogui, a million features"
    rounds: ClassVar[int] = 5

    def run(self) -> int:
        count = 0
        for _ in range(self.rounds):
            path: str | None = f"{self.items}?limit=10000"
            while path is not None:
                returned, path = self._read(path)
                count += returned
        return count

    def _read(self, path: str) -> tuple[int, str | None]:
        """Read a page bit by bit, and return how many features it had and where the next one is."""
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        end = b""
        while chunk := response.read(_CHUNK):
            end = (end + chunk)[-4096:]
        returned = re.search(rb'"numberReturned":(\d+)', end)
        assert returned is not None
        # The page names itself as well, which would be read for ever.
        following = re.search(rb'\{[^{}]*"rel":"next"[^{}]*\}', end)
        if following is None:
            return int(returned[1]), None
        return int(returned[1]), urlsplit(json.loads(following[0])["href"])._replace(scheme="", netloc="").geturl()

    def answer(self, result: int) -> pd.DataFrame:
        assert result == self.rounds * len(self.inputs.frame("parcel"))
        return pd.DataFrame({"id": [], AREA: np.array([], dtype=float)})


class ShortStream(Stream):
    """Reads the layer once."""

    name = "duogui, 200,000 features"
    rounds = 1


_FLAT_MEMORY = Goal(
    "GeoJSON of a million features: the server's memory against that for 200,000",
    (Stream.name, ShortStream.name),
    lambda medians, _: medians[Stream.name].peak_bytes / medians[ShortStream.name].peak_bytes,
    1.1,
    at_most=True,
)
_NOTE: Final = (
    " Both servers serve the same rows of one table of one database, each with one process and its own settings, to one client on this machine. "
    "Processors are those of client and server without the database; memory is the server's."
)

CASES = (
    Case(
        key="served_items",
        title="Pages of 1,000 features as GeoJSON over HTTP",
        note="Twenty requests, one after the other, of which each waits for the database to write a megabyte of text, which takes more than a third of the time and cannot be "
        "divided between processors. The goal of ten times tipg's requests per second is therefore that of the next case, in which both processors "
        "are at work; the ratio here is told beside it." + _NOTE,
        layers=("parcel",),
        contestants=(Pages, PagesOfTipg),
        oracle=FirstPage,
        relative_tolerance=1e-5,
        absolute_tolerance_m2=1e-2,
        goals=(
            faster_than(
                "1,000 features as GeoJSON, one request after the other: time against tipg",
                Pages.name,
                (PagesOfTipg.name,),
                None,
            ),
        ),
    ),
    Case(
        key="served_throughput",
        title="Requests per second: pages of 1,000 features to eight clients at once",
        note=f"{_CLIENTS} clients with {_PAGES} requests each; the ratio of times is that of requests per second. Both servers serve the same rows "
        "of one table of one database, each with one process and its own settings. Processors are those of clients and server without the "
        "database; memory is the server's.",
        layers=("parcel",),
        contestants=(PagesAtOnce, PagesAtOnceOfTipg),
        oracle=FirstPage,
        relative_tolerance=1e-5,
        absolute_tolerance_m2=1e-2,
        goals=(
            faster_than(
                "1,000 features as GeoJSON to eight clients: requests per second against tipg",
                PagesAtOnce.name,
                (PagesAtOnceOfTipg.name,),
                10,
            ),
        ),
    ),
    Case(
        key="served_paging",
        title="Deep pages of 99 features over HTTP",
        note="Thirty requests; each answer is compared with the features that were delivered in that place." + _NOTE,
        layers=("parcel",),
        contestants=(ShallowPage, DeepPage, DeepPageOfTipg),
        goals=(ratio_of("Paging: page 2,000 against page 2", DeepPage.name, ShallowPage.name, 1.25),),
    ),
    Case(
        key="served_download",
        title="A whole layer by GDAL over OGC API - Features",
        note="Debian's ogr2ogr into FlatGeobuf, 1,000 features a page." + _NOTE,
        layers=("parcel",),
        contestants=(Download, DownloadOfTipg, DownloadFile),
        oracle=AreaOfIds,
        relative_tolerance=1e-5,
        absolute_tolerance_m2=1e-2,
        goals=(faster_than("Whole layer by GDAL: against tipg", Download.name, (DownloadOfTipg.name,), 2),),
    ),
    Case(
        key="served_stream",
        title="A million features as GeoJSON over HTTP",
        note="Pages of 10,000, read to the end." + _NOTE,
        layers=("parcel",),
        contestants=(Stream, ShortStream),
        goals=(_FLAT_MEMORY,),
    ),
)
