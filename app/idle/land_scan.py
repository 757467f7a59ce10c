"""Scan land after its approval, topic by topic, and evaluate firms by the mu."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.clock import today
from app.db.models import LandScan
from app.db.parameters import read_parameters
from app.db.sessions import ReadSession, WriteSession, read_session, write_session
from app.idle import delivered, land_repository
from app.idle.errors import NoEvaluationError, NotInEvaluationError, UnknownChoiceError
from app.idle.land_repository import LandLayers
from app.idle.land_topics import TOPICS, TopicInputs
from app.idle.parcel_layers import choose_parcel_layer
from app.layers.repository import find_layer, version_in_force
from gis.formats.firm_years import make_firm_year
from gis.measurement import round_half_up
from gis.performance import Evaluation, Scale, class_d_list, evaluate, load_schemes, load_tier_policies
from gis.rules import load_catalog
from gis.supervision import LandFinding, Topic


def scan_land(
    engine: Engine,
    *,
    topics: Sequence[str] | None = None,
    as_of: date | None = None,
    target: str | None = None,
    actor: str,
) -> dict[str, Any]:
    """Scan some topics as of a day; each becomes the current scan of its topic.

    Parameters
    ----------
    topics : sequence of str, optional
        All when left out. They are scanned in a fixed order.
    as_of : date, optional
        Today when left out.
    target : str, optional
        Layer of parcels in which the land of the findings is looked up by its codes (:func:`app.idle.parcel_layers.choose_parcel_layer`). That of an approval or a temporary use
        without parcels is the feature of its number in the reference layer of the table's name.
    actor : str

    Returns
    -------
    dict
        Per topic the number of findings by kind.

    Raises
    ------
    UnknownChoiceError
    LayerNotFoundError, NotParcelsError, ParcelLayerUnsaidError
    ParameterNotInForceError
    """
    unknown = sorted(set(topics or ()) - set(TOPICS))
    if unknown:
        raise UnknownChoiceError("topic", unknown[0], [topic.value for topic in TOPICS])
    day = as_of or today()
    summaries = {}
    for topic, assess in TOPICS.items():
        if topics and topic not in topics:
            continue
        with read_session(engine) as session:
            findings = assess(TopicInputs(session, day, read_parameters(session)))
            layers = _layers(session, topic, day, choose_parcel_layer(session, target))
        summaries[topic.value] = _store(engine, topic, "", day, findings, layers, actor)
    return {"as_of": day.isoformat(), "topics": summaries}


def evaluate_firms(
    engine: Engine,
    *,
    year: int,
    scheme: str,
    policy: str,
    scheme_files: Sequence[Path] = (),
    policy_files: Sequence[Path] = (),
    actor: str,
) -> dict[str, Any]:
    """Evaluate the firms of a year by the mu; the evaluation becomes the current one of its year.

    Parameters
    ----------
    year : int
    scheme : str
        Id of a scoring scheme.
    policy : str
        Id of the rules of classes.
    scheme_files, policy_files : sequence of Path, optional
        A bureau's own schemes and rules.
    actor : str

    Returns
    -------
    dict
        Number of firms by class, and those that were not graded by reason.

    Raises
    ------
    UnknownChoiceError, SchemeRefusedError, ParcelLayerUnsaidError
    """
    schemes, policies = load_schemes(*scheme_files), load_tier_policies(*policy_files)
    if scheme not in schemes:
        raise UnknownChoiceError("scheme", scheme, schemes)
    if policy not in policies:
        raise UnknownChoiceError("policy", policy, policies)
    with read_session(engine) as session:
        records = {record.credit_code: record for record in delivered.read_enterprises(session)}
        firms = [
            make_firm_year(records.get(each.credit_code), each)
            for each in delivered.read_facts(session, delivered.FIRM_YEARS)
            if each.year == year
        ]
        day = date(year, 12, 31)
        layers = _layers(session, Topic.PER_MU, day, choose_parcel_layer(session, None))
    found = evaluate(firms, year=year, scheme=schemes[scheme], policy=policies[policy])
    article = " ".join((schemes[scheme].citation, policies[policy].citation))
    findings = [_evaluation_finding(each, article, scheme, policy) for each in found]
    summary = _store(engine, Topic.PER_MU, str(year), day, findings, layers, actor)
    tiers = Counter(str(each.tier) for each in found if each.tier is not None)
    return {"year": year, "scheme": scheme, "policy": policy, "tiers": dict(sorted(tiers.items())), **summary}


def list_class_d(engine: Engine, *, year: int) -> list[str]:
    """List the firms that were class D for as many years as the law asks, up to a year."""
    with read_session(engine) as session:
        years = read_parameters(session).row("low_efficiency.class_d_years", as_of=date(year, 12, 31)).integer
        return list(class_d_list(land_repository.read_class_years(session), year=year, years=years))


def mark_appeal(session: WriteSession, *, year: int, credit_code: str, is_open: bool) -> None:
    """Mark the class of a firm as under appeal, or as settled.

    Raises
    ------
    NoEvaluationError, NotInEvaluationError
    """
    scan = land_repository.find_current(session, Topic.PER_MU, str(year))
    if scan is None:
        raise NoEvaluationError(year)
    if not land_repository.set_appeal(session, scan.id, credit_code, is_open=is_open):
        raise NotInEvaluationError(year, credit_code)


def _store(
    engine: Engine,
    topic: Topic,
    period: str,
    as_of: date,
    findings: Iterable[LandFinding],
    layers: LandLayers,
    actor: str,
) -> dict[str, Any]:
    """Store a scan unless the current one says the same."""
    listed = list({finding.subject: finding for finding in findings}.values())
    digest = _digest(as_of, listed, layers)
    summary = {"findings": len(listed), "kinds": dict(sorted(Counter(str(each.kind) for each in listed).items()))}
    with write_session(engine, actor=actor) as session:
        known = land_repository.find_current(session, topic, period)
        if known is not None and known.input_digest == digest:
            return summary | {"land_scan_id": known.id, "is_new": False}
        scan = LandScan(
            topic=topic.value,
            period=period,
            as_of=as_of,
            input_digest=digest,
            catalog_version=load_catalog().version,
            summary=summary,
            is_current=True,
            started_by=actor,
        )
        land_repository.store_scan(session, scan, listed, layers)
        return summary | {"land_scan_id": scan.id, "is_new": True}


def _layers(session: ReadSession, topic: Topic, day: date, target: str) -> LandLayers:
    """Find the layers that are in force on a day and have the land of a topic."""
    layers = {slug: find_layer(session, slug) for slug in (target, _APPROVAL_LAYERS.get(topic)) if slug is not None}
    in_force = {
        slug: version_in_force(session, layer.id, as_of=day) for slug, layer in layers.items() if layer is not None
    }
    return LandLayers(in_force.get(target), in_force.get(_APPROVAL_LAYERS.get(topic, "")))


def _digest(as_of: date, findings: Sequence[LandFinding], layers: LandLayers) -> str:
    """Name a scan by what it says, by the numbers of the law that it used, and by the layers that have its land."""
    said = [
        [each.subject, each.kind, each.reason_zh, sorted(row.model_dump_json() for row in each.parameter_rows)]
        for each in findings
    ]
    return hashlib.sha256(
        json.dumps([as_of.isoformat(), said, layers.facts()], ensure_ascii=False).encode()
    ).hexdigest()


def _evaluation_finding(found: Evaluation, article: str, scheme: str, policy: str) -> LandFinding:
    score = None if found.score is None else round_half_up(found.score, 2)
    tier = "" if found.tier is None else found.tier.value
    zh = f"{found.firm.year} 年度{_STATUS[found.status][0]}"
    en = f"{found.firm.year}: {_STATUS[found.status][1]}"
    if score is not None:
        zh += f"，得分 {score}，{'' if found.scale is None else _SCALE_ZH[found.scale]}第 {found.rank}/{found.ranked} 名，{tier} 类"
        en += f", {score} points, place {found.rank} of {found.ranked}, class {tier}"
    elif tier:
        zh, en = f"{zh}，视同 {tier} 类", f"{en}, treated as class {tier}"
    return LandFinding(
        topic=Topic.PER_MU,
        subject=found.firm.credit_code,
        kind=found.status,
        reason_zh=f"{zh}。依据{article}。",
        reason_en=f"{en}; basis: {article}.",
        article=article,
        parcel_codes=found.firm.parcel_codes,
        measures={
            "name": found.firm.name,
            "tier": tier,
            "score": score,
            "rank": found.rank,
            "ranked": found.ranked,
            "unit": found.unit_code,
            "unit_size": found.unit_size,
            "changed_by": found.changed_by,
            "scheme": scheme,
            "policy": policy,
            **{indicator.value: str(round_half_up(points, 4)) for indicator, points in found.points.items()},
        },
        missing=found.missing,
    )


#: Reference layers whose features carry the number of an approval as their code.
_APPROVAL_LAYERS = {Topic.UNSUPPLIED: delivered.APPROVALS, Topic.TEMPORARY_USE: delivered.TEMPORARY_USES}
_SCALE_ZH = {Scale.ABOVE: "规上", Scale.BELOW: "规下"}
_STATUS = {
    "graded": ("亩均效益评价", "evaluated"),
    "exempt": ("暂不评价", "not graded"),
    "below_land": ("用地不足，不参评", "too little land to be evaluated"),
    "insufficient_data": ("数据不足，未评价", "insufficient data"),
}
