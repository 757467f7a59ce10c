"""The projects of the tests ask for parcels of the town whose sheets are tested."""

from tests.integration.extracts.conftest import client, deliver, fresh_template, town

__all__ = ["client", "deliver", "fresh_template", "town"]
