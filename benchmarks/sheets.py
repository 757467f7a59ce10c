"""Planning-basis sheets: one after the other as PDF, and five hundred as one job."""

import time
import zipfile
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd
from sqlalchemy import text

from app.db.sessions import write_session
from app.extracts.archive import write_archive
from app.extracts.pdf import render_pdf
from app.extracts.service import issue_sheet
from app.extracts.signing import Signer
from app.jobs.kinds import JobRun
from benchmarks.contestants import AREA, Contestant
from benchmarks.intake import service_engine
from benchmarks.model import Case, Goal
from benchmarks.sample_zone import AS_OF, sample_database

__all__ = ["CASE"]

_ONE_BY_ONE, _MANY = 24, 500
#: Parcels whose code is that of no other and of which no sheet was issued: a sheet that was issued before is only looked up.
_CODES: Final = text(
    """
    select p.parcel_code from parcel p join layer_version v on v.id = p.layer_version_id
     where v.status = 'in_force' and p.superseded_at is null
       and not exists (select from planning_sheet s where s.parcel_code = p.parcel_code)
     group by p.parcel_code having count(*) = 1 order by md5(p.parcel_code) limit :count
    """
)


class _OfSample(Contestant):
    """Issues sheets of parcels of the sample zone."""

    uses_postgres = True
    count: ClassVar[int]

    def prepare(self) -> None:
        assert self.inputs.postgres is not None
        self.engine = service_engine(sample_database(self.inputs.postgres))
        self.signer = Signer.of(self.inputs.folder)
        with self.engine.connect() as connection:
            codes: list[str] = list(connection.scalars(_CODES, {"count": self.count + 1}))
        assert len(codes) == self.count + 1
        self.codes = codes[1:]
        self.issue(codes[0])

    def issue(self, code: str) -> bytes:
        """Issue a sheet and return its PDF."""
        with write_session(self.engine, actor="benchmark") as session:
            sheet = issue_sheet(session, code, signer=self.signer, base_url="", as_of=AS_OF)
            return render_pdf(session, sheet, "zh")


class OneByOne(_OfSample):
    """Looked up, checked, signed, stored, drawn and laid out, one after the other."""

    name = "duogui, one by one"
    count = _ONE_BY_ONE

    def run(self) -> list[bytes]:
        self.took: list[float] = []
        sheets = []
        for code in self.codes:
            start = time.perf_counter()
            sheets.append(self.issue(code))
            self.took.append(time.perf_counter() - start)
        return sheets

    def facts(self) -> dict[str, float]:
        return {"median_ms": 1000 * float(np.median(self.took)), "slowest_ms": 1000 * max(self.took)}

    def answer(self, result: list[bytes]) -> pd.DataFrame:
        assert all(sheet.startswith(b"%PDF") for sheet in result)
        return pd.DataFrame({"kind": ["sheets"], AREA: [len(result)]})


class Archive(_OfSample):
    """The work of the job: each sheet in a transaction of its own, into a ZIP archive with its list."""

    name = "duogui, 500 in a ZIP archive"
    count = _MANY

    def run(self) -> dict[str, Any]:
        inputs = {
            "codes": self.codes,
            "layer": None,
            "lang": "zh",
            "as_of": AS_OF.isoformat(),
            "base_url": "",
        }
        job = JobRun(self.engine, inputs, "benchmark", progress=lambda _done, _total: None, cancelled=lambda: False)
        self.path = self.inputs.folder / "sheets.zip"
        return write_archive(job, self.path, self.signer)

    def answer(self, result: dict[str, Any]) -> pd.DataFrame:
        assert result["issued"] == self.count, result["problems"][:3]
        with zipfile.ZipFile(self.path) as archive:
            sheets = [name for name in archive.namelist() if name.endswith(".pdf")]
        self.path.unlink()
        return pd.DataFrame({"kind": ["sheets"], AREA: [len(sheets)]})


CASE = Case(
    key="sheets",
    title="Planning-basis sheets",
    note="Of parcels of the sample zone, in Chinese, none of them issued before: looked up, checked against every layer and plan, signed, stored, its map "
    f"drawn and laid out as PDF. {_ONE_BY_ONE} one after the other, and {_MANY} as the job makes them. They answer different questions: only times are told.",
    layers=(),
    contestants=(OneByOne, Archive),
    goals=(
        Goal(
            f"A planning-basis sheet as PDF: the slowest of {_ONE_BY_ONE}",
            (OneByOne.name,),
            lambda medians, _: medians[OneByOne.name].facts["slowest_ms"] / 1000,
            1,
            at_most=True,
            unit="s",
        ),
    ),
)
