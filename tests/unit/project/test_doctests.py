"""The examples in the docstrings are true, each module by itself, as a reader would try them."""

import doctest
import importlib
import pkgutil

import pytest

import app
import gis


def modules() -> list[str]:
    return [
        module.name
        for package in (gis, app)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not module.name.endswith("__main__")
    ]


@pytest.mark.parametrize("name", modules())
def test_the_examples_of_a_module_are_true(name: str):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [
        example
        for name in modules()
        for found in finder.find(importlib.import_module(name))
        for example in found.examples
    ]
    assert len(examples) > 50
