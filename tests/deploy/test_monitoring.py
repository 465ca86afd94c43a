"""The alert rules and the Grafana dashboard ask for what the server shows, in PromQL that Prometheus reads."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.rendering import ROOT
from tests.scenarios.test_the_main_job import to_dev
from tests.scenarios.world import World, a_world

FOLDER = ROOT / "deploy" / "monitoring"
ALERTS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
OUTSIDE = {"instance", "le"}
"""Labels that Prometheus adds."""


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in ALERTS)
    yield from (target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])


def promtool(*arguments: str) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


@pytest.mark.deploy
def test_prometheus_reads_the_rules() -> None:
    promtool("check", "rules", "alerts.yaml")


@pytest.mark.deploy
def test_each_alert_fires_when_it_must_and_only_then() -> None:
    promtool("test", "rules", "alerts.test.yaml")


@pytest.mark.deploy
def test_prometheus_reads_what_the_panels_ask(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": asked} for number, asked in enumerate(expressions())]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", str(file))


def test_every_alert_has_a_test_for_both_sides() -> None:
    names = {rule["alert"] for rule in ALERTS}
    fired: set[str] = set()
    silent: set[str] = set()
    for test in yaml.safe_load((FOLDER / "alerts.test.yaml").read_text())["tests"]:
        for case in test["alert_rule_test"]:
            (fired if case.get("exp_alerts") else silent).add(case["alertname"])
    assert fired == silent == names


async def scraped(world: World) -> str:
    """What Prometheus reads."""
    async with aiohttp.ClientSession() as session, session.get(f"{world.stage.service.url}/metrics") as answer:
        return await answer.text()


async def test_they_ask_for_nothing_that_the_server_does_not_show() -> None:
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        page = await scraped(world)
        world.news()
    shown = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    samples = {sample.name for family in text_string_to_metric_families(page) for sample in family.samples}
    labels = {
        name for family in text_string_to_metric_families(page) for sample in family.samples for name in sample.labels
    }
    for asked in expressions():
        for name in re.findall(r"gitops_bot_\w+", asked):
            assert name in samples | shown or name.removesuffix("_bucket").removesuffix("_sum") in shown, name
        for group in re.findall(r"(?:by|on) \(([^)]*)\)", asked):
            assert set(re.split(r",\s*", group)) <= labels | OUTSIDE | {"host", "gate"}, asked


def test_the_page_for_operators_explains_every_alert() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    for rule in ALERTS:
        assert f"`{rule['alert']}`" in page


async def test_the_page_for_operators_lists_every_metric_with_its_labels_and_its_meaning() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    rows = re.findall(r"^\| `(gitops_bot_\w+)` \| (.*?) ?\| (.*) \|$", page, re.MULTILINE)
    listed = {name: (set(re.findall(r"`(\w+)`", labels)), said) for name, labels, said in rows}
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        families = list(text_string_to_metric_families(await scraped(world)))
        world.news()
    assert listed.keys() == {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    for each in families:
        labels, said = listed[f"{each.name}_total" if each.type == "counter" else each.name]
        assert said == each.documentation
        for sample in each.samples:
            assert sample.labels.keys() - {"le"} == labels, each.name


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
