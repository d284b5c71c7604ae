"""The keys of this machine: the file that `duibiao up` writes, and one key of it."""

import json
from pathlib import Path

import typer


def keys_file(folder: Path) -> Path:
    """Return where `up` writes its keys, in the folder of its state."""
    return folder / "dev-keys.json"


def key_of(path: Path, org: str) -> str:
    """Return the key in a file: the whole text, or an org's key of a dev-keys.json."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(
            f"读不出密钥文件 {path}。The key file cannot be read: use --key-file."
        ) from None
    if not text.startswith("{"):
        return text
    try:
        keys = json.loads(text)
        return str(keys[org] if org in keys and org != "orgs" else keys["orgs"][org])
    except (ValueError, KeyError, TypeError):
        raise typer.BadParameter(
            f"密钥文件中没有 {org}。The key file holds no key of {org}."
        ) from None
