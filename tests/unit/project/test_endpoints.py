"""Endpoints are plain functions: a coroutine that touches the database would stop every other request."""

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[3] / "app"
ROUTE_METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "api_route", "route"}
# What answers from memory, and must do so while all threads are busy.
COROUTINES = {("health.py", "get_health")}


def is_route(decorator: ast.expr) -> bool:
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(call, ast.Attribute) and call.attr in ROUTE_METHODS and "router" in ast.unparse(call.value)


def endpoints(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(map(is_route, node.decorator_list)):
            yield node


def test_endpoints_are_plain_functions_but_for_a_listed_few() -> None:
    found = [
        (path.relative_to(APP).as_posix(), endpoint)
        for path in APP.rglob("*.py")
        if "node_modules" not in path.parts
        for endpoint in endpoints(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 20, "the guard saw no endpoints"
    coroutines = {(name, node.name) for name, node in found if isinstance(node, ast.AsyncFunctionDef)}
    assert coroutines == COROUTINES


def test_the_guard_notices_a_coroutine() -> None:
    (endpoint,) = endpoints("@router.get('/x')\nasync def get_x(): ...\nasync def helper(): ...\n")
    assert isinstance(endpoint, ast.AsyncFunctionDef)
