"""A full scan for idle land: a million contracts, a million parcels, and the bare reading of both tables beside it."""

from datetime import date
from pathlib import Path
from typing import ClassVar, Final

import geopandas as gpd
import pandas as pd
import psycopg
import shapely
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from app.idle.service import import_table, scan
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from benchmarks.contestants import AREA, Contestant
from benchmarks.intake import service_engine
from benchmarks.model import Case, ratio_of

__all__ = ["CASE"]

COUNT: Final = 1_000_000
_AS_OF: Final = date(2026, 6, 30)
_DATABASE: Final = "idle_scans"
_CODE = "'430121' || lpad((100 + n / 99999)::text, 3, '0') || '001GB' || lpad((n % 99999 + 1)::text, 5, '0')"
# Seven in ten have a permit and started in time; of the others those agreed on before 2025-06-29 are idle on the day.
_CONTRACTS = f"""
insert into land_contract (delivery_id, source_row, contract_no, parcel_code, holder, price_yuan, terms)
select c.delivery_id, n + 3, 'C' || n, {_CODE}, c.holder, c.price_yuan,
       jsonb_set(c.terms, '{{contract}}', (c.terms->'contract') || jsonb_build_object(
           'contract_no', 'C' || n, 'parcel_code', {_CODE}, 'agreed_start_date', date '2025-01-01' + (n % 900)::int,
           'permit_date', case when n % 10 < 7 then '2020-03-01' end))
  from land_contract c, generate_series(0, {COUNT} - 1) n
"""
_PARCELS = f"""
insert into parcel (feature_id, layer_version_id, parcel_code, geom, area_ellipsoid_m2, area_planar_m2, recorded_by)
select 'P' || n, p.layer_version_id, {_CODE}, ST_Translate(p.geom, (n % 1000) * 0.001, (n / 1000) * 0.001),
       p.area_ellipsoid_m2, p.area_planar_m2, 'benchmark'
  from parcel p, generate_series(0, {COUNT} - 1) n
"""
_TABLE = (
    "合同编号,宗地代码,受让人,出让价款(元),签订日期,约定动工日期,施工许可日期,基础类型,节点完成量,节点总量,节点完成日期,应动工面积(平方米),"
    "已动工面积(平方米),总投资额(万元),已投资额(万元)\n"
    "C,430121100001GB99999,某公司,1000000,2019-01-01,2025-01-01,2020-03-01,桩基,40,40,2020-05-01,30000,20000,10000,5000\n"
)


class _OnTheTables(Contestant):
    """Has the tables made once for all runs, in the cluster of the benchmark."""

    uses_postgres = True

    def prepare(self) -> None:
        assert self.inputs.postgres is not None
        with psycopg.connect(self.inputs.postgres, autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", (_DATABASE,)).fetchone()
            if known is None:
                connection.execute(f"create database {_DATABASE}".encode())
        self.conninfo = make_conninfo(self.inputs.postgres, dbname=_DATABASE)
        if known is None:
            _make_tables(self.conninfo, self.inputs.folder)
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute("truncate idle_scan cascade")


def _make_tables(conninfo: str, folder: Path) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("create extension if not exists postgis")
    engine = service_engine(conninfo)
    parcel, contracts = folder / "idle-parcel.gpkg", folder / "idle-contract.csv"
    box = shapely.box(113, 28, 113.0009, 28.0009)
    gpd.GeoDataFrame({"parcel_code": ["430121100001GB99999"]}, geometry=[box], crs="EPSG:4490").to_file(parcel)
    request = ImportRequest(path=parcel, to="parcels", kind="parcel", publish=True, valid_from=date(2024, 1, 1))
    import_file(engine, request, actor="benchmark", today=_AS_OF)
    contracts.write_text(_TABLE, encoding="utf-8")
    import_table(engine, contracts, "contracts", actor="benchmark")
    with engine.begin() as connection:
        connection.execute(text(_PARCELS))
        connection.execute(text("delete from parcel where feature_id not like 'P%'"))
        connection.execute(text(_CONTRACTS))
        connection.execute(text("delete from land_contract where contract_no = 'C'"))
    engine.dispose()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("vacuum analyze")


class Scan(_OnTheTables):
    """Assesses every contract, finds its parcel, and stores the cases."""

    name = "duogui"

    def prepare(self) -> None:
        super().prepare()
        self.engine = service_engine(self.conninfo)

    def run(self) -> None:
        self.summary = scan(self.engine, as_of=_AS_OF, actor="benchmark")

    def answer(self, result: None) -> pd.DataFrame:
        assert result is None
        assert self.summary["contract_count"] == COUNT
        cases = self.summary["cases"]
        assert cases["idle_not_started"] > 0
        assert self.summary["parcel_matches"]["one"] == sum(cases.values())
        return pd.DataFrame({"kind": list(cases), AREA: list(cases.values())})


class SequentialRead(_OnTheTables):
    """Reads every row of both tables, and does nothing with them."""

    name = "bare sequential read"
    tables: ClassVar[tuple[str, ...]] = ("land_contract", "parcel")

    def run(self) -> None:
        self.rows = 0
        with psycopg.connect(self.conninfo) as connection:
            for table in self.tables:
                with connection.cursor(f"read_{table}", binary=True) as cursor:
                    cursor.itersize = 20_000
                    cursor.execute(f"select * from {table}".encode())
                    self.rows += sum(1 for _ in cursor)

    def answer(self, result: None) -> pd.DataFrame:
        assert result is None
        assert self.rows == COUNT * len(self.tables)
        return pd.DataFrame({"kind": ["rows"], AREA: [self.rows]})


CASE = Case(
    key="idle_scan",
    title="Full scan for idle land",
    note=f"{COUNT:,} contracts and {COUNT:,} parcels in PostGIS; the scan assesses every contract, finds its parcel and stores the cases with their "
    "geometry. The bare read fetches every row of both tables. They answer different questions: only times are compared.",
    layers=("red_line",),
    contestants=(Scan, SequentialRead),
    oracle=None,
    goals=(ratio_of("full scan for idle land: against reading its tables", Scan.name, SequentialRead.name, 10),),
)
