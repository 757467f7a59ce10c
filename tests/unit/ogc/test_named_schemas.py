"""Properties that hold one of a few values name just those that the engine has and the database takes."""

import re

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import CheckConstraint

from app.checks.findings import Relation
from app.collections.kinds import FINDING, SCHEMAS
from app.collections.land_kinds import IDLE_CASE, LAND_FINDING
from app.collections.schema import FeatureSchema
from app.ogc.named_schemas import named_schemas
from gis.certainty import Certainty
from gis.idle import IdleKind
from gis.rules import Verdict
from gis.slivers import OverlapClass
from gis.supervision import Topic


def values(schema: FeatureSchema, name: str) -> set[str]:
    declared = schema.property(name)
    assert declared is not None
    return set(declared.values)


def test_values_are_words_of_the_engine() -> None:
    assert values(FINDING, "verdict") == set(Verdict)
    assert values(FINDING, "relation") == set(Relation)
    assert values(FINDING, "certainty") == set(Certainty) - {Certainty.CERTAIN_CLEAR}
    assert values(FINDING, "overlap_class") == set(OverlapClass) - {OverlapClass.ARTEFACT}
    assert values(IDLE_CASE, "kind") == set(IdleKind) - {IdleKind.NOT_IDLE}
    assert values(LAND_FINDING, "topic") == set(Topic)


@pytest.mark.parametrize("schema", [FINDING, IDLE_CASE])
def test_values_are_those_that_the_database_takes(schema: FeatureSchema) -> None:
    table = schema.model.__table__
    rules = [str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint)]
    for declared in schema.properties:
        if declared.values:
            (rule,) = [one for one in rules if one.startswith(f"{declared.name} in ")]
            assert set(re.findall(r"'(\w+)'", rule)) == set(declared.values)


def test_what_may_be_left_out_or_null_is_said() -> None:
    schemas = named_schemas()
    parcel = schemas["ParcelProperties"]
    assert "holder" not in parcel["required"]
    assert parcel["properties"]["area_ellipsoid_m2"]["type"] == "number"
    assert parcel["properties"]["land_use_code"]["type"] == ["string", "null"]
    assert None in schemas["FindingProperties"]["properties"]["certainty"]["enum"]
    assert None not in schemas["FindingProperties"]["properties"]["verdict"]["enum"]


def test_every_kind_has_a_schema_that_is_one() -> None:
    schemas = named_schemas()
    assert len([name for name in schemas if name.endswith("Properties")]) == len(SCHEMAS)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
