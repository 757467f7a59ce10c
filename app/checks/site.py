"""Check the polygons of a file against the control layers in force; nothing is stored."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
from sqlalchemy import Engine

from app.checks import repository
from app.checks.errors import NothingToCheckError
from app.checks.findings import Finding
from app.checks.measuring import LayerOutcome, Measurer
from app.checks.service import engine_version, select_controls
from app.clock import today
from app.db.parameters import read_parameters
from app.db.sessions import read_session
from app.layers.errors import DeliveryRefusedError
from gis.crs import AREA_PLANE, to_area_plane
from gis.errors import GisError
from gis.formats.polygons import read_polygons
from gis.measurement import hectares, mu
from gis.rules import load_catalog, worst
from gis.sagitta import LayerSource
from gis.validity import RepairOutcome


def check_site(
    engine: Engine,
    path: Path,
    *,
    crs: str | None = None,
    layers: Sequence[str] | None = None,
    as_of: date | None = None,
) -> dict[str, Any]:
    """Check every polygon of a file against the control layers of a day.

    Parameters
    ----------
    path : Path
        Any polygon file that GDAL opens.
    crs : str, optional
        For a file that does not say its own.

    Returns
    -------
    dict
        The verdict, the answer of each layer with its findings, and the sites as they were read.

    Raises
    ------
    DeliveryRefusedError
        When the file, or any polygon in it, cannot be used: a site is never checked in part.
    """
    day = as_of or today()
    sites = _read_sites(path, crs)
    with read_session(engine) as session:
        catalog, parameters = load_catalog(), read_parameters(session)
        measurer = Measurer(sites, LayerSource(), catalog, parameters, day)
        outcomes = [
            measurer.measure(repository.read_control_layer(session, layer, day))
            for layer in select_controls(session, catalog, layers)
        ]
        if not outcomes:
            raise NothingToCheckError("There is no control layer to check against. Import one first.")
        return {
            "verdict": worst(outcome.verdict for outcome in outcomes).value,
            "as_of": day.isoformat(),
            "engine_version": engine_version(),
            "catalog_version": catalog.version,
            "sites": [
                {"site": name, "area_m2": round(area, 2)}
                for name, area in zip(sites["feature_id"].tolist(), sites.area.tolist(), strict=True)
            ],
            "layers": [_layer_answer(outcome) for outcome in outcomes],
        }


def _read_sites(path: Path, crs: str | None) -> gpd.GeoDataFrame:
    try:
        report = read_polygons(path, crs=crs).report
    except GisError as error:
        raise DeliveryRefusedError(f"{path.name}: {error}", file=path.name) from error
    rejected = report.positions(RepairOutcome.REJECTED)
    if len(report.geometries) == 0:
        raise DeliveryRefusedError(f"{path.name} has no features.", file=path.name)
    if len(rejected):
        reasons = "; ".join(f"feature {position + 1}: {report.reason[position]}" for position in rejected[:5])
        raise DeliveryRefusedError(f"{path.name} cannot be checked as a whole: {reasons}.", file=path.name)
    names = [f"site-{number}" for number in range(1, len(report.geometries) + 1)]
    return gpd.GeoDataFrame(
        {"feature_id": names, "parcel_code": None},
        geometry=to_area_plane(report.geometries),
        index=range(1, len(names) + 1),
        crs=AREA_PLANE,
    )


def _layer_answer(outcome: LayerOutcome) -> dict[str, Any]:
    layer = outcome.control.layer
    return {
        "layer": layer.slug,
        "control_kind": layer.control_kind,
        "title_zh": layer.title_zh,
        "title_en": layer.title_en,
        "status": outcome.status.value,
        "covered_share": outcome.covered_share,
        "verdict": outcome.verdict.value,
        "findings": [_finding_answer(finding) for finding in outcome.findings],
        "audit": outcome.audit,
    }


def _finding_answer(finding: Finding) -> dict[str, Any]:
    area = finding.overlap_area_m2
    return {
        "site": finding.target_id,
        "zone": finding.control_zone,
        "relation": finding.relation,
        "rule_id": finding.rule_id,
        "verdict": finding.verdict.value,
        "overlap_class": finding.overlap_class,
        "overlap_area_m2": round(area, 2),
        "overlap_area_ha": round(hectares(area), 4),
        "overlap_area_mu": round(mu(area), 2),
        "site_share": finding.target_share,
        "constraint_ids": list(finding.constraint_ids),
        "text_zh": finding.text_zh,
        "text_en": finding.text_en,
        "article": finding.article,
        "remedy_zh": finding.remedy_zh,
        "remedy_en": finding.remedy_en,
    }
