"""Filters in the Common Query Language CQL2 (OGC 21-065r2): parsed by a library, compiled to SQL by an allow-list of our own."""

from app.collections.cql2.compiling import compile_filter
from app.collections.cql2.operands import Kind, Operand, Resolver
from app.collections.cql2.parsing import FilterError, FilterLanguage, parse_filter

__all__ = ["FilterError", "FilterLanguage", "Kind", "Operand", "Resolver", "compile_filter", "parse_filter"]
