"""The whole product with its log on a Kafka of the tests: settings and topics."""

from uuid import uuid4

from tests.support.commands import duibiao


def settings_for(bootstrap: str, **others: str) -> dict[str, str]:
    """Return settings with a topic prefix of their own, for a cluster of one broker."""
    return {
        "DUIBIAO_KAFKA_BOOTSTRAP": bootstrap,
        "DUIBIAO_KAFKA_REPLICATION": "1",
        "DUIBIAO_KAFKA_MIN_INSYNC": "1",
        "DUIBIAO_TOPIC_PREFIX": f"t{uuid4().hex[:12]}.",
        **others,
    }


def with_topics(bootstrap: str, **others: str) -> dict[str, str]:
    """Return settings whose topics have been made."""
    settings = settings_for(bootstrap, **others)
    applied = duibiao(settings, "topics", "apply")
    assert applied.code == 0, applied
    return settings
