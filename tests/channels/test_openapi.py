"""What docs/openapi.yml promises, against the running server."""

from __future__ import annotations

import httpx
import pytest
import schemathesis
import yaml
from chat import ROOT
from hypothesis import HealthCheck, Phase, settings

OPENAPI = yaml.safe_load((ROOT / "docs" / "openapi.yml").read_text(encoding="utf-8"))

schema = schemathesis.pytest.from_fixture("api")


@pytest.fixture
def api(address):
    """The interface as documented, at the address of the running server."""
    return schemathesis.openapi.from_dict({**OPENAPI, "servers": [{"url": f"{address}/webhooks/web"}]})


@schema.parametrize()
@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_the_server_does_what_the_document_says(case, address):
    """Whatever is sent, the status and the body are documented ones."""
    if case.operation.path == "/message" or case.method == "DELETE":
        started = httpx.post(f"{address}/webhooks/web/session")
        if started.status_code == 201:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {started.json()['session']}"}
    answer = case.call(base_url=f"{address}/webhooks/web", timeout=60)
    case.validate_response(
        answer,
        checks=[
            schemathesis.checks.not_a_server_error,
            schemathesis.specs.openapi.checks.status_code_conformance,
            schemathesis.specs.openapi.checks.response_schema_conformance,
        ],
    )
