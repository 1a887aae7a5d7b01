"""What docs/openapi.yml promises, against the running server."""

from __future__ import annotations

import httpx
import pytest
import schemathesis
import yaml
from chat import ROOT
from hypothesis import HealthCheck, Phase, settings

OPENAPI = yaml.safe_load((ROOT / "docs" / "openapi.yml").read_text(encoding="utf-8"))

[BASE] = [server["url"] for server in OPENAPI["servers"]]

schema = schemathesis.pytest.from_fixture("api")


@pytest.fixture
def api(address):
    """The interface as documented, at the address of the running server."""
    return schemathesis.openapi.from_dict({**OPENAPI, "servers": [{"url": f"{address}{BASE}"}]})


@schema.parametrize()
@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_the_server_does_what_the_document_says(case, address):
    """Whatever is sent, the status and the body are documented ones."""
    if case.operation.path in ("/message", "/vote") or case.method == "DELETE":
        started = httpx.post(f"{address}{BASE}/session")
        if started.status_code == 201:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {started.json()['session']}"}
    answer = case.call(base_url=f"{address}{BASE}", timeout=60)
    case.validate_response(
        answer,
        checks=[
            schemathesis.checks.not_a_server_error,
            schemathesis.specs.openapi.checks.status_code_conformance,
            schemathesis.specs.openapi.checks.response_schema_conformance,
            schemathesis.specs.openapi.checks.response_headers_conformance,
            schemathesis.specs.openapi.checks.content_type_conformance,
        ],
    )


def test_the_document_is_served_at_the_interface(address):
    """A program of any site can read it there, and the first number of the address is that of its version."""
    answer = httpx.get(f"{address}{BASE}/openapi.json", headers={"Origin": "https://www.example.nl"})
    assert answer.json() == OPENAPI
    assert answer.headers["access-control-allow-origin"] == "*"
    version = OPENAPI["info"]["version"]
    assert answer.headers["api-version"] == version and BASE.endswith(f"/v{version.partition('.')[0]}")


def test_a_session_is_the_same_with_and_without_the_version(address):
    """A widget that a site embedded earlier uses the addresses without it."""
    begun = httpx.post(f"{address}{BASE}/session")
    token = {"Authorization": f"Bearer {begun.json()['session']}"}
    for folder in (BASE, "/webhooks/web"):
        said = httpx.post(f"{address}{folder}/message", json={"text": "hallo"}, headers=token, timeout=60)
        assert (said.status_code, said.headers["api-version"]) == (200, OPENAPI["info"]["version"])
