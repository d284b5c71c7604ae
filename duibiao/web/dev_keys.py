"""The keys of a laptop: one per role and reporting org, in a file, made by `duibiao up` only."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from duibiao.core.keys import key_id_of
from duibiao.web.access import Role
from duibiao.web.keyring import Keyring
from duibiao.web.keys import Wanted
from duibiao.web.problems import Problem

LABEL: Final = "dev"
_NOTE: Final = {"via": "duibiao up"}
_ROLES: Final[tuple[Role, ...]] = ("office", "admin", "auditor")
_OWNER_ONLY: Final = 0o600


def dev_keys(keyring: Keyring, orgs: Sequence[str], path: Path) -> bool:
    """Make `path` hold a good key for every role and each of `orgs`; tell whether it was written.

    Keys in the file that still work are kept. Others with our label are revoked: nobody can
    know them any more. The file is readable by its owner only and is never seen half written.
    """
    old = _read(path)
    old_orgs = old.get("orgs")
    of_org: dict[str, Any] = old_orgs if isinstance(old_orgs, dict) else {}
    kept = {role: old.get(role) for role in _ROLES if _good(keyring, old.get(role), None, role)}
    kept_orgs = {org: of_org[org] for org in orgs if _good(keyring, of_org.get(org), org, "org")}
    if len(kept) == len(_ROLES) and len(kept_orgs) == len(orgs):
        return False
    _revoke_lost(keyring, {str(text) for text in (*kept.values(), *kept_orgs.values())})
    made: dict[str, Any] = {role: kept.get(role) or _make(keyring, None, role) for role in _ROLES}
    made["orgs"] = {org: kept_orgs.get(org) or _make(keyring, org, "org") for org in orgs}
    _write(path, json.dumps(made, indent=2) + "\n")
    return True


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _good(keyring: Keyring, text: object, org: str | None, role: Role) -> bool:
    if not isinstance(text, str):
        return False
    try:
        caller = keyring.authenticate(f"Bearer {text}")
    except Problem:
        return False
    return (caller.org, caller.role) == (org, role)


def _make(keyring: Keyring, org: str | None, role: Role) -> str:
    # A laptop must start whatever keys were made by hand before.
    wanted = Wanted(org, role, LABEL)
    return keyring.keys.create(wanted, beyond=True, note=_NOTE).text


def _revoke_lost(keyring: Keyring, kept: set[str]) -> None:
    ids = {key_id_of(text) for text in kept}
    for row in keyring.keys.rows():
        if row.label == LABEL and row.revoked_at is None and row.id not in ids:
            keyring.keys.revoke(row.id, note=_NOTE)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
