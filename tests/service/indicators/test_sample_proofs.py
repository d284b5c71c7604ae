"""Every proof of the bundled sample has the published form, and its steps can be redone."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from duibiao.register import default_folder
from services.cli.sample import read
from services.indicators.adapters.messages import read_submission
from services.ingest.domain.context import Kind, Limits, Sender
from tests.support.court import Court
from tests.support.ingest import intake, posting
from tests.support.proofs import check_proof
from tests.support.registers import the_register
from tests.support.statements import at

KINDS: dict[str, Kind] = {"observations": "observation", "cases": "case"}
LIMITS = Limits(10_000, 8, 200, 2_000, timedelta(minutes=5))


def test_every_proof_of_the_sample_can_be_redone() -> None:
    register = the_register()
    court = Court(register, today="2022-01-04")
    batches = [batch for batch in read(default_folder() / "sample") if batch.kind in KINDS]
    for number, batch in enumerate(batches):
        sender = Sender(batch.org, office=False)
        posted = posting(KINDS[batch.kind], batch.body, "csv", sender=sender)
        posted = replace(posted, id=f"s{number:03}", received=at("2022-01-04"))
        taken = intake(register, LIMITS).listed(posted, posted.body)
        assert not taken.errors
        court.post(read_submission(taken.payload, register))
    for proof in court.repository.proofs.values():
        check_proof(proof)
    stand = [
        court.repository.proofs[kept.row.id] for kept in court.repository.verdict_table.values()
    ]
    assert len(stand) > 150
    found = Counter(name for proof in stand for name, value in proof.items() if value)
    for name in ("figure", "distribution", "clock", "compared_with", "pace", "kept", "steps"):
        assert found[name], name
