"""A stored comparison opened again: its cells with what every plan says of them, without reading a geometry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from app.code_tables.local_tables import said_by
from app.db.models import Layer, LayerVersion, PlanComparison
from app.plans.errors import PlansNotComparableError
from app.plans.inputs import VersionedLayer
from app.plans.reading import read_area_zones, read_coverage
from app.plans.standing import hard_lines
from app.plans.states import ComparisonState, load_state
from gis.partition import Partition
from gis.plans.comparison import PlanCodes, compare_plans
from gis.plans.comparison import PlanComparison as ComparedCells


@dataclass(frozen=True, slots=True)
class OpenComparison:
    """A comparison with its state, its plans, and what is said of its cells."""

    row: PlanComparison
    state: ComparisonState
    plans: tuple[VersionedLayer, ...]
    codes: tuple[PlanCodes, ...]
    cells: ComparedCells

    @property
    def codes_by_plan(self) -> dict[str, PlanCodes]:
        """The codes of each plan by its slug."""
        return {plan.layer.slug: said for plan, said in zip(self.plans, self.codes, strict=True)}


def open_comparison(session: Session, row: PlanComparison) -> OpenComparison:
    """Open a comparison.

    Raises
    ------
    PlansNotComparableError
        Its cells are not stored: it is not the latest of its plans, or was made by an older version.
    """
    state = load_state(session, row.id)
    if state is None:
        raise PlansNotComparableError.no_cells(row.id, row.plan_set)
    plans, lines = (
        tuple(
            VersionedLayer(
                session.get_one(Layer, each["layer_id"]), session.get_one(LayerVersion, each["layer_version_id"])
            )
            for each in side
        )
        for side in (row.plans, row.lines)
    )
    local = said_by(row.summary.get("local_code_tables", []))
    codes = tuple(said.with_tables(local) for said in state.said)
    zones = read_line_zones(session, lines, state.partition)
    coverages = [read_coverage(session, line.version) for line in lines]
    cells = compare_plans(
        state.partition,
        {plan.layer.slug: said for plan, said in zip(plans, codes, strict=True)},
        lines=hard_lines(
            [(line.layer, each, known) for line, each, known in zip(lines, zones, coverages, strict=True)]
        ),
    )
    return OpenComparison(row, state, plans, codes, cells)


def read_line_zones(session: Session, lines: Sequence[VersionedLayer], partition: Partition) -> list[list[str | None]]:
    """Read the zone of each area of each line, in the order of a partition; a line that it does not have, has none."""
    ids = {layer.name: layer.ids for layer in partition.layers}
    return [_in_order(ids.get(line.layer.slug), read_area_zones(session, line.version)) for line in lines]


def _in_order(ids: npt.NDArray[np.object_] | None, zones: Mapping[str, str | None]) -> list[str | None]:
    return [] if ids is None else [zones.get(one) for one in ids.tolist()]
