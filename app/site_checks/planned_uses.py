"""What the plans in force say of the use that parcels have: the site check's rule of the planned use, for many parcels at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.models import LayerKind, LayerVersion
from app.layers.repository import versions_in_force
from app.site_checks import nearby
from app.site_checks.answering import Ground, read_ground, read_plans_near
from app.site_checks.asking import Asked, Relation, rules_in_force
from app.site_checks.computing import CHUNK
from app.site_checks.layer_check import LayerAnswer
from app.site_checks.project_check import check_plan, code_version
from app.site_checks.questions import Question
from app.site_checks.service import sites_of_parcels
from app.site_checks.sites import Sites
from gis.landuse.codes import CodeVersion, lookup
from gis.rules import LayerStatus, Verdict

__all__ = ["find_plan_mismatches"]

# A code that several parcels carry, or whose parcel says no use, cannot be asked about.
_REGISTERED_USES: Final = text(
    """
    select parcel_code, min(land_use_code) as use_code, min(code_version) as code_version
      from parcel
     where parcel_code = any(:codes) and layer_version_id = any(:versions) and superseded_at is null
     group by parcel_code
    having count(*) = 1 and min(land_use_code) is not null
    """
)


def find_plan_mismatches(session: Session, codes: Sequence[str], *, as_of: date) -> dict[str, bool]:
    """Find out whether the plans in force on a day have another use for parcels than the one they are registered with.

    Parameters
    ----------
    session : Session
    codes : sequence of str
        Parcel codes.
    as_of : date

    Returns
    -------
    dict of str to bool
        By parcel code. A parcel is left out, as nobody can tell, where its code names none or several, its use is not known or cannot be compared,
        or a plan does not cover it; and all are where no plan is in force.
    """
    in_force = versions_in_force(session, as_of=as_of, known_at=datetime.now(UTC))
    if in_force.keys().isdisjoint(layer.id for layer in nearby.layers_of_kind(session, LayerKind.PLAN)):
        return {}
    answers: dict[str, bool] = {}
    for (use, version), members in _by_use(session, codes, in_force).items():
        question = Question(use_code=use, use_code_version=version, as_of=as_of)
        ground = read_ground(session, question, as_of, datetime.now(UTC))
        for start in range(0, len(members), CHUNK):
            sites = sites_of_parcels(session, members[start : start + CHUNK], question)
            answers |= _judge(session, ground, sites, question)
    return answers


def _by_use(
    session: Session, codes: Sequence[str], in_force: Mapping[int, LayerVersion]
) -> Mapping[tuple[str, CodeVersion], list[str]]:
    parcels = [layer.id for layer in nearby.layers_of_kind(session, LayerKind.PARCEL)]
    versions = [in_force[layer].id for layer in parcels if layer in in_force]
    groups: defaultdict[tuple[str, CodeVersion], list[str]] = defaultdict(list)
    for row in session.execute(_REGISTERED_USES, {"codes": sorted(set(codes)), "versions": versions}):
        version = code_version(row.code_version)
        if version is not None and lookup(row.use_code, version) is not None:
            groups[row.use_code, version].append(row.parcel_code)
    return groups


def _judge(session: Session, ground: Ground, sites: Sites, question: Question) -> dict[str, bool]:
    answers = {}
    for region, of_region in sites.by_region():
        rules = rules_in_force(ground.book.catalog, ground.as_of, region)
        asked = Asked(
            of_region.places(), sites.source, question.facts(), rules, ground.parameters, ground.as_of, region
        )
        in_force = [plan for plan in read_plans_near(session, ground, asked) if plan.data is not None]
        by_plan = [check_plan(asked, plan).by_site for plan in in_force]
        for head in of_region.heads:
            # A plan that does not reach the parcel, as that of another town, says nothing of it.
            there = [
                of_plan[head.number]
                for of_plan in by_plan
                if of_plan[head.number].status is not LayerStatus.NOT_COVERED
            ]
            said = [_differs(answer) for answer in there]
            if said and (any(said) or None not in said):
                answers[str(head.parcel_code)] = any(said)
    return answers


def _differs(answer: LayerAnswer) -> bool | None:
    """Whether one plan has another use for some real part of a site; None where it does not say for all of it."""
    verdicts = {finding.judgement.verdict for finding in answer.findings}
    if Verdict.DENY in verdicts:
        return True
    is_whole = all(finding.relation is Relation.PLAN_ZONE for finding in answer.findings)
    return False if is_whole and verdicts <= {Verdict.PASS, Verdict.WARN} and verdicts else None
