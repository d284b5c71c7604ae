"""Looking for secrets in what processes have written: keys, secrets of webhooks, passwords.

What a secret is, is read from the files that hold them: every dev-keys.json, and every file that a
test has named as one of secrets. Beside those, anything that is a whole good key is one.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from duibiao.core.keys import ID_CHARACTERS, KEY_CHARACTERS, PREFIX, key_id_of

SECRET_FILES = (".secret", ".password")
HOLDERS = frozenset({"dev-keys.json"})
KEY_FILES = frozenset({"key.txt"})  # where docs/client.md keeps the key itself: no log
GREP_FAILED = 2
LOGS = frozenset({".txt", ".log", ".jsonl", ".out", ".err"})
_AFTER_ID = len(PREFIX) + ID_CHARACTERS
_KEY = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{KEY_CHARACTERS - len(PREFIX)}}}")


def logs_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder that processes log to."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in LOGS and path.name not in KEY_FILES and path.is_file():
            yield path


def secrets_below(folder: Path) -> frozenset[str]:
    """Return every secret that stands in a file meant for it, whole or in its longest part."""
    found: set[str] = set()
    for path in folder.rglob("*"):
        if path.name in HOLDERS and path.is_file():
            found |= {text[_AFTER_ID:] for text in _keys_in(path)}
        elif path.suffix in SECRET_FILES and path.is_file():
            lines = path.read_text("utf-8", errors="replace").split()
            found |= {line.removeprefix("whsec_") for line in lines if len(line) > 8}
    return frozenset(found)


def _keys_in(path: Path) -> Iterator[str]:
    try:
        held: Mapping[str, object] = json.loads(path.read_text("utf-8"))
    except ValueError:
        return  # a test of broken files
    orgs = held.get("orgs") if isinstance(held, dict) else None
    values = [*held.values(), *(orgs.values() if isinstance(orgs, dict) else ())]
    for value in values:
        if isinstance(value, str) and key_id_of(value) is not None:
            yield value


def leaks_in(text: str, secrets: Iterable[str]) -> list[str]:
    """Return what of a text is secret, shortened so that telling it leaks nothing."""
    keys = [key for key in _KEY.findall(text) if key_id_of(key) is not None]
    return [f"{found[:6]}…" for found in (*keys, *(one for one in secrets if one in text))]


def leaks_below(folder: Path) -> dict[str, list[str]]:
    """Return the leaks of every log below a folder, by its name."""
    found: dict[str, list[str]] = {}
    for name, text in _grep(folder, "-E", _KEY.pattern):
        if key_id_of(text) is not None:
            found.setdefault(name, []).append(f"{text[:6]}…")
    for name, text in _grep(folder, "-F", "\n".join(secrets_below(folder))):
        found.setdefault(name, []).append(f"{text[:6]}…")
    return found


def _grep(folder: Path, how: str, patterns: str) -> Iterator[tuple[str, str]]:
    """Yield what of the logs is in the patterns, and where: thousands of them in one pass."""
    chosen = [*(f"--include=*{suffix}" for suffix in LOGS), *(f"--exclude={x}" for x in KEY_FILES)]
    command = ["grep", "-r", "-a", "-o", "-Z", how, "-f", "-", *chosen, "."]
    ran = subprocess.run(
        command,
        input=patterns.encode(),
        cwd=folder,
        env=os.environ | {"LC_ALL": "C"},
        capture_output=True,
        check=False,
    )
    assert ran.returncode < GREP_FAILED, ran.stderr.decode()
    for line in ran.stdout.decode("utf-8", errors="replace").splitlines():
        path, _, text = line.partition("\0")
        yield path.removeprefix("./"), text
