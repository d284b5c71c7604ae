"""The hashes of audit chains: known answers, and a clear word where one is not to be had."""

import hashlib

import pytest

from duibiao.audit.digests import ALGORITHMS, DIGEST_BYTES, AuditError, digest_named
from tests.support.audit import needs_sm3


def test_sha256_gives_the_known_answer() -> None:
    # FIPS 180-2, appendix B.1.
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_named("sha256")(b"abc").hex() == known


@needs_sm3
@pytest.mark.parametrize(
    ("content", "known"),
    [
        # GB/T 32905-2016, appendix A.
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_known_answers(content: bytes, known: str) -> None:
    assert digest_named("sm3")(content).hex() == known


@needs_sm3
def test_both_are_as_long() -> None:
    assert {len(digest_named(name)(b"")) for name in ALGORITHMS} == {DIGEST_BYTES}


def test_another_hash_is_none_of_ours() -> None:
    with pytest.raises(AuditError, match="'md5' is no hash of an audit chain; sha256, sm3 are"):
        digest_named("md5")


def test_a_python_without_sm3_is_told_what_to_do() -> None:
    def without_sm3(name: str, content: bytes) -> object:
        if name == "sm3":
            raise ValueError("unsupported hash type sm3")
        return hashlib.new(name, content)

    with pytest.raises(AuditError, match="has no SM3: set DUIBIAO_AUDIT_HASH=sha256"):
        digest_named("sm3", without_sm3)
    assert len(digest_named("sha256", without_sm3)(b"x")) == 32
