"""The examples in the generator's docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import sample_layers

MODULES = [module.name for module in pkgutil.iter_modules(sample_layers.__path__, "sample_layers.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples() -> None:
    attempted = [doctest.testmod(importlib.import_module(name)).attempted for name in MODULES]
    assert sum(attempted) > 40
