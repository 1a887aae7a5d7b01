"""The alerts of Prometheus and the dashboard of Grafana: they ask for what is counted, and do what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from deployment import DEPLOY, installed, names_given, run

# Runs real parts, or takes long.
pytestmark = pytest.mark.real


def selectors(expression: Any) -> Iterator[Any]:
    """Yields the time series that a parsed expression asks for."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for name in ("expr", "lhs", "rhs", "vector_selector", "args", "param"):
        part = getattr(expression, name, None)
        for one in part if isinstance(part, (list, tuple)) else [part]:
            if one is not None and not isinstance(one, (str, float, int)):
                yield from selectors(one)


def assert_known(expression: str) -> None:
    """The expression is PromQL, and asks only for what /metrics gives, with labels that it has."""
    found = list(selectors(promql_parser.parse(expression.replace("$__rate_interval", "5m"))))
    assert found and {selector.name for selector in found} <= names_given(), expression
    for level in re.findall(r'level=~?"([^"]+)"', expression):
        assert set(level.split("|")) <= {"geen", "zorg", "ernstig", "acuut", "suicidaal"}


def alerts() -> list[dict[str, Any]]:
    """Returns the rules of alerts.yml."""
    [group] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    return group["rules"]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_alert_asks_for_what_is_counted(rule):
    assert_known(rule["expr"])
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_alerts_do_what_they_say(tmp_path):
    promtool = installed("promtool")
    checked = run(promtool, "check", "rules", DEPLOY / "prometheus" / "alerts.yml")
    assert checked.returncode == 0, checked.stderr
    tested = run(promtool, "test", "rules", DEPLOY / "prometheus" / "alerts_test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    # And each rule has a case in which it fires.
    cases = yaml.safe_load((DEPLOY / "prometheus" / "alerts_test.yml").read_text())["tests"]
    fired = {check["alertname"] for case in cases for check in case["alert_rule_test"] if check["exp_alerts"]}
    assert fired == {rule["alert"] for rule in alerts()}


def test_dashboard_shows_what_is_counted():
    dashboard = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    shown = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and max(x for x, _ in cells) < 24
        taken |= cells
        for target in panel["targets"]:
            assert_known(target["expr"])
            shown |= set(re.findall(r"weerbaar_\w+", target["expr"]))
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert shown == {name for name in names_given() if not name.endswith(("_sum", "_count"))}
