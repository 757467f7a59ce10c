"""One pass over the batches of a delivery."""

from datetime import date

import numpy as np
import pyproj
import shapely

from gis.formats.reading import FeatureBatch
from gis.layer_contracts import load_contract
from gis.validation.validator import DeliveryValidator

CODES = ["430121001001GB00001", "430121001001GB00002", "430121001001GB00001", " 430121001001GB00002", None, None]


def batches() -> list[FeatureBatch]:
    made = []
    # The second pair lies where the first one does; the third feature repeats the first as a whole.
    for first in range(0, len(CODES), 2):
        squares = [shapely.box(113 + at * 0.002, 28, 113.001 + at * 0.002, 28.001) for at in (0, first // 2 + 1)]
        geometries = np.array(squares, dtype=object)
        attributes = [{"ZDDM": code} for code in CODES[first : first + 2]]
        made.append(FeatureBatch(first + 1, shapely.to_wkb(geometries), geometries, attributes))
    return made


def validate(*, expecting: bool) -> tuple[DeliveryValidator, list[tuple[str, int | None, str | None]]]:
    contract = load_contract("parcel")
    validator = DeliveryValidator(
        contract, {"parcel_code": "ZDDM"}, pyproj.CRS.from_epsg(4490), today=date(2026, 6, 30)
    )
    if expecting:
        validator.expect({"ZDDM": CODES})
    found = []
    for batch in batches():
        found += validator.examine(batch, validator.settle(batch))
    found += validator.finish()
    return validator, [(fault.kind, fault.source_row, fault.expected) for fault in found]


def test_knowing_the_delivery_as_a_whole_changes_no_fault_and_no_count():
    plain, faults = validate(expecting=False)
    knowing, same_faults = validate(expecting=True)
    assert same_faults == faults
    assert knowing.report.as_json() == plain.report.as_json()
    assert ("duplicate", 3, "1") in faults
    assert ("key_duplicate", 4, "2") in faults


def test_of_names_that_are_known_to_be_unique_nothing_is_remembered():
    contract = load_contract("parcel")
    validator = DeliveryValidator(
        contract, {"parcel_code": "ZDDM"}, pyproj.CRS.from_epsg(4490), today=date(2026, 6, 30)
    )
    batch = batches()[0]
    validator.expect({"ZDDM": CODES[:2]})
    validator.examine(batch, validator.settle(batch))
    assert (validator.settler.seen, validator._examiner.keys.first_rows) == ({}, {})
