"""Issue planning-basis sheets."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.clock import today
from app.db.models import PlanningSheet, SiteCheck
from app.db.sessions import WriteSession
from app.extracts import repository
from app.extracts.errors import ParcelAmbiguousError, ParcelNotFoundError, SheetNotFoundError, SiteOfCheckError
from app.extracts.repository import ParcelRow
from app.extracts.signing import Signer, hash_statement
from app.extracts.site_statement import state_site
from app.extracts.statement import sources_in_force, state_parcel
from app.figures import PLACES_M2, rounded
from app.layers.repository import require_layer
from app.site_checks.storing import site_names


def find_parcel(
    session: Session, code: str, *, as_of: date, layer: str | None = None, feature_id: str | None = None
) -> ParcelRow:
    """Find the one parcel of a code among the layers of parcels in force.

    Parameters
    ----------
    code : str
        A parcel code, or the id of a feature.
    layer, feature_id : str, optional
        To choose among several.

    Raises
    ------
    LayerNotFoundError, ParcelNotFoundError, ParcelAmbiguousError
    """
    if layer is not None:
        require_layer(session, layer)
    versions = repository.parcel_versions(session, as_of, layer)
    found = [parcel for where, version in versions for parcel in repository.find_parcels(session, where, version, code)]
    if feature_id is not None:
        found = [parcel for parcel in found if parcel.feature_id == feature_id]
    if not found:
        raise ParcelNotFoundError(code, as_of, [where.slug for where, _ in versions])
    if len(found) > 1:
        raise ParcelAmbiguousError(code, [_candidate(parcel) for parcel in found])
    return found[0]


def _candidate(parcel: ParcelRow) -> dict[str, Any]:
    return {
        "layer": parcel.layer.slug,
        "feature_id": parcel.feature_id,
        "parcel_code": parcel.parcel_code,
        "area_ellipsoid_m2": rounded(parcel.area_ellipsoid_m2, PLACES_M2),
    }


def issue_sheet(
    session: WriteSession,
    code: str,
    *,
    signer: Signer,
    base_url: str,
    as_of: date | None = None,
    layer: str | None = None,
    feature_id: str | None = None,
) -> PlanningSheet:
    """Issue the sheet of a parcel, or return it if the same was issued before.

    Parameters
    ----------
    signer : Signer
        Of the installation.
    base_url : str
        Address of the service, for the QR code; "" where none is known.

    Raises
    ------
    LayerNotFoundError, ParcelNotFoundError, ParcelAmbiguousError
    """
    day = as_of or today()
    parcel = find_parcel(session, code, as_of=day, layer=layer, feature_id=feature_id)
    statement = state_parcel(session, parcel, day, sources_in_force(session, day))
    return store_statement(session, statement, signer=signer, base_url=base_url)


def issue_site_sheet(
    session: WriteSession, check: SiteCheck, site: str | None, *, signer: Signer, base_url: str
) -> PlanningSheet:
    """Issue the sheet of a site of a stored check, or return it if the same was issued before.

    Parameters
    ----------
    site : str or None
        Such as ``site-1``; may be left out where the check has one site.

    Raises
    ------
    SiteOfCheckError
        The check has no such site, or several and none was chosen.
    """
    sites = site_names(session, check)
    chosen = sites[0] if site is None and len(sites) == 1 else site
    if chosen is None or chosen not in sites:
        raise SiteOfCheckError(str(check.id), chosen, sites)
    statement = state_site(session, check, chosen)
    return store_statement(session, statement, signer=signer, base_url=base_url)


def store_statement(
    session: WriteSession, statement: dict[str, Any], *, signer: Signer, base_url: str
) -> PlanningSheet:
    """Hash, sign and store a statement."""
    sheet_hash = hash_statement(statement)
    known = repository.find_sheet(session, sheet_hash)
    if known is not None:
        return known
    subject = statement["subject"]
    values = {
        "sheet_hash": sheet_hash,
        "subject_kind": subject["kind"],
        "layer_slug": subject["layer"],
        "feature_id": subject["feature_id"],
        "parcel_code": subject["parcel_code"],
        "as_of": date.fromisoformat(statement["as_of"]),
        "verdict": statement["verdict"],
        "statement": statement,
        "engine_version": statement["engine"],
        "signature": signer.sign(sheet_hash),
        "public_key": signer.public_key,
        "verify_url": f"{base_url}/verify/{sheet_hash}" if base_url else "",
        "issued_by": session.actor,
    }
    return repository.store_sheet(session, values)


def require_sheet(session: Session, sheet_hash: str) -> PlanningSheet:
    """Return a sheet by its hash; capitals do not matter.

    Raises
    ------
    SheetNotFoundError
    """
    sheet = repository.find_sheet(session, sheet_hash.strip().lower())
    if sheet is None:
        raise SheetNotFoundError(sheet_hash)
    return sheet


def sheet_json(sheet: PlanningSheet) -> dict[str, Any]:
    """Return a sheet as JSON: the statement and what proves it."""
    return {
        "sheet_hash": sheet.sheet_hash,
        "issued_at": sheet.issued_at.isoformat(),
        "signature": {"algorithm": "Ed25519", "value": sheet.signature, "public_key": sheet.public_key},
        "verify_url": sheet.verify_url,
        "statement": sheet.statement,
    }
