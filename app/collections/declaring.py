"""How properties are declared: several of a model's columns at once, texts, and areas as they are reported."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Double, Numeric, cast, func

from app.collections.schema import FeatureModel, Property, PropertyType

__all__ = ["DATE", "INTEGER", "NUMBER", "STRING", "declare", "one_of", "rounded", "text"]


def declare(model: FeatureModel, *rows: tuple[str, PropertyType, str, str]) -> tuple[Property, ...]:
    """Declare columns of a model: name, type, and the titles in Chinese and English."""
    return tuple(Property(name, type_, zh, en, getattr(model, name)) for name, type_, zh, en in rows)


def one_of(model: FeatureModel, name: str, title_zh: str, title_en: str, values: Iterable[str]) -> tuple[Property]:
    """Declare a column that holds one of a few values."""
    source, said = getattr(model, name), tuple(map(str, values))
    return (Property(name, PropertyType.STRING, title_zh, title_en, source, values=said),)


def text(model: FeatureModel, *rows: tuple[str, str, str]) -> tuple[Property, ...]:
    """Declare columns of free text, which tiles do not carry."""
    return tuple(
        Property(name, PropertyType.STRING, zh, en, getattr(model, name), is_text=True) for name, zh, en in rows
    )


def rounded(value: ColumnElement[Any], places: int) -> ColumnElement[Any]:
    """Round half up at output, as areas are reported; ``round(numeric)`` takes a half away from zero."""
    return cast(func.round(cast(value, Numeric), places), Double)


STRING, NUMBER, INTEGER, DATE = PropertyType.STRING, PropertyType.NUMBER, PropertyType.INTEGER, PropertyType.DATE
