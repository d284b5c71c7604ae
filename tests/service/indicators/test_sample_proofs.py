"""Every proof of the bundled sample has the published form, and its steps can be redone."""

from collections import Counter
from datetime import date, timedelta

from duibiao.register import default_folder
from services.cli.sample import read
from services.indicators.adapters.messages import read_submission
from services.ingest.domain.terms import Kind, Limits, Sender, Terms
from services.ingest.ports import RawSubmission
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
        posted = posting(
            KINDS[batch.kind], batch.body, "csv", sender=Sender(batch.org, office=False)
        )
        terms = Terms(register, posted.sender, LIMITS, at("2022-01-04"), date(2022, 1, 4))
        taken = intake().listed(RawSubmission(f"s{number:03}", posted, posted.body, terms))
        assert not taken.flaws
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
