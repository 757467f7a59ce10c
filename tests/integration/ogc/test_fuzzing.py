"""schemathesis over the OpenAPI documents: whatever the schemas allow, and some of what they do not, is answered and never a defect."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

EXAMPLES = 4
OGC_TAGS = {"capabilities", "features", "tiles", "styles", "legend"}
COLLECTION_PATHS = ("/collections/parcels/items", "/collections/findings/items", "/collections/city_plan/queryables")


def operations(document: dict[str, Any], paths: tuple[str, ...] = ()) -> Iterator[Any]:
    """Yield the operations that read, of some paths or of the OGC API."""
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()
        wanted = operation.path in paths if paths else OGC_TAGS & set(operation.definition.raw.get("tags", ()))
        if operation.method.upper() == "GET" and wanted:
            yield operation


def try_out(client: TestClient, operation: Any, mode: GenerationMode) -> int:
    """Send examples of an operation, and return how many were sent."""
    sent = []

    @given(operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        answer = client.get(case.formatted_path, params=case.query or {}, headers=case.headers or {})
        sent.append(answer.status_code)
        assert answer.status_code < 500, (case.formatted_path, case.query, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", (case.formatted_path, answer.text)
            assert answer.json()["status"] == answer.status_code

    send()
    return len(sent)


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_route_of_the_ogc_api_answers_whatever_its_document_allows(
    client: TestClient, mode: GenerationMode
) -> None:
    document = client.get("/openapi.json").json()
    counts = [try_out(client, operation, mode) for operation in operations(document)]
    assert len(counts) >= 15
    assert sum(counts) >= 2 * len(counts)


@pytest.mark.parametrize("mode", GenerationMode)
def test_the_queryables_of_a_collection_answer_whatever_its_document_allows(
    client: TestClient, mode: GenerationMode
) -> None:
    document = client.get("/api").json()
    counts = [try_out(client, operation, mode) for operation in operations(document, COLLECTION_PATHS)]
    assert len(counts) == len(COLLECTION_PATHS)
    assert sum(counts) >= len(counts)
