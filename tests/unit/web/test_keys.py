import re
from hashlib import sha256

import pytest

from duibiao.core.keys import checksum, hashed, hidden, key_id_of, new_key


def test_a_key_has_a_prefix_an_id_a_secret_and_a_checksum() -> None:
    made = new_key()
    assert re.fullmatch(r"dbk_[0-9A-Za-z]{12}[0-9A-Za-z]{43}[0-9A-Za-z]{6}", made.text)
    assert made.text[4:16] == made.id
    assert key_id_of(made.text) == made.id


def test_what_is_kept_is_the_sha256_of_the_whole_key() -> None:
    made = new_key()
    assert made.hash == sha256(made.text.encode()).digest() == hashed(made.text)
    assert made.text not in repr(made.hash)


def test_no_two_keys_are_alike() -> None:
    made = [new_key() for _ in range(50)]
    assert len({key.id for key in made}) == len({key.text[16:59] for key in made}) == 50


def test_the_checksum_is_the_crc32_in_base62() -> None:
    # CRC-32 of "123456789" is 0xCBF43926 = 3421780262 by its definition;
    # 3421780262 = 3*62^5 + 45*62^4 + 35*62^3 + 27*62^2 + 22*62 + 14, digits 0-9 A-Z a-z.
    assert checksum("123456789") == "3jZRME"


@pytest.mark.parametrize("place", [4, 20, 58, 59, 64])
def test_one_mistyped_character_is_noticed(place: int) -> None:
    text = new_key().text
    other = "a" if text[place] != "a" else "b"
    assert key_id_of(text[:place] + other + text[place + 1 :]) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dbk_",
        "dbk_short",
        "x" * 65,
        "dbk_" + "é" * 61,
        "dbk_" + "\udc80" * 61,
        "DBK_" + "0" * 61,
        "dbk_" + "0" * 62,
    ],
)
def test_what_is_no_key_has_no_id(text: str) -> None:
    assert key_id_of(text) is None


def test_what_looks_like_a_key_is_shown_without_its_secret() -> None:
    text = new_key().text
    assert hidden(f"/v1/x/{text}?key={text[:40]}") == (f"/v1/x/{text[:16]}***?key={text[:16]}***")
    for harmless in ("", "dbk_", "dbk_short", text[:16], "值 no key"):
        assert hidden(harmless) == harmless
