"""Scopes and networks of keys at every address of every service, read off the OpenAPI document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from duibiao.web.access import Role, Scope
from tests.service.web.whole_process import running
from tests.support.asgi import bearer, made

ROLES: tuple[Role, ...] = ("org", "office", "auditor", "admin")
QUESTIONS = {"/v1/previews", "/v1/what-if"}  # asked by POST; they change nothing
REFUSED = {"scope-missing", "role-not-allowed", "source-not-allowed"}


@dataclass(frozen=True)
class Product:
    """A running product, its operations, and a key of every role for each set of properties."""

    client: httpx.Client
    operations: list[tuple[str, str]]
    keys: Mapping[str, Mapping[Role, str]]

    def asked(self, method: str, path: str, kind: str) -> dict[Role, httpx.Response]:
        return {
            role: self.client.request(method, path, headers={"Authorization": bearer(text)})
            for role, text in self.keys[kind].items()
        }


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    kinds: dict[str, dict[str, Any]] = {
        "read": {"scopes": frozenset[Scope]({"read"})},
        "submit": {"scopes": frozenset[Scope]({"submit"})},
        "dry_run": {"scopes": frozenset[Scope]({"dry_run"})},
        "elsewhere": {"networks": (ip_network("192.0.2.0/24"),)},
    }
    orgs = {"read": "tax-bureau", "submit": "finance-bureau", "dry_run": "tax-bureau"}
    with running(tmp_path_factory.mktemp("installation")) as (installation, process):
        keyring = installation.keyring
        keys = {
            kind: {
                role: made(
                    keyring,
                    orgs.get(kind, "finance-bureau") if role == "org" else None,
                    role,
                    **wanted,
                )
                for role in ROLES
            }
            for kind, wanted in kinds.items()
        }
        url = f"http://127.0.0.1:{process.port}"
        with httpx.Client(base_url=url, trust_env=False) as client:
            paths = client.get("/openapi.json").json()["paths"]
            operations = [
                (method, path.replace("{", "").replace("}", ""))
                for path, methods in paths.items()
                for method, about in methods.items()
                if about.get("security")  # the open pages ask for no key
            ]
            yield Product(client, operations, keys)


def reads(method: str, path: str) -> bool:
    return method in {"get", "head"} or path in QUESTIONS


def code_of(answer: httpx.Response) -> str:
    (only,) = answer.json()["errors"]
    return str(only["code"])


def check_refused(product: Product, method: str, path: str, kind: str, code: str) -> None:
    """Every role is refused, and those whose role would do for the reason that is meant."""
    answers = product.asked(method, path, kind)
    told = {role: (answer.status_code, code_of(answer)) for role, answer in answers.items()}
    assert {status for status, _ in told.values()} == {403}, (method, path, told)
    assert {found for _, found in told.values()} <= REFUSED, (method, path, told)
    assert code in {found for _, found in told.values()}, (method, path, told)


def test_there_is_something_to_ask(product: Product) -> None:
    assert len(product.operations) > 25
    assert {method for method, _ in product.operations} >= {"get", "post"}


def test_a_key_that_only_reads_changes_nothing_anywhere(product: Product) -> None:
    for method, path in product.operations:
        if not reads(method, path):
            check_refused(product, method, path, "read", "scope-missing")


def test_a_key_that_only_submits_reads_nothing_anywhere(product: Product) -> None:
    for method, path in product.operations:
        if reads(method, path):
            check_refused(product, method, path, "submit", "scope-missing")


def test_a_key_that_only_tries_neither_reads_nor_changes_anything(product: Product) -> None:
    rows = {"/v1/observations", "/v1/cases", "/v1/progress-reports", "/v1/approvals"}
    for method, path in product.operations:
        if path not in rows:
            check_refused(product, method, path, "dry_run", "scope-missing")


def test_a_key_of_another_network_does_nothing_anywhere(product: Product) -> None:
    for method, path in product.operations:
        for role, answer in product.asked(method, path, "elsewhere").items():
            told = answer.status_code, code_of(answer)
            assert told == (403, "source-not-allowed"), (method, path, role)


def test_a_key_with_the_scope_is_let_in(product: Product) -> None:
    """So that the refusals above are no accident of these addresses."""
    for method, path in product.operations:
        kind = "read" if reads(method, path) else "submit"
        answers = product.asked(method, path, kind)
        assert {403} != {answer.status_code for answer in answers.values()}, (method, path)
