"""However requests are repeated and mixed, each key is used once and answers never change."""

import asyncio
import json
from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.ingest.domain.context import Sender
from services.ingest.domain.submission import IncomingRequest
from services.ingest.usecases.accept_submission import Accepted, Refused
from tests.support.ingest import OFFICE, OURS, case, posting
from tests.support.registers import TAX
from tests.unit.ingest.accepting import Scene

KEYS = st.sampled_from([None, "a", "b"])
SENDERS = st.sampled_from([OURS, OFFICE])
CHANGES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"case_no": "A-2"}, {"outcome": "lost"}]
)


def sent(posting: IncomingRequest) -> tuple[bytes, bytes]:
    return posting.body, posting.address


class Repeats(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene.real()
        self.first: dict[tuple[Sender, str], tuple[IncomingRequest, Accepted]] = {}
        self.kept = 0
        self.numbers = count()

    @rule(sender=SENDERS, key=KEYS, change=CHANGES, partial=st.booleans())
    def send(
        self, sender: Sender, key: str | None, change: dict[str, Any], *, partial: bool
    ) -> None:
        body = json.dumps(case(org=TAX, **change)).encode()
        asked = replace(
            posting("case", body, sender=sender, partial=partial, repeat_key=key),
            address=b"/v1/cases?mode=partial" if partial else b"/v1/cases?",
            id=str(next(self.numbers)),
        )
        try:
            accepted = asyncio.run(self.scene.accept(asked))
        except Refused as refused:
            self.refused(asked, refused, sound=change.get("outcome") != "lost")
            return
        self.accepted(asked, accepted)

    def accepted(self, asked: IncomingRequest, accepted: Accepted) -> None:
        earlier = self.first.get((asked.sender, asked.repeat_key or ""))
        assert accepted.replayed == (earlier is not None)
        if earlier is None:
            self.kept += 1
            if asked.repeat_key is not None:
                self.first[asked.sender, asked.repeat_key] = asked, accepted
        else:
            before, answer = earlier
            assert sent(before) == sent(asked)
            assert accepted.receipt == answer.receipt

    def refused(self, asked: IncomingRequest, refused: Refused, *, sound: bool) -> None:
        earlier = self.first.get((asked.sender, asked.repeat_key or ""))
        if refused.problem == "idempotency-key-reused":
            assert earlier is not None
            before, _ = earlier
            assert sent(before) != sent(asked)
        else:
            assert refused.problem == "invalid"
            assert not sound
            assert not asked.partial

    @invariant()
    def what_was_accepted_is_kept_once(self) -> None:
        entries = self.scene.book.entries
        assert len(entries) == self.kept
        assert len({entry.receipt.id for entry in entries}) == self.kept


TestRepeats = Repeats.TestCase
TestRepeats.settings = settings(max_examples=60, stateful_step_count=15)
