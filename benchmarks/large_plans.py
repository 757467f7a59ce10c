"""Plans ten times as large compared from PostGIS to stored patches: how time and memory grow. It takes long, and is run only when it is named."""

from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar, Final

import pandas as pd
from sqlalchemy import Engine, text

from app.db.engine import make_engine
from app.plans.service import compare
from benchmarks.contestants import AREA, Contestant, Inputs
from benchmarks.intake import DatabaseContestant, engine_url, service_engine
from benchmarks.model import Case, Goal
from benchmarks.plan_comparisons import CODES, LINES, require_patches_of_classes, store_version

__all__ = ["CASE"]

_TODAY: Final = date(2026, 6, 30)
_SLUGS: Final = (*CODES, *LINES)
_GB: Final = 1e9


class _Compared(DatabaseContestant):
    """Compares two plans with three hard lines. Another process stores them first, so that the memory is that of the comparison."""

    suffix: ClassVar[str]
    engine: Engine
    zones: int

    def prepare(self) -> None:
        conninfo = self.make_database()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            self.zones = pool.submit(_load, conninfo, self.inputs.folder, self.suffix).result()
        self.engine = make_engine(engine_url(conninfo))

    def run(self) -> dict[str, Any]:
        return compare(
            self.engine, plans=list(CODES), lines=list(LINES), as_of=_TODAY, actor="benchmark", everything=True
        )

    def answer(self, result: dict[str, Any]) -> pd.DataFrame:
        told = {item["class"]: item["area_m2"] for item in result["classes"]}
        assert abs(sum(told.values()) - result["compared_area"]["area_m2"]) < 1.0
        stored = "select conflict_class, sum(area_m2) from plan_patch group by 1"
        with self.engine.connect() as connection:
            found = {row[0]: row[1] for row in connection.execute(text(stored))}
        require_patches_of_classes(result, found)
        return pd.DataFrame({"class": list(found), AREA: list(found.values())})

    def facts(self) -> dict[str, float]:
        return {"zones": float(self.zones)}


def _load(conninfo: str, folder: Path, suffix: str) -> int:
    """Store the layers in a database with the schema of the service; return how many zones the plans have."""
    engine, inputs, zones = service_engine(conninfo), Inputs(folder), 0
    for slug in _SLUGS:
        frame = inputs.frame(f"{slug}{suffix}")
        store_version(engine, slug, frame)
        zones += len(frame) * (slug in CODES)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()
    return zones


class Tenfold(_Compared):
    """The larger city."""

    name = "a city ten times as large"
    suffix = "_tenfold"


class Whole(_Compared):
    """The city."""

    name = "the city"
    suffix = ""


CONTESTANTS: Final[tuple[type[Contestant], ...]] = (Whole, Tenfold)

CASE = Case(
    key="plan-comparison-growth",
    title="Two plans compared with three hard lines: growth with the number of zones",
    note="At scale 1 two plans of 20,000 zones each, and two of 200,000 on ten times the ground. Memory is that of the comparing process, its libraries included.",
    layers=tuple(f"{slug}{suffix}" for slug in _SLUGS for suffix in ("", "_tenfold")),
    contestants=CONTESTANTS,
    goals=(
        Goal(
            "plans compared: time per zone of 200,000 x 200,000 against 20,000 x 20,000",
            (Tenfold.name, Whole.name),
            lambda medians, ratio: (
                ratio(Tenfold.name, Whole.name)
                * medians[Whole.name].facts["zones"]
                / medians[Tenfold.name].facts["zones"]
            ),
            1.5,
            at_most=True,
        ),
        Goal(
            "plans compared: memory of the comparing process for 200,000 x 200,000 zones",
            (Tenfold.name,),
            lambda medians, _: medians[Tenfold.name].peak_bytes / _GB,
            2,
            at_most=True,
            unit="GB",
        ),
    ),
    on_request=True,
)
