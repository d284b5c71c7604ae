"""Signatures against a vector of the specification's own kind, worked out with openssl."""

import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from services.alerts.adapters.channels.signature import SecretError, read_secrets, signature

SECRET = b"0123456789abcdef01234567"
TEXT = base64.b64encode(SECRET).decode()


def test_the_specifications_example() -> None:
    # From the test of the reference libraries of Standard Webhooks.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    made = signature([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_sign_side_by_side() -> None:
    made = signature([SECRET, b"x" * 32], "id", 7, b"{}").split(" ")

    assert len(made) == 2
    assert made[0] == signature([SECRET], "id", 7, b"{}")
    other = hmac.new(b"x" * 32, b"id.7.{}", hashlib.sha256).digest()
    assert made[1] == "v1," + base64.b64encode(other).decode()


@pytest.mark.parametrize("content", [TEXT, f"whsec_{TEXT}\n", f"\nwhsec_{TEXT}\n\n"])
def test_a_secret_file_with_and_without_the_prefix(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret"
    file.write_text(content)

    assert read_secrets(file) == (SECRET,)


def test_a_secret_file_may_hold_the_old_and_the_new(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    other = base64.b64encode(b"y" * 64).decode()
    file.write_text(f"whsec_{TEXT}\nwhsec_{other}\n")

    assert read_secrets(file) == (SECRET, b"y" * 64)


@pytest.mark.parametrize(
    "content", ["", "whsec_", "not base64!", base64.b64encode(b"x" * 23).decode(), "密钥"]
)
def test_a_bad_secret_is_told_without_showing_it(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(SecretError) as told:
        read_secrets(file)
    assert str(file) in str(told.value)
    assert not content or content not in str(told.value)


def test_a_missing_secret_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="cannot be read"):
        read_secrets(tmp_path / "nowhere")
