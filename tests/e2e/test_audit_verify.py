"""A real run of the product, and what somebody with its databases does to the audit log afterwards.

One byte changed in any record is found and the record is named; a record taken off the end, with
the head beside it set back, is found by the last head on the log.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.alerts.service import REPLY
from tests.support.audit import needs_sm3
from tests.support.commands import asked, by_hand, duibiao, run
from tests.support.product import Product
from tests.support.servers.kafka import Cluster
from tests.support.shapes import with_topics
from tests.support.waiting import until

CHAINS = ("access", "ingest", "indicators", "alerts")
BREACH = {"indicator": "export-rebate-days", "period": "2021Q4", "value": 5.51, "sample_size": 9}
OVERLAY = """\
thresholds:
  - {target: T02, threshold: 30, unit: workday, decided_by: 市营商办, since: 2021-02-01}
"""
# Each changes one byte of one column.
BYTES = {
    "time_us": "time_us + 1",
    "actor": "'~' || substr(actor, 2)",  # an id of a key may begin with any letter
    "act": "substr(act, 1, length(act) - 1) || '?'",
    "subject": "substr(subject, 1, length(subject) - 1) || '?'",
    "details": "substr(details, 1, length(details) - 1) || ' '",
    "algorithm": "'sha255'",
    "previous": "substr(previous, 1, 31) || iif(substr(previous, 32) = x'78', x'79', x'78')",
    "hash": "substr(hash, 1, 31) || iif(substr(hash, 32) = x'78', x'79', x'78')",
}


def lived(folder: Path) -> None:
    """Let the product live a little: posts, an alert and its answers, keys, a new threshold."""
    with Product(folder) as product:
        for value in (5.51, 5.6):
            product.post("observations", "tax-bureau", BREACH | {"value": value})
        (alert,) = until(
            lambda: product.items("/v1/alerts?target=T16") or None, what="the breach is alerted"
        )
        for step, who, body in (
            ("reply", "tax-bureau", REPLY),
            ("appeal", "tax-bureau", {"reason": "口径有误。"}),
            ("revoke", "office", {"reason": "录入有误"}),
        ):
            answer = product.client.post(
                f"/v1/alerts/{alert['id']}/{step}", json=body, headers=product.key(who)
            )
            assert answer.status_code == 200, answer.text
        made = product.client.post(
            "/v1/keys", json={"role": "auditor"}, headers=product.key("admin")
        ).json()
        product.client.post(f"/v1/keys/{made['id']}/revoke", headers=product.key("admin"))
        assert product.stop() == 0
    overlay = folder / "overlay.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    with Product(folder, settings={"DUIBIAO_REGISTER_OVERLAY": str(overlay)}) as product:
        product.post("observations", "tax-bureau", BREACH | {"value": 5.4})
        assert product.stop() == 0


@pytest.fixture(scope="module")
def run_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audited") / "state"
    lived(folder)
    return folder


@pytest.fixture
def state(run_once: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of what the run left behind."""
    folder = tmp_path / "copy"
    shutil.copytree(run_once, folder)
    yield folder
    shutil.rmtree(folder)


def records(folder: Path, chain: str) -> list[tuple[int, str, str]]:
    """Return number, actor and act of every record."""
    return by_hand(folder, chain, "SELECT sequence, actor, act FROM audit ORDER BY sequence")


def first_bad(folder: Path) -> dict[str, tuple[int, str]]:
    """Return number and reason of the first bad record of each chain; the command says no."""
    told = asked(folder, "audit", "verify", code=1)
    bad = {one["chain"]: one["bad"] for one in told["chains"] if not one["valid"]}
    return {chain: (one["sequence"], one["reason"]) for chain, one in bad.items()}


def setting(column: str, value: str) -> str:
    return f"UPDATE audit SET {column} = {value} WHERE sequence = ?"  # noqa: S608 - names of ours


def cut_off(folder: Path, chain: str, last: int) -> None:
    """Take the last record off, with care: the head beside the chain is set back, too."""
    by_hand(folder, chain, "DELETE FROM audit WHERE sequence = ?", [last])
    by_hand(
        folder,
        chain,
        "UPDATE audit_head SET sequence = ?, hash = (SELECT hash FROM audit WHERE sequence = ?)",
        [last - 1, last - 1],
    )


def test_a_run_leaves_sound_chains_with_every_act_in_them(run_once: Path) -> None:
    told = asked(run_once, "audit", "verify")
    assert told["valid"] is True
    assert {one["chain"]: one["records"] for one in told["chains"]} == {
        chain: len(records(run_once, chain)) for chain in CHAINS
    }
    assert all(one["published"] >= 1 for one in told["chains"])
    key = json.loads((run_once / "dev-keys.json").read_text("utf-8"))
    by_tax = f"{key['orgs']['tax-bureau'][4:16]}/org/tax-bureau"
    by_office, by_admin = f"{key['office'][4:16]}/office/", f"{key['admin'][4:16]}/admin/"
    assert [row[1:] for row in records(run_once, "ingest")] == [(by_tax, "submission.accepted")] * 3
    assert [row[1:] for row in records(run_once, "alerts")] == [
        (by_tax, "alert.replied"),
        (by_tax, "alert.appealed"),
        (by_office, "alert.revoked"),
    ]
    assert [act for _, _, act in records(run_once, "indicators")] == [
        "register.in-force",
        "calendar.in-force",
        "register.in-force",
        "overlay.in-force",
    ]
    keys = records(run_once, "access")
    assert {row[1:] for row in keys[:-2]} == {("duibiao", "key.created")}
    assert [row[1:] for row in keys[-2:]] == [(by_admin, "key.created"), (by_admin, "key.revoked")]


@pytest.mark.parametrize("chain", CHAINS)
def test_one_byte_changed_in_any_record_is_found_and_named(state: Path, chain: str) -> None:
    """Every column in turn, on records spread over the chain; the file is mended in between."""
    numbers = [number for number, _, _ in records(state, chain)]
    for place, (column, changed) in enumerate(BYTES.items()):
        number = numbers[place * (len(numbers) - 1) // (len(BYTES) - 1)]
        every = by_hand(state, chain, "SELECT * FROM audit WHERE sequence = ?", [number])
        before = every[0][1 + list(BYTES).index(column)]
        by_hand(state, chain, setting(column, changed), [number])
        assert first_bad(state) == {chain: (number, "altered")}, column
        by_hand(state, chain, setting(column, "?"), [before, number])
    assert asked(state, "audit", "verify")["valid"] is True


@pytest.mark.parametrize("chain", CHAINS)
def test_a_record_removed_at_the_end_is_caught_by_the_last_head(state: Path, chain: str) -> None:
    last = records(state, chain)[-1][0]
    cut_off(state, chain, last)
    assert first_bad(state) == {chain: (last, "missing")}
    said = run(state, "audit", "verify", code=1).out
    assert f"{chain}: 第 {last} 条记录缺失。Record {last}: it is missing (检查点公布于" in said


def test_a_chain_is_sound_while_it_is_written_and_after_a_kill(tmp_path: Path) -> None:
    with Product(tmp_path / "state") as product:
        for number in range(20):
            product.post("observations", "tax-bureau", BREACH | {"value": 5 + number / 100})
        assert asked(product.folder, "audit", "verify")["valid"] is True
        product.kill()
        assert asked(product.folder, "audit", "verify")["valid"] is True
        assert len(records(product.folder, "ingest")) == 20
        product.start()
        product.post("observations", "tax-bureau", BREACH)
        assert asked(product.folder, "audit", "verify")["valid"] is True


@needs_sm3
def test_sm3_goes_on_where_sha256_was_and_a_changed_byte_is_found_in_either(state: Path) -> None:
    before = len(records(state, "ingest"))
    with Product(state, settings={"DUIBIAO_AUDIT_HASH": "sm3"}) as product:
        product.post("observations", "tax-bureau", BREACH | {"value": 5.45})
        assert product.stop() == 0
    hashes = by_hand(state, "ingest", "SELECT algorithm FROM audit ORDER BY sequence")
    assert [name for (name,) in hashes] == ["sha256"] * before + ["sm3"]
    assert asked(state, "audit", "verify")["valid"] is True

    for number in (before, before + 1):
        (kept,) = by_hand(state, "ingest", "SELECT actor FROM audit WHERE sequence = ?", [number])
        by_hand(state, "ingest", setting("actor", BYTES["actor"]), [number])
        assert first_bad(state) == {"ingest": (number, "altered")}
        by_hand(state, "ingest", setting("actor", "?"), [*kept, number])


def test_a_record_removed_at_the_end_is_caught_by_the_last_head_on_kafka(
    tmp_path: Path, kafka: Cluster
) -> None:
    with Product(tmp_path / "state", settings=with_topics(kafka.bootstrap)) as product:
        for value in (5.51, 5.6):
            product.post("observations", "tax-bureau", BREACH | {"value": value})
        assert product.stop() == 0
    sound = duibiao(product.environment, "audit", "verify", "--json")
    assert sound.code == 0, sound.out + sound.err
    published = {one["chain"]: one["published"] for one in json.loads(sound.out)["chains"]}
    assert published["ingest"] >= 1

    cut_off(product.folder, "ingest", 2)

    told = duibiao(product.environment, "audit", "verify", "--json")
    assert told.code == 1, told.out + told.err
    bad = {one["chain"]: one["bad"] for one in json.loads(told.out)["chains"] if one["bad"]}
    assert {chain: (one["sequence"], one["reason"]) for chain, one in bad.items()} == {
        "ingest": (2, "missing")
    }
