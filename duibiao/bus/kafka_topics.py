"""Topics on Kafka as they are declared and as they stand: what is missing, weak or to be changed.

Nothing is ever made weaker, and partitions are never added: the keys of what is there would move
to other partitions, and the order of a series would be lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec
from kafka.errors import TopicAlreadyExistsError
from kafka.structs import TopicPartition

from duibiao.bus.kafka_clients import SPARE, Brokers, let_go, translate_errors, within
from duibiao.bus.ports import End, Place
from duibiao.contracts.topics import Topic
from duibiao.core.retry import Retry

_DAY_MS: Final = 24 * 60 * 60 * 1000
_UNKNOWN: Final = 3  # Kafka's error code for a topic that it does not have


@dataclass(frozen=True, slots=True)
class Declared:
    """A topic as it must be. `settings` are Kafka's own names and texts."""

    name: str
    partitions: int
    replication: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as it is."""

    partitions: int
    replication: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done: make `topic`, or set `settings` on it; or, by hand, what `say` says."""

    topic: Declared
    kind: str  # create, set, by-hand
    say: str
    settings: Mapping[str, str]


def declared(
    topics: Iterable[Topic], prefix: str, *, replication: int, min_insync: int
) -> tuple[Declared, ...]:
    """Return what the topics of an installation must be like on its cluster."""
    return tuple(
        Declared(
            topic.name(prefix),
            topic.partitions,
            replication,
            {
                "cleanup.policy": "delete",
                "max.message.bytes": str(topic.max_bytes),
                # By the brokers' clock: one of ours that is wrong must neither be refused nor
                # make records look old enough to be deleted.
                "message.timestamp.type": "LogAppendTime",
                "min.insync.replicas": str(min_insync),
                "retention.bytes": "-1",
                "retention.ms": str(topic.retention_days * _DAY_MS),
                "unclean.leader.election.enable": "false",
            },
        )
        for topic in topics
    )


TopicStates = Mapping[str, TopicState]


def missing(wanted: Sequence[Declared], states: TopicStates) -> tuple[str, ...]:
    """Name the topics that are not there."""
    return tuple(topic.name for topic in wanted if topic.name not in states)


def weaknesses(wanted: Sequence[Declared], states: TopicStates) -> tuple[str, ...]:
    """Say in words where topics promise less than declared."""
    found = []
    for topic in wanted:
        stands = states.get(topic.name)
        if stands is not None:
            found += [f"{topic.name} {say}" for say in _by_hand(topic, stands)]
            found += [
                f"{topic.name} has {name}={stands.settings.get(name)}, not {topic.settings[name]}"
                for name in _weak_settings(topic, stands)
            ]
    return tuple(found)


def plan(wanted: Sequence[Declared], states: TopicStates) -> tuple[Step, ...]:
    """Return the steps that make the topics as declared."""
    steps = []
    for topic in wanted:
        stands = states.get(topic.name)
        if stands is None:
            shape = f"{topic.partitions} partitions, {topic.replication} replicas"
            steps.append(Step(topic, "create", shape, topic.settings))
            continue
        steps += [Step(topic, "by-hand", say, {}) for say in _by_hand(topic, stands)]
        to_set = {name: topic.settings[name] for name in _to_set(topic, stands)}
        if to_set:
            say = ", ".join(
                f"{name}: {stands.settings.get(name)} -> {value}" for name, value in to_set.items()
            )
            steps.append(Step(topic, "set", say, to_set))
    return tuple(steps)


def _by_hand(topic: Declared, stands: TopicState) -> list[str]:
    found = []
    if stands.partitions < topic.partitions:
        found.append(f"has {stands.partitions} partitions, not {topic.partitions}")
    if stands.replication < topic.replication:
        found.append(f"has {stands.replication} replicas, not {topic.replication}")
    return found


def _to_set(topic: Declared, stands: TopicState) -> list[str]:
    kind = "message.timestamp.type"
    other = [kind] if stands.settings.get(kind) != topic.settings[kind] else []
    return _weak_settings(topic, stands) + other


def _weak_settings(topic: Declared, stands: TopicState) -> list[str]:
    at_least = ("max.message.bytes", "min.insync.replicas", "retention.ms")
    exactly = ("cleanup.policy", "unclean.leader.election.enable")
    settings = stands.settings
    weak = [
        name
        for name in at_least
        if 0 <= int(settings.get(name, "0")) < int(topic.settings[name])  # -1: without limit
    ]
    weak += [name for name in exactly if settings.get(name) != topic.settings[name]]
    if settings.get("retention.bytes", "-1") != "-1":
        weak.append("retention.bytes")
    return weak


class TopicAdmin:
    """Looks at topics and changes them. A context manager; every call raises `Retry` at most."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._client: Any = None
        self._cluster: str | None = None

    def __enter__(self) -> Self:
        """Connect."""
        with translate_errors("connecting to Kafka"):
            self._client = within(
                self._brokers.pace.connect + SPARE, "connecting", self._brokers.admin
            )
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        let_go(self._client, 1.0)

    def states(self, names: Sequence[str]) -> TopicStates:
        """Return those of the topics that there are."""
        shapes = self._ask("describe topics", lambda c: c.describe_topics(list(names)))
        there = {}
        for shape in shapes:
            if shape["error_code"] == 0:
                there[shape["name"]] = shape["partitions"]
            elif shape["error_code"] != _UNKNOWN:
                raise Retry(f"topic {shape['name']}: Kafka's error {shape['error_code']}")
        if not there:
            return {}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
        answer = self._ask(
            "describe settings", lambda c: c.describe_configs(resources, config_filter="all")
        )
        return {
            name: TopicState(
                len(partitions),
                min(len(partition["replica_nodes"]) for partition in partitions),
                {key: said["value"] for key, said in answer["topic"][name].items()},
            )
            for name, partitions in there.items()
        }

    def ends(self, names: Sequence[str]) -> Mapping[Place, End]:
        """Return the ends of those of the topics that there are."""
        if self._cluster is None:
            said = self._ask("describe cluster", lambda c: c.describe_cluster())
            self._cluster = said["cluster_id"]
        shapes = self._ask("describe topics", lambda c: c.describe_topics(list(names)))
        ids = {
            TopicPartition(shape["name"], partition["partition_index"]): shape["topic_id"]
            for shape in shapes
            if shape["error_code"] == 0
            for partition in shape["partitions"]
        }
        wanted = dict.fromkeys(ids, OffsetSpec.LATEST)
        ends = self._ask("look at the ends", lambda c: c.list_partition_offsets(wanted))
        return {
            (place.topic, place.partition): End(f"{self._cluster}/{ids[place]}", end.offset)
            for place, end in ends.items()
        }

    def take(self, step: Step) -> None:
        """Do one step of a plan that is not by hand; done already, it does no harm."""
        topic = step.topic
        if step.kind == "create":
            shape = {
                "num_partitions": topic.partitions,
                "replication_factor": topic.replication,
                "configs": dict(topic.settings),
            }
            try:
                self._ask(
                    "create topic",
                    lambda c: c.create_topics({topic.name: shape}, wait_for_metadata=True),
                )
            except Retry as error:
                if not isinstance(error.__cause__, TopicAlreadyExistsError):
                    raise
        elif step.kind == "set":
            resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, dict(step.settings))
            # The client's own look at what is known asks a broker that may not know the topic yet;
            # the controller refuses what it does not know.
            self._ask("set", lambda c: c.alter_configs([resource], raise_on_unknown=False))

    def _ask(self, what: str, ask: Any) -> Any:  # noqa: ANN401 - the library has no types
        client: KafkaAdminClient = self._client
        with translate_errors(what):
            return within(self._brokers.pace.request * 3 + SPARE, what, lambda: ask(client))
