"""HTTP access to layers and their versions: what there is, publish a draft, drop a draft."""

from typing import Any

from fastapi import APIRouter, status

from app.deps import ReadSession, Writer, WriteSession
from app.layers import repository
from app.layers.describing import describe_layer, describe_version
from app.layers.publishing import compare_versions, discard_draft, publish_draft

router = APIRouter(prefix="/layers", tags=["layers"])


@router.get("")
def list_layers(session: ReadSession) -> dict[str, Any]:
    """List the layers with their versions."""
    return {"layers": [describe_layer(session, layer) for layer in repository.list_layers(session)]}


@router.get("/{slug}")
def get_layer(slug: str, session: ReadSession) -> dict[str, Any]:
    """Return one layer with its versions and what each import found."""
    return describe_layer(session, repository.require_layer(session, slug))


@router.get("/{slug}/versions/{older}/diff/{newer}")
def get_diff(slug: str, older: int, newer: int, session: ReadSession) -> dict[str, Any]:
    """Count what changed from one version to another."""
    return compare_versions(session, slug, older, newer).as_json()


@router.post("/{slug}/versions/{number}/publish")
def publish_version(slug: str, number: int, session: WriteSession, _writer: Writer) -> dict[str, Any]:
    """Put a draft in force; the version before is archived in the same moment."""
    return describe_version(publish_draft(session, slug, number))


@router.delete("/{slug}/versions/{number}", status_code=status.HTTP_204_NO_CONTENT)
def discard_version(slug: str, number: int, session: WriteSession, _writer: Writer) -> None:
    """Delete a draft with its features."""
    discard_draft(session, slug, number)
