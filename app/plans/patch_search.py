"""Filters in CQL2 over the register: what the collection of difference patches can be filtered by, the register can."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.collections.catalog import RESULTS
from app.collections.cql2 import FilterError, FilterLanguage, compile_filter, parse_filter
from app.collections.reference_systems import CRS84, ReferenceSystem
from app.collections.schema import CollectionKind
from app.collections.searching import CollectionResolver
from app.db.schema import storage_srid
from app.plans.register_errors import FilterRefusedError

_PATCHES = next(each for each in RESULTS if each.schema.kind is CollectionKind.PLAN_PATCH)


def patch_condition(session: Session, cql2: str | Mapping[str, Any]) -> ColumnElement[bool]:
    """Compile a filter over the queryables of the collection ``plan_patches``.

    Parameters
    ----------
    cql2 : str or mapping
        CQL2 as text, or as JSON.

    Raises
    ------
    FilterRefusedError
    """
    srid = storage_srid(session.connection()) or 0
    resolver = CollectionResolver(_PATCHES, has_key=False, srid=srid, crs=ReferenceSystem(CRS84, None))
    try:
        if isinstance(cql2, str):
            return compile_filter(parse_filter(cql2), resolver)
        written = json.dumps(cql2, ensure_ascii=False)
        return compile_filter(parse_filter(written, FilterLanguage.JSON), resolver)
    except FilterError as error:
        expected = f"a condition in CQL2 over {', '.join(resolver.names())}. {error}"
        # Written in ASCII it can be answered whatever it holds: integers of any length, and halves of surrogate pairs.
        found = cql2 if isinstance(cql2, str) else json.dumps(cql2)
        raise FilterRefusedError("cql2", found, expected.removesuffix(".")) from error
