"""The demo ends with a report, and the report finds what was planted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import jianwei as jw
from jianwei.behavior.anomalies import Anomalies
from jianwei.behavior.mood import Mood
from jianwei.behavior.rfm import Rfm
from jianwei.common.results import Unavailable
from jianwei.mining.questions.rules import AssociationRules
from jianwei.sandbox.population import BROKEN_PICTURES, Shop, simulate, write_files
from jianwei.workspace.analyze import Analysis, analyze

SEED = 7


@pytest.fixture(scope="module")
def shop() -> Shop:
    return simulate(seed=SEED)


@pytest.fixture(scope="module")
def done(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[jw.Workspace, Analysis]:
    folder = tmp_path_factory.mktemp("demo")
    workspace = jw.open(folder / "workspace")
    return workspace, analyze(
        workspace, write_files(shop, folder / "files"), output=folder / "report.html", files=False
    )


def test_everything_is_imported(shop: Shop, done: tuple[jw.Workspace, Analysis]) -> None:
    workspace, _ = done
    said = workspace.sql(
        "SELECT count(*) AS n FROM messages JOIN conversations USING (conversation_id) WHERE conversations.kind <> 'reviews'"
    )
    assert said.to_pylist() == [{"n": len(shop.messages)}]
    lines = sum(len(order.lines) for order in shop.orders)
    assert workspace.sql("SELECT count(*) AS n FROM events WHERE name = 'buy'").to_pylist() == [{"n": lines}]


def test_planted_rules_are_found(shop: Shop, done: tuple[jw.Workspace, Analysis]) -> None:
    workspace, _ = done
    rules = workspace.answer(AssociationRules())
    assert not isinstance(rules, Unavailable)
    titles = {product.id: product.title for product in shop.products}
    found = {(frozenset(row["antecedent_names"]), *row["consequent_names"]) for row in rules}
    for rule in shop.truth.rules:
        assert (frozenset(titles[i] for i in rule.antecedent), titles[rule.consequent]) in found


def test_the_incident_stands_out(shop: Shop, done: tuple[jw.Workspace, Analysis]) -> None:
    workspace, analysis = done
    anomalies = workspace.answer(Anomalies())
    assert not isinstance(anomalies, Unavailable)
    bad_days = {row["label"] for row in anomalies if row["series"] == "negative" and row["direction"] == "up"}
    planted = {str(day) for day in shop.truth.incident.days}
    assert planted <= bad_days
    assert len(bad_days - planted) <= 2
    assert analysis.page.opening[0].key.startswith("report.finding.")


def test_the_campaign_stands_out(shop: Shop, done: tuple[jw.Workspace, Analysis]) -> None:
    workspace, _ = done
    anomalies = workspace.answer(Anomalies())
    assert not isinstance(anomalies, Unavailable)
    campaign = shop.truth.campaign
    series = ("event:subscribe", "event:scan")
    days = {row["label"] for row in anomalies if row["series"] in series and row["direction"] == "up"}
    assert any(str(campaign.first) <= day <= str(campaign.last) for day in days)


def test_mood_agrees_with_the_planted_one_on_the_whole(shop: Shop, done: tuple[jw.Workspace, Analysis]) -> None:
    workspace, _ = done
    mood = workspace.answer(Mood(every="day"))
    assert not isinstance(mood, Unavailable)
    share = {row["label"]: row["negative_share"] for row in mood}
    planted = {str(day) for day in shop.truth.incident.days}
    usual = sorted(value for day, value in share.items() if day not in planted)
    assert min(share[day] for day in planted) > 2 * usual[len(usual) // 2]


def test_kinds_of_customers_differ_in_rfm(shop: Shop, done: tuple[jw.Workspace, Analysis]) -> None:
    workspace, _ = done
    rfm = workspace.answer(Rfm())
    assert not isinstance(rfm, Unavailable)
    keys = {row["user_id"]: row["key"] for row in workspace.sql("SELECT user_id, key FROM users").to_pylist()}
    frequency: dict[str, list[int]] = {}
    for row in rfm:
        frequency.setdefault(shop.truth.kinds[keys[row["user_id"]]], []).append(row["frequency"])
    means = sorted(sum(values) / len(values) for values in frequency.values())
    assert len(means) == 3
    assert means[-1] > 1.5 * means[0]


def test_command(tmp_path: Path) -> None:
    call = [
        sys.executable,
        "-m",
        "jianwei",
        "demo",
        "--customers",
        "60",
        "--days",
        "30",
        "--folder",
        str(tmp_path / "demo"),
    ]
    run = subprocess.run(
        call, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "LANG": "en_US.UTF-8"}
    )
    assert run.returncode == 0, run.stderr
    assert "report.html" in run.stdout
    assert (tmp_path / "demo" / "report.html").exists()
    assert list((tmp_path / "demo" / "report-data").glob("*.png"))
    album = tmp_path / "demo" / "files" / "手机相册"
    kept = jw.open(tmp_path / "demo" / "workspace").sql("SELECT count(*) AS n FROM annotations WHERE task = 'picture'")
    assert kept.to_pylist() == [{"n": len(list(album.iterdir())) - BROKEN_PICTURES}]
