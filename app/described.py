"""Answers that are written as plain JSON and described by a model: the OpenAPI document names the model, and nothing is validated on the way out."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

__all__ = ["Described", "DescribedBy", "Stored", "named"]


class Described(BaseModel):
    """A part of an answer. A member that it does not name is none of the answer's."""

    model_config = {"extra": "forbid", "frozen": True}


class Stored(BaseModel):
    """A part that is answered as it was stored, maybe by another version: it may have members that this one has no name for."""

    model_config = {"extra": "ignore", "frozen": True}


@dataclass(frozen=True)
class DescribedBy:
    """Marks a dict as one that looks like a model: ``-> Annotated[dict[str, Any], DescribedBy(LandPage)]``.

    Answers of thousands of rows, and those that were stored years ago, are not read into models only to be written again; tests hold them against the
    document instead (``tests/documented.py``).

    Attributes
    ----------
    model : type of BaseModel
    """

    model: type[BaseModel]

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return a reference to the model's schema."""
        model = self.model.__pydantic_core_schema__
        if model["type"] == "definitions":
            return handler(model)
        name = core_schema.definition_reference_schema(model["ref"])
        return handler(core_schema.definitions_schema(name, [model]))


def named(schema: str, media_type: str = "application/json", *others: str) -> dict[str, Any]:
    """Return the description of an answer by a schema of the document that no model writes down (``app/ogc/named_schemas.py``).

    Parameters
    ----------
    others : str
        Media types in which the answer is to be had as well.

    Examples
    --------
    >>> from app.described import named
    >>> named("FeaturePage", "application/geo+json")
    {'content': {'application/geo+json': {'schema': {'$ref': '#/components/schemas/FeaturePage'}}}}
    """
    described = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"content": {**described, **{other: {} for other in others}}}
