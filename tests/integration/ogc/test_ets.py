"""The rules of the OGC's executable test suites hold, and what the service says of the last run names these very rules."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.ogc.evidence import load_evidence
from tests.integration.cql2.test_abstract_suite import ERRATA

from .ets_rules import FEATURES_1, FEATURES_2, TILES_1

SUITES = {"features-1": FEATURES_1, "features-2": FEATURES_2, "tiles-1": TILES_1}
DOCUMENT = Path(__file__).parents[3] / "docs" / "conformance.md"


@pytest.mark.parametrize(("suite", "name"), [(suite, name) for suite, rules in SUITES.items() for name in rules])
def test_a_rule_of_the_executable_test_suites_holds(client: TestClient, suite: str, name: str):
    SUITES[suite][name](client)


def test_the_evidence_is_of_these_rules(client: TestClient):
    answer = client.get("/conformance/evidence").json()
    shown = {suite["id"]: suite for suite in answer["suites"]}
    for suite, rules in SUITES.items():
        assert (shown[suite]["rules"], shown[suite]["passed"], shown[suite]["failed"]) == (list(rules), len(rules), 0)
    assert (shown["cql2"]["passed"], shown["cql2"]["errata"]) == (274, list(ERRATA))
    assert answer["release"] == client.get("/api").json()["info"]["version"]


def test_the_document_prints_the_counts_of_the_evidence():
    text = DOCUMENT.read_text(encoding="utf-8")
    for suite in load_evidence()["suites"]:
        assert f"| {suite['title']} | {suite['passed']} of {suite['passed'] + suite['failed']} |" in text
        json.dumps(suite)
