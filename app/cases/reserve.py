"""Recovered land in the reserve (政府储备): how ready it is, and whether it is clean land."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.cases.ledger import read_ledger
from gis.disposal import MOVE, ReuseKind
from gis.disposal.moves import Reuse


@dataclass(frozen=True, slots=True)
class ReserveParcel:
    """Land of a case that went to the reserve.

    ``connections`` counts the seven connections and the levelled ground that are there, of eight; ``is_supply_ready`` asks for
    water, power, road and level ground, ``is_clean_land`` for the five conditions of Order 53 art. 21; None where it is not known.
    """

    case_id: int
    contract_no: str
    parcel_code: str | None
    area_m2: Decimal | None
    reserved_on: date
    connections: int
    is_supply_ready: bool | None
    is_clean_land: bool | None
    missing_for_clean_land: tuple[str, ...]


def list_reserve(session: Session) -> Iterator[ReserveParcel]:
    """List the recovered land that went to the reserve, in the order of the cases."""
    for case in read_ledger(session):
        row = case.last("reuse")
        if row is None:
            continue
        move = MOVE.validate_python(row.move)
        if isinstance(move, Reuse) and move.use is ReuseKind.RESERVE:
            yield ReserveParcel(
                case_id=case.row.row_id,
                contract_no=case.row.contract_no,
                parcel_code=case.row.parcel_code,
                area_m2=case.state.facts.area_m2,
                reserved_on=move.on,
                connections=move.readiness.count,
                is_supply_ready=move.readiness.is_supply_ready,
                is_clean_land=move.clean_land.is_clean,
                missing_for_clean_land=move.clean_land.missing,
            )
