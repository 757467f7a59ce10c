"""The last run of the standards' test suites against this release."""

from functools import cache
from importlib.metadata import version as package_version
from importlib.resources import files
from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request

from app.deps import allow_parameters, require_scope
from app.keys.access import Scope
from app.ogc.links import link, self_link
from app.ogc.parameters import FormatJson, JsonAccepted

router = APIRouter(
    tags=["capabilities"],
    dependencies=[Depends(require_scope(Scope.READ)), Depends(allow_parameters("f")), JsonAccepted],
)


@cache
def load_evidence() -> dict[str, Any]:
    """Return the suites with their rules and counts; tests hold it to what they run."""
    document: dict[str, Any] = orjson.loads(files("app.ogc").joinpath("evidence.json").read_bytes())
    return document


@router.get("/conformance/evidence", summary="The last run of the standards' test suites")
def get_evidence(request: Request, _format: FormatJson = None) -> dict[str, Any]:
    """Say which rules of the standards' test suites this release was run against, and with what result."""
    links = [self_link(request), link(request, "conformance", "conformance")]
    return {"release": package_version("duogui"), **load_evidence(), "links": links}
