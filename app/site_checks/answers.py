"""The answer as JSON: one rounding, at output; what is assumed is said; what is not known is listed by itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from app.checks.controls import ControlLayer, column
from app.checks.repository import for_storage
from app.figures import PLACES_DEGREES, PLACES_M, PLACES_M2, PLACES_SHARE, area, share
from app.site_checks.asking import SiteFinding
from app.site_checks.layer_check import LayerAnswer
from app.site_checks.written_shapes import write_shapes
from gis.measurement import nearest_decimal
from gis.rules import ParameterRow, Verdict, worst

#: Geometries as GeoJSON that is already written: whoever writes the answer takes it as it is.
Drawn = Mapping[int, orjson.Fragment]

_PLACES: Final = {"mean_width_m": PLACES_M, "distance_m": PLACES_M, "target_share": PLACES_SHARE}


def layer_answer(control: ControlLayer, answer: LayerAnswer, drawn: Drawn) -> dict[str, Any]:
    """Write what one layer says of one site; ``drawn`` as of :func:`draw_findings`."""
    layer, version = control.layer, None if control.data is None else control.data.version
    return {
        "layer": layer.slug,
        "control_kind": layer.control_kind,
        "title_zh": layer.title_zh,
        "title_en": layer.title_en,
        "version": None if version is None else version.number,
        "approval_no": None if version is None else version.approval_no,
        "valid_from": None if version is None else version.valid_from.isoformat(),
        "valid_to": None if version is None or version.valid_to is None else version.valid_to.isoformat(),
        "mandatory": layer.mandatory,
        "accuracy_m": layer.accuracy_m,
        "status": answer.status.value,
        "covered_share": None if answer.covered_share is None else share(answer.covered_share),
        "verdict": answer.verdict.value,
        "reason": answer.reason,
        "artefact_area_m2": round(answer.artefact_area_m2, 6),
        "findings": findings_answer(answer.findings, drawn),
    }


def findings_answer(findings: list[SiteFinding], drawn: Drawn) -> list[dict[str, Any]]:
    """Write findings, the worst first; ``drawn`` as of :func:`draw_findings`."""
    ordered = sorted(findings, key=lambda finding: -finding.judgement.verdict.severity)
    return [_finding(finding, drawn) for finding in ordered]


def draw_findings(findings: Iterable[SiteFinding]) -> Drawn:
    """Write the geometries of findings as GeoJSON, all of them at once.

    Returns
    -------
    dict of int to orjson.Fragment
        By ``id`` of the geometry: several rules speak of the same one.
    """
    shapes = {id(one.geometry): one.geometry for one in findings if one.geometry is not None}
    written = write_shapes(for_storage(column(shapes.values())), PLACES_DEGREES)
    return {key: orjson.Fragment(text) for key, text in zip(shapes, written, strict=True)}


def _finding(finding: SiteFinding, drawn: Drawn) -> dict[str, Any]:
    judged = finding.judgement
    numbers = {name: _number(name, value) for name, value in finding.numbers.items() if name != "overlap_area_m2"}
    overlap = finding.numbers.get("overlap_area_m2")
    if overlap is not None:
        numbers |= area(overlap, "overlap_area")
    if (part := finding.numbers.get("target_share")) is not None:
        numbers["target_percent"] = nearest_decimal(100 * part, 4)
    return {
        "rule_id": judged.rule_id,
        "relation": finding.relation.value,
        "verdict": judged.verdict.value,
        "decision": None if judged.decision is None else judged.decision.value,
        "decided_by_zh": judged.decided_by.zh,
        "decided_by_en": judged.decided_by.en,
        "is_prohibition": finding.is_prohibition,
        "zone": finding.zone,
        "constraint_ids": list(finding.constraint_ids),
        "missing": list(finding.missing),
        **numbers,
        "text_zh": judged.text_zh,
        "text_en": judged.text_en,
        "article": judged.article,
        "remedy_zh": judged.remedy_zh,
        "remedy_en": judged.remedy_en,
        "is_assumed": judged.is_assumed,
        "parameters": [row.row_id for row in judged.parameter_rows],
        "geometry": None if finding.geometry is None else drawn[id(finding.geometry)],
    }


def _number(name: str, value: Any) -> Any:  # noqa: ANN401  JSON values
    match value:
        case float():
            return nearest_decimal(value, _PLACES.get(name, PLACES_M2)) if value == value else None  # noqa: PLR0124  NaN
        case list():
            return [{key: _number(key, part) for key, part in one.items()} for one in value]
        case _:
            return value


def parameter_rows(rows: Mapping[str, ParameterRow]) -> list[dict[str, Any]]:
    """Return the rows that an answer rests on, by their names, in order of them."""
    return [{"row_id": name, **rows[name].model_dump(mode="json")} for name in sorted(rows)]


def summary(
    verdict: Verdict, layers: Sequence[Mapping[str, Any]], project: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Say in one sentence what the answer is and what decides it."""
    findings = [finding for layer in layers for finding in layer["findings"]] + list(project)
    deciding = [finding for finding in findings if finding["verdict"] == verdict.value]
    silent = [layer for layer in layers if layer["verdict"] == verdict.value]
    zh, en = _VERDICTS[verdict]
    if verdict is Verdict.PASS:
        return {"text_zh": f"{zh}。", "text_en": f"{en}."}
    if deciding:
        return {"text_zh": f"{zh}：{deciding[0]['text_zh']}", "text_en": f"{en}: {deciding[0]['text_en']}"}
    names_zh = "、".join(layer["title_zh"] for layer in silent)
    names_en = ", ".join(layer["title_en"] for layer in silent)
    return {
        "text_zh": f"{zh}：{names_zh or '有类别没有数据图层'}。",
        "text_en": f"{en}: {names_en or 'kinds of control areas without a layer'}.",
    }


_VERDICTS: Final = {
    Verdict.DENY: ("不得按此用途使用", "Not to be used for that"),
    Verdict.REVIEW: ("需要人工审核", "To be reviewed"),
    Verdict.NO_DATA: ("资料不足，不能得出结论", "Not known: data are missing"),
    Verdict.WARN: ("可以推进，但须注意", "Possible, with attention to"),
    Verdict.PASS: ("所查规则均符合", "All rules that were asked are kept"),
}


def verdict_of(parts: Iterable[str]) -> Verdict:
    """Return the worst of verdicts by their names."""
    return worst([Verdict.PASS, *(Verdict(part) for part in parts)])
