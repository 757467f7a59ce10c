"""Find a site: the parcels of a size in the sample zone, alone and in groups, every candidate checked by the law."""

import time
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from app.db.sessions import read_session
from app.site_search.schemas import SearchRequest
from app.site_search.service import search_sites
from benchmarks.contestants import AREA, Contestant
from benchmarks.intake import service_engine
from benchmarks.model import Case
from benchmarks.sample_zone import AS_OF, sample_database

__all__ = ["CASE"]

_TIMES = 5
_WANTED = {
    "area_min_m2": 8_000,
    "area_max_m2": 12_000,
    "use_code": "100101",
    "industry_code": "C3484",
    "activity_code": "none",
    "forbidden": [{"control_kind": "ecological_redline"}, {"control_kind": "permanent_basic_farmland"}],
    "required": [{"control_kind": "urban_development_boundary", "zones": ["01"]}],
    "control_values": {"floor_area_ratio_max": {"at_least": 1.5}},
    "as_of": AS_OF,
}


class Parcels(Contestant):
    """Single parcels in the whole zone."""

    name = "duogui, parcels"
    uses_postgres = True
    further: ClassVar[dict[str, Any]] = {}

    def prepare(self) -> None:
        assert self.inputs.postgres is not None
        self.engine = service_engine(sample_database(self.inputs.postgres))
        self.request = SearchRequest.model_validate(_WANTED | self.further)
        self.search()

    def search(self) -> dict[str, Any]:
        """Ask once."""
        with read_session(self.engine) as session:
            return search_sites(session, self.request)

    def run(self) -> dict[str, Any]:
        self.took: list[float] = []
        found: dict[str, Any] = {}
        for _ in range(_TIMES):
            start = time.perf_counter()
            found = self.search()
            self.took.append(time.perf_counter() - start)
        self.found = found
        return found

    def facts(self) -> dict[str, float]:
        counted = {name: float(self.found[name]) for name in ("parcels_of_size", "candidates", "checked")}
        return {"median_ms": 1000 * float(np.median(self.took)), **counted}

    def answer(self, result: dict[str, Any]) -> pd.DataFrame:
        assert result["results"]
        return pd.DataFrame({"kind": ["results"], AREA: [len(result["results"])]})


class Groups(Parcels):
    """Also groups of up to three parcels that lie side by side."""

    name = "duogui, groups too"
    further: ClassVar[dict[str, Any]] = {"combine": True}


CASE = Case(
    key="site-search",
    title="Finding a site",
    note=f"The search of docs/site-search.md in the whole sample zone, {_TIMES} times over: parcels of 0.8 to 1.2 ha outside of red line and farmland, inside "
    "the development boundary, with a floor area ratio; the best candidates are checked by every rule. No other program answers this: only times are told.",
    layers=(),
    contestants=(Parcels, Groups),
    goals=(),
)
