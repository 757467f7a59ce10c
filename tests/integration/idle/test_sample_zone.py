"""The sample zone's contracts, scanned against its parcels: the planted cases, each at its place."""

import json
from collections import Counter
from datetime import date
from importlib import resources
from pathlib import Path

from sqlalchemy import Engine, text

from app.idle.service import import_table, scan
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file

FOLDER = Path(str(resources.files("sample_layers"))) / "data"


def test_the_planted_cases_are_found_at_their_parcels(fresh_engine: Engine):
    expected = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["idle"]
    as_of = date.fromisoformat(expected["as_of"])
    request = ImportRequest(
        path=FOLDER / "宗地.shp",
        to="parcels",
        kind="parcel",
        encoding="GBK",
        mapping={"parcel_code": "ZDDM"},
        valid_from=date(2026, 6, 1),
        publish=True,
    )
    import_file(fresh_engine, request, actor="test", today=as_of)
    report = import_table(fresh_engine, FOLDER / "出让合同.csv", "contracts", actor="test")
    assert (report["accepted"], report["errors"]) == (expected["contracts"], [])
    summary = scan(fresh_engine, as_of=as_of, actor="test")
    assert summary["cases"] == expected["count_by_kind"]
    with fresh_engine.connect() as connection:
        rows = connection.execute(
            text(
                "select contract_no, kind, gross_idle_days, net_idle_days, parcel_match, c.parcel_code, "
                "p.parcel_code as found, c.geom is not null as has_place "
                "from idle_case c left join parcel p on p.row_id = target_row_id"
            )
        ).all()
    planted = {case["contract_no"]: case for case in expected["cases"]}
    assert len(rows) == len(planted) > 40
    for row in rows:
        case = planted[row.contract_no]
        assert (row.kind, row.gross_idle_days, row.net_idle_days) == (
            case["kind"],
            case["gross_idle_days"],
            case["net_idle_days"],
        )
        assert row.has_place == (row.parcel_match == "one")
        assert (row.parcel_match == "none") == (not case["parcel_is_known"])
        assert row.found in {None, case["parcel_code"]}
    matches = Counter(row.parcel_match for row in rows)
    assert summary["parcel_matches"] == {name: matches[name] for name in ("one", "none", "many")}


def test_the_sample_enterprises_are_read_whole(fresh_engine: Engine):
    report = import_table(fresh_engine, FOLDER / "企业.xlsx", "enterprises", actor="test")
    assert report["accepted"] == report["read"] > 100
    assert report["unread_sheets"] == ["年度"]
