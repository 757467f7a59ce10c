"""Each input of each process wrong in each way: a problem document with the input's name, never a defect."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.keys.access import Scope
from app.ogc.processes.catalog import PROCESSES
from app.ogc.processes.describing import describe_inputs

from .test_executing import execute

INPUTS = [(process, name) for process, item in PROCESSES.items() for name in describe_inputs(item)]
# What no input takes, whatever its type.
WRONG: tuple[Any, ...] = ({"no such member": {}}, [[[[]]]])
NASTY = ("\x00", "'; drop table job; --", "../../etc/passwd", "a" * 5000)


@pytest.mark.parametrize(("process", "name"), INPUTS)
def test_a_value_of_the_wrong_type_is_refused_by_the_name_of_its_input(
    client: TestClient, keys: dict[Scope, dict[str, str]], process: str, name: str
) -> None:
    refused = 0
    for wrong in WRONG:
        answer = execute(client, process, {name: wrong}, keys[Scope.WRITE])
        assert answer.status_code in {400, 404, 422}, answer.text
        named = [error["name"] for error in answer.json().get("errors", [])]
        refused += any(found.startswith(f"inputs.{name}") for found in named)
    assert refused, f"{process} takes anything as {name}"


@pytest.mark.parametrize(("process", "name"), INPUTS)
def test_text_that_means_mischief_ends_in_a_problem_and_never_in_a_defect(
    client: TestClient, keys: dict[Scope, dict[str, str]], process: str, name: str
) -> None:
    for text in NASTY:
        answer = execute(client, process, {name: text}, keys[Scope.WRITE])
        assert answer.status_code < 500, (text, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("text", NASTY)
def test_names_of_layers_that_mean_mischief_are_layers_that_are_not_there(client: TestClient, text: str) -> None:
    for process, inputs in {
        "check.run": {"target": text},
        "plan.compare": {"plans": [text, "city_plan"]},
        "plan.faults": {"topology": {"plan": text}},
        "plan.what-if": {"plans": ["city_plan", "parcels"], "layer": text},
        "collection.export": {"collection": text, "f": "csv"},
        "overlay": {"a": {"collection": text}, "b": {"collection": "parcels"}},
    }.items():
        answer = execute(client, process, inputs)
        assert answer.status_code in {400, 404, 422}, (process, answer.text)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"inputs": []}, "inputs"),
        ({"outputs": []}, "outputs"),
        ({"response": "xml"}, "response"),
        ({"inputs": {}, "colour": 1}, "colour"),
        ({"subscriber": {"successUri": 1}}, "subscriber.successUri"),
        ({"subscriber": {"successUri": "http://127.0.0.1/"}}, "subscriber.successUri"),
        ({"subscriber": {"failedUri": "ftp://x/"}}, "subscriber.failedUri"),
        ({"subscriber": {"doneUri": "http://x/"}}, "subscriber.doneUri"),
    ],
)
def test_a_request_that_is_none_is_refused_by_the_name_of_its_member(client: TestClient, body: Any, named: str) -> None:
    valid = {"inputs": {"a": {"collection": "parcels"}, "b": {"collection": "city_plan"}}}
    refused = client.post("/processes/overlay/execution", json=valid | body)
    assert refused.status_code == 400, refused.text
    assert named in [error["name"] for error in refused.json()["errors"]]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"inputs": ' + b"[" * 5000])
def test_a_body_that_is_no_request_is_refused(client: TestClient, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    refused = client.post("/processes/overlay/execution", content=content, headers=headers)
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
