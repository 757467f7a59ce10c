"""What a comparison depends on: found first, without any geometry, so that what was compared already is not read again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import shapely
from sqlalchemy.orm import Session

from app.checks.service import engine_version
from app.code_tables.local_tables import current_tables, describe_table, said_by
from app.db.models import Layer, LayerVersion, PlanComparison
from app.db.parameters import read_parameters
from app.layers.repository import require_layer
from app.plans import repository
from app.plans.errors import PlansNotComparableError
from app.plans.reading import line_version, plan_version, read_table_names
from app.plans.summarising import EXAMPLES_KEPT, unknown_codes
from gis.landuse.local_codes import LocalCodes
from gis.plans.comparison import PlanCodes
from gis.rules import NATIONAL, ParameterSet
from gis.rules.parameters import ParameterRow
from gis.rules.sentences import display_rows

# Stands for how patches are made, and how what an update starts from is stored. A comparison made in another way is not the same, and nothing starts from it.
METHOD: Final = 4
LEAST_PLANS: Final = 2
# Of the legal numbers, those that a comparison uses.
_USED = frozenset({"sliver", "display"})


@dataclass(frozen=True, slots=True)
class VersionedLayer:
    """A layer with the version of it that is compared."""

    layer: Layer
    version: LayerVersion

    def as_json(self) -> dict[str, int]:
        """Return what is stored of it."""
        return {
            "layer_id": self.layer.id,
            "layer_version_id": self.version.id,
            "edit_count": self.version.edit_count,
        }


@dataclass(frozen=True, slots=True)
class ComparisonInputs:
    """Everything that a comparison depends on; ``digest`` names it. ``local_tables`` are the code tables beside the standards that its plans use."""

    plans: tuple[VersionedLayer, ...]
    lines: tuple[VersionedLayer, ...]
    parameters: ParameterSet
    as_of: date
    digest: str
    local_tables: tuple[dict[str, Any], ...] = ()

    @property
    def plan_set(self) -> str:
        """Name the plans, whatever their order."""
        return "+".join(sorted(plan.layer.slug for plan in self.plans))

    @property
    def local_codes(self) -> LocalCodes:
        """What the local code tables say."""
        return said_by(self.local_tables)

    @property
    def parameter_rows(self) -> list[str]:
        """The legal numbers that are used, as they are stored with the result."""
        return sorted(f"{row.row_id}={row.value}" for row in _used(self.parameters))

    @property
    def tolerance_m(self) -> float:
        """How far two borders may lie apart and be the same."""
        return float(self.parameters.row("topology.tolerance_m", as_of=self.as_of).value)

    @property
    def places(self) -> tuple[ParameterRow, ...]:
        """The decimal places of what people read."""
        return display_rows(self.parameters, as_of=self.as_of, region=NATIONAL)


def find_inputs(
    session: Session,
    plans: Sequence[str],
    lines: Sequence[str] | None,
    day: date,
    *,
    instead: Mapping[int, LayerVersion] | None = None,
) -> ComparisonInputs:
    """Find the versions of the layers that a comparison is of.

    Parameters
    ----------
    instead : mapping of int to LayerVersion, optional
        By the id of a layer, a version to take in the place of the one that holds.

    Raises
    ------
    LayerNotFoundError, PlansNotComparableError
    """
    named = list(dict.fromkeys(plans))
    if len(named) < LEAST_PLANS:
        raise PlansNotComparableError.too_few(named)
    replaced = instead or {}
    of_lines = (
        repository.line_layers(session, day)
        if lines is None
        else [require_layer(session, slug) for slug in dict.fromkeys(lines)]
    )
    compared = [
        VersionedLayer(layer, replaced.get(layer.id) or plan_version(session, layer, day))
        for layer in (require_layer(session, slug) for slug in named)
    ]
    drawn = [VersionedLayer(layer, replaced.get(layer.id) or line_version(session, layer, day)) for layer in of_lines]
    return _inputs_of(session, compared, drawn, day)


def as_seen_by(session: Session, inputs: ComparisonInputs) -> ComparisonInputs:
    """Return the same versions as a session sees them: features of one may have been edited since they were found."""

    def seen(side: Sequence[VersionedLayer]) -> list[VersionedLayer]:
        return [
            VersionedLayer(session.get_one(Layer, each.layer.id), session.get_one(LayerVersion, each.version.id))
            for each in side
        ]

    return _inputs_of(session, seen(inputs.plans), seen(inputs.lines), inputs.as_of)


def _inputs_of(
    session: Session, compared: Sequence[VersionedLayer], drawn: Sequence[VersionedLayer], day: date
) -> ComparisonInputs:
    parameters = read_parameters(session)
    tables = _tables_in_use(session, compared)
    facts: dict[str, Any] = {
        "method": METHOD,
        "as_of": day.isoformat(),
        # Features of a version in force are edited in place.
        "plans": [[plan.version.id, plan.version.edit_count] for plan in compared],
        "lines": [[line.version.id, line.version.edit_count, line.version.coverage_revision] for line in drawn],
        "parameters": sorted(row.model_dump_json() for row in _used(parameters)),
        "engine": engine_version(),
    }
    if tables:
        facts["local_code_tables"] = [[table["code_version"], table["sha256"]] for table in tables]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return ComparisonInputs(tuple(compared), tuple(drawn), parameters, day, digest, tables)


def _tables_in_use(session: Session, plans: Sequence[VersionedLayer]) -> tuple[dict[str, Any], ...]:
    """Return the local code tables that zones of some plans name."""
    local = current_tables(session)
    if not local:
        return ()
    named = {name for plan in plans for name in read_table_names(session, plan.layer, plan.version)}
    return tuple(describe_table(table) for table in local if table.name in named)


def compared_slugs(session: Session, side: Sequence[Mapping[str, int]]) -> list[str]:
    """Return the slugs of the plans or the lines of a stored comparison, in its order."""
    return [session.get_one(Layer, each["layer_id"]).slug for each in side]


def inputs_now(
    session: Session, row: PlanComparison, *, instead: Mapping[int, LayerVersion] | None = None
) -> ComparisonInputs:
    """Find what a stored comparison would be of if it were made now, for the same day; as :func:`find_inputs`."""
    plans, lines = (compared_slugs(session, side) for side in (row.plans, row.lines))
    return find_inputs(session, plans, lines, row.as_of, instead=instead)


def is_up_to_date(session: Session, row: PlanComparison) -> bool:
    """Tell whether a stored comparison is of what holds now for its day."""
    return inputs_now(session, row).digest == row.input_digest


def describe_inputs(
    inputs: ComparisonInputs,
    codes: Sequence[PlanCodes],
    counts: Sequence[int],
    line_counts: Sequence[int],
    coverages: Sequence[shapely.Geometry | None],
) -> dict[str, Any]:
    """Return the part of the summary that says what was compared.

    Parameters
    ----------
    codes, counts : sequence
        The codes of each plan, and how many zones it has.
    line_counts, coverages : sequence
        How many areas each line has, and where it says that it is known.
    """
    unknown = [unknown_codes(plan.layer.slug, said) for plan, said in zip(inputs.plans, codes, strict=True)]
    listed = [row for rows in unknown for row in rows[:EXAMPLES_KEPT]]
    return {
        "method": METHOD,
        "as_of": inputs.as_of.isoformat(),
        "plan_set": inputs.plan_set,
        "plans": [_version(plan) | {"zones": count} for plan, count in zip(inputs.plans, counts, strict=True)],
        "line_layers": [
            _version(line) | {"areas": count, "coverage_stated": coverage is not None}
            for line, count, coverage in zip(inputs.lines, line_counts, coverages, strict=True)
        ],
        "local_code_tables": list(inputs.local_tables),
        "unknown_codes": listed,
        "unknown_codes_left_off": sum(map(len, unknown)) - len(listed),
    }


def _version(data: VersionedLayer) -> dict[str, Any]:
    return {
        "layer": data.layer.slug,
        "title_zh": data.layer.title_zh,
        "title_en": data.layer.title_en,
        "version": data.version.number,
        "approval_no": data.version.approval_no,
    }


def _used(parameters: ParameterSet) -> list[ParameterRow]:
    return [row for row in parameters if row.key.split(".")[0] in _USED]
