"""In which layer the parcels of contracts are looked up by their codes."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import IdleScan, LayerKind
from app.idle.errors import NotParcelsError, ParcelLayerUnsaidError
from app.layers.repository import list_layers, require_layer

__all__ = ["USUAL_LAYER", "choose_parcel_layer"]

#: What the layer of parcels is called unless somebody calls it otherwise.
USUAL_LAYER: Final = "parcels"


def choose_parcel_layer(session: Session, named: str | None) -> str:
    """Return the slug of the layer of parcels that is meant.

    Parameters
    ----------
    named : str, optional
        When left out: the layer of the current scan for idle land, else the one called ``parcels``, else the only one. Where there is no layer
        of parcels yet, the name that one is going to have; nothing is found in it.

    Raises
    ------
    LayerNotFoundError
    NotParcelsError
        The layer that was named holds something else.
    ParcelLayerUnsaidError
        Nothing was named, and there are several.
    """
    if named is not None:
        layer = require_layer(session, named)
        if layer.kind != LayerKind.PARCEL:
            raise NotParcelsError(named, layer.kind)
        return named
    slugs = [layer.slug for layer in list_layers(session, kind=LayerKind.PARCEL)]
    scanned: str | None = session.scalar(
        select(IdleScan.summary["parcel_layer"].astext).where(IdleScan.is_current).limit(1)
    )
    for usual in (scanned, USUAL_LAYER):
        if usual in slugs:
            return str(usual)
    if len(slugs) > 1:
        raise ParcelLayerUnsaidError(slugs)
    return slugs[0] if slugs else USUAL_LAYER
