"""Declared topics against those that stand: what is weak, what is done, what a person must do."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from duibiao.bus.kafka_topics import Declared, TopicState, declared, missing, plan, weaknesses
from duibiao.contracts.topics import DEAD_LETTERS, OUTCOMES, SUBMISSIONS, TOPICS

DAY_MS = 86_400_000
WANTED = declared([OUTCOMES], "xa.", replication=3, min_insync=2)
(ONE,) = WANTED
AS_DECLARED = TopicState(12, 3, ONE.settings)


def with_settings(**settings: str) -> Mapping[str, TopicState]:
    named = {name.replace("_", "."): value for name, value in settings.items()}
    return {ONE.name: replace(AS_DECLARED, settings={**ONE.settings, **named})}


def test_a_topic_is_declared_as_the_contract_has_it() -> None:
    assert (
        Declared(
            "xa.outcomes.v1",
            12,
            3,
            {
                "cleanup.policy": "delete",
                "max.message.bytes": str(8 * 1024 * 1024),
                "message.timestamp.type": "LogAppendTime",
                "min.insync.replicas": "2",
                "retention.bytes": "-1",
                "retention.ms": str(30 * DAY_MS),
                "unclean.leader.election.enable": "false",
            },
        )
        == ONE
    )


def test_a_dead_letter_may_be_larger_than_what_it_holds() -> None:
    assert DEAD_LETTERS.max_bytes > SUBMISSIONS.max_bytes


def test_every_topic_keeps_its_partitions_for_its_keys() -> None:
    assert all(topic.partitions >= 1 for topic in TOPICS)


def test_a_topic_as_declared_needs_nothing() -> None:
    standing = {ONE.name: AS_DECLARED}

    assert weaknesses(WANTED, standing) == ()
    assert plan(WANTED, standing) == ()
    assert missing(WANTED, standing) == ()


def test_a_topic_that_is_not_there_is_made() -> None:
    assert missing(WANTED, {}) == ("xa.outcomes.v1",)
    assert weaknesses(WANTED, {}) == ()
    (step,) = plan(WANTED, {})
    assert (step.kind, step.say) == ("create", "12 partitions, 3 replicas")
    assert step.settings == ONE.settings


@pytest.mark.parametrize(
    ("name", "weak"),
    [
        ("max_message_bytes", "1000"),
        ("min_insync_replicas", "1"),
        ("retention_ms", "1000"),
        ("retention_bytes", "1000"),
        ("cleanup_policy", "compact"),
        ("cleanup_policy", "compact,delete"),
        ("unclean_leader_election_enable", "true"),
    ],
)
def test_a_weak_setting_is_told_and_mended(name: str, weak: str) -> None:
    standing = with_settings(**{name: weak})
    setting = name.replace("_", ".")

    (told,) = weaknesses(WANTED, standing)
    (step,) = plan(WANTED, standing)

    assert told == f"xa.outcomes.v1 has {setting}={weak}, not {ONE.settings[setting]}"
    assert (step.kind, step.settings) == ("set", {setting: ONE.settings[setting]})


@pytest.mark.parametrize(
    ("name", "strong"),
    [
        ("max_message_bytes", "99999999"),
        ("min_insync_replicas", "3"),
        ("retention_ms", str(31 * DAY_MS)),
        ("retention_ms", "-1"),
    ],
)
def test_what_is_stronger_is_left_as_it_is(name: str, strong: str) -> None:
    standing = with_settings(**{name: strong})

    assert weaknesses(WANTED, standing) == ()
    assert plan(WANTED, standing) == ()


def test_whose_clock_counts_is_set_but_weakens_nothing() -> None:
    standing = with_settings(message_timestamp_type="CreateTime")

    assert weaknesses(WANTED, standing) == ()
    (step,) = plan(WANTED, standing)
    assert step.settings == {"message.timestamp.type": "LogAppendTime"}


@pytest.mark.parametrize(
    ("standing", "say"),
    [
        (replace(AS_DECLARED, replication=1), "has 1 replicas, not 3"),
        (replace(AS_DECLARED, partitions=3), "has 3 partitions, not 12"),
    ],
)
def test_partitions_and_replicas_are_for_people(standing: TopicState, say: str) -> None:
    assert weaknesses(WANTED, {ONE.name: standing}) == (f"xa.outcomes.v1 {say}",)
    (step,) = plan(WANTED, {ONE.name: standing})
    assert (step.kind, step.say, step.settings) == ("by-hand", say, {})


def test_more_partitions_and_replicas_are_well() -> None:
    assert weaknesses(WANTED, {ONE.name: TopicState(24, 5, ONE.settings)}) == ()


def test_all_faults_are_told_at_once() -> None:
    standing = {ONE.name: TopicState(1, 1, {**ONE.settings, "retention.ms": "1"})}

    assert len(weaknesses(WANTED, standing)) == 3
    assert [step.kind for step in plan(WANTED, standing)] == ["by-hand", "by-hand", "set"]
