"""The whole product with its log on a Kafka of the tests: settings, topics, and its commands."""

import os
import subprocess
import sys
from collections.abc import Mapping
from uuid import uuid4

from tests.support.product import ROOT


def settings_for(bootstrap: str, **others: str) -> dict[str, str]:
    """Return settings with a topic prefix of their own, for a cluster of one broker."""
    return {
        "DUIBIAO_KAFKA_BOOTSTRAP": bootstrap,
        "DUIBIAO_KAFKA_REPLICATION": "1",
        "DUIBIAO_KAFKA_MIN_INSYNC": "1",
        "DUIBIAO_TOPIC_PREFIX": f"t{uuid4().hex[:12]}.",
        **others,
    }


def duibiao(
    settings: Mapping[str, str], *arguments: str, seconds: float = 90
) -> subprocess.CompletedProcess[str]:
    """Run a command of the product to its end."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("DUIBIAO_")}
    return subprocess.run(
        [sys.executable, "-m", "services", *arguments],
        cwd=ROOT,
        env={**kept, **settings},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def with_topics(bootstrap: str, **others: str) -> dict[str, str]:
    """Return settings whose topics have been made."""
    settings = settings_for(bootstrap, **others)
    applied = duibiao(settings, "topics", "apply")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    return settings
