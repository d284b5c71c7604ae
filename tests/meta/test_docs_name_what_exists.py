"""What README files and docs name is there: paths, settings, endpoints, commands, metrics, topics.

Only code spans, fenced blocks and links are read, where a name stands as a reader would type it.
"""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from itertools import product, zip_longest
from pathlib import Path
from typing import Final

import pytest

from duibiao.contracts.topics import TOPICS
from duibiao.core import SystemClock
from duibiao.core.settings import variables
from duibiao.web.app import App
from duibiao.web.error_mapping import allowed_at
from services.cli import COMMANDS, command
from services.cli.assembly import SERVICES, Installation
from tests.meta.test_metrics_documented import bare, in_code
from tests.meta.test_settings_documented import settings_classes
from tests.support import project

PAGES: Final = [
    path for path in project.files() if path.suffix == ".md" and path.name != "CHANGELOG.md"
]
CODE: Final = re.compile(r"^```.*?^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
FILES: Final = {project.name(path) for path in project.files()}
FOLDERS: Final = {parent.as_posix() for name in FILES for parent in Path(name).parents}
TOPS: Final = sorted({Path(name).parts[0] for name in FOLDERS if name != "."})
PATH: Final = re.compile(
    rf"(?<![\w/.:@-])(?:{'|'.join(map(re.escape, TOPS))})/[\w./{{}}<>,*-]*[\w}}>*/]"
)
NAMED_FILE: Final = re.compile(r"[\w-][\w.-]*\.(?:py|ya?ml|md|toml|proto|sql|tmpl)")
ELSEWHERE: Final = {
    *("receivers.yaml", "days.yaml", "overlay.yaml"),  # files of an installation's own
    *("deploy/secrets", "deploy/secrets/", "deploy/secrets/grafana-password"),  # `make secrets`
    *("deploy/prometheus/rules.d/", "deploy/prometheus/rules.d/register.yml"),  # an installation's
    "deploy/grafana/boards/register.json",  # an installation's
    "deploy/duibiao-ingest",  # what kubectl calls a deployment
}
SETTINGS: Final = {one.name for one in variables(*settings_classes())}
SETTING: Final = re.compile(r"\bDUIBIAO_[A-Z_]*[A-Z]\b")
OF_TESTS: Final = {"DUIBIAO_TEST_DATA", "DUIBIAO_TEST_SEED", "DUIBIAO_TEST_SERVERS"}
SEGMENTS: Final = r"(?:/(?:[\w.:-]|\{[^}\s]*\}|<[^>\s]*>)+)*"
ENDPOINT: Final = re.compile(
    r"(?:\b(GET|POST|PUT|PATCH|DELETE|HEAD) )?(?:https?://[\w.:-]+|\$URL|(?<![\w.}/*$-]))"
    rf"(/(?:v1|board|docs|problems|livez|readyz|metrics|openapi\.json)(?!\w){SEGMENTS})"
)
COMMAND: Final = re.compile(
    r"(?m)(?<!-n )(?:^|(?<=[`(\s])|(?<=bin/))duibiao ([a-z][a-z-]*)"
    r"(?: (\{[^}]*\}|[a-z][a-z-]*))?((?: [^\n|`]*)?)"
)
METRIC: Final = re.compile(r"\bduibiao_[a-z0-9_]*[a-z0-9](?![\w*])")
MEASURED: Final = in_code()
NO_METRICS: Final = {"duibiao_lang", "duibiao_api"}  # a cookie, a client made by a tool
TOPIC: Final = re.compile(r"(?<!proto )\bduibiao\.(?!contracts\.)[a-z-]+\.v[0-9]+\b")
MADE: Final = re.findall(r"(?m)^([a-z-]+):", (project.ROOT / "Makefile").read_text("utf-8"))
MAKE: Final = re.compile(r"(?:^|[`\s])make ([a-z][a-z-]*)", re.MULTILINE)

Named = Iterator[str]


def spans(text: str) -> Named:
    """Yield what stands in code."""
    for found in CODE.finditer(text):
        yield found[1] or found[0]


def expanded(name: str) -> Named:
    """Yield a name for every choice of its braces; a placeholder becomes a star."""
    parts = re.split(r"(\{[^}]*\}|<[^>]*>)", name)
    yield from map("".join, product(*map(_choices, parts)))


def _choices(part: str) -> list[str]:
    if part.startswith("{") and re.search(r"[,|]", part):
        return re.split(r"\\?\||,", part[1:-1])
    placeholder = part.startswith(("{", "<"))
    return ["*"] if placeholder else [re.sub(r"\b[A-Z][A-Z_]+\b", "*", part)]


def paths(text: str) -> Named:
    for span in spans(text):
        whole = NAMED_FILE.fullmatch(span)
        yield from [span] if whole else PATH.findall(span)


def there(name: str) -> bool:
    """Whether a path, or a file anywhere by its bare name, is in the repository."""
    if name in ELSEWHERE:
        return True
    if "/" not in name:
        return any(Path(file).name == name for file in FILES)
    return all(
        any(fnmatchcase(known, one.rstrip("/")) for known in (*FILES, *FOLDERS))
        for one in expanded(name)
    )


def settings(text: str) -> Named:
    yield from SETTING.findall(text)


def endpoints(text: str) -> Named:
    for span in spans(text):
        for method, path in ENDPOINT.findall(span):
            yield f"{method or 'GET'} {path}" if method else path


def commands(text: str) -> Named:
    for span in spans(text):
        for first, second, rest in COMMAND.findall(span):
            options = re.findall(r"(?<!\S)--[a-z-]+", f"{rest}")
            yield " ".join([first, second, *options])


def runs(name: str) -> bool:
    """Whether the command line has a command, its subcommand and its options."""
    first, second, *options = name.split(" ")
    if first not in COMMANDS:
        return False
    top = command(first)
    under = getattr(top, "commands", {})
    meant = [top]
    if under and second:
        meant = [under.get(one) for one in second.strip("{}").split(",")]
    known = {option for one in meant if one for at in one.params for option in at.opts}
    return all(meant) and {one for one in options if one != "--help"} <= known


def metrics(text: str) -> Named:
    for span in spans(text):
        yield from (name for name in METRIC.findall(span) if name not in NO_METRICS)


def measured(name: str) -> bool:
    return bare(re.sub(r"_(bucket|count|sum)$", "", name)) in MEASURED


def topics(text: str) -> Named:
    yield from TOPIC.findall(text)


def targets(text: str) -> Named:
    for span in spans(text):
        yield from MAKE.findall(span)


@pytest.fixture(scope="module")
def product_app(tmp_path_factory: pytest.TempPathFactory) -> App:
    folder = tmp_path_factory.mktemp("installation")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DUIBIAO_DATABASE_URL", f"sqlite:///{folder}/duibiao.db")
        environment.setenv("DUIBIAO_STATE_FOLDER", str(folder))
        environment.setenv("DUIBIAO_OIDC_ISSUER", "https://sso.example.invalid")
        installation = Installation.open(SystemClock(), sample=False)
        return installation.process(list(SERVICES)).app


def answered(app: App, name: str) -> bool:
    """Whether the product has a route for an endpoint, and by its method where one is named."""
    method, _, path = name.rpartition(" ")
    for one in expanded(path.rstrip("/")):
        if "*" in one and any(_fits(one, known) for known in app.openapi()["paths"]):
            continue
        scope = {"type": "http", "path": one.replace("*", "x"), "root_path": "", "headers": []}
        allowed = allowed_at(app.router.routes, scope).split(", ")
        if (method or allowed[0]) not in allowed or allowed == [""]:
            return False
    return True


def _fits(named: str, known: str) -> bool:
    """Whether a path with stars may be one of the API, whose parameters stand in braces."""
    pairs = list(zip_longest(named.split("/"), known.split("/"), fillvalue=""))
    return all(fnmatchcase(theirs, ours) or theirs.startswith("{") for ours, theirs in pairs)


KINDS: Final[dict[str, tuple[Callable[[str], Named], Callable[[str], bool]]]] = {
    "path": (paths, there),
    "setting": (settings, (SETTINGS | OF_TESTS).__contains__),
    "command": (commands, runs),
    "metric": (metrics, measured),
    "topic": (topics, {topic.name() for topic in TOPICS}.__contains__),
    "target": (targets, MADE.__contains__),
}


def missing(named: Callable[[str], Named], exists: Callable[[str], bool]) -> list[str]:
    """Return what a page names that is not there."""
    return [
        f"{project.name(page)}: {name}"
        for page in PAGES
        for name in dict.fromkeys(named(page.read_text("utf-8")))
        if not exists(name)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_page_names_is_there(kind: str) -> None:
    assert missing(*KINDS[kind]) == []


def test_every_endpoint_that_a_page_names_is_answered(product_app: App) -> None:
    assert missing(endpoints, lambda name: answered(product_app, name)) == []


def test_every_link_leads_to_a_file() -> None:
    broken = [
        f"{project.name(page)}: {target}"
        for page in PAGES
        for target in LINK.findall(page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("kind", "said", "named", "is_there"),
    [
        ("path", "`notice/xa-2021-6/alert-rules.yaml`", "notice/xa-2021-6/alert-rules.yaml", False),
        ("path", "`services/ingest/domain/`", "services/ingest/domain/", True),
        ("path", "`services/<each>/README.md`", "services/<each>/README.md", True),
        ("path", "`no-such-file.yaml`", "no-such-file.yaml", False),
        ("setting", "`DUIBIAO_REGISTER_FOLDER`,", "DUIBIAO_REGISTER_FOLDER", False),
        ("setting", "DUIBIAO_REGISTER=x", "DUIBIAO_REGISTER", True),
        ("command", "`duibiao replay --check`", "replay  --check", True),
        ("command", "`duibiao replay --chekc`", "replay  --chekc", False),
        ("command", "`duibiao close-quarter 2021Q1`", "close-quarter ", False),
        ("metric", "`duibiao_target_status`", "duibiao_target_status", True),
        ("metric", "`duibiao_no_such_thing`", "duibiao_no_such_thing", False),
        ("topic", "duibiao.verdicts.v1", "duibiao.verdicts.v1", True),
        ("topic", "duibiao.verdict.v1", "duibiao.verdict.v1", False),
        ("target", "`make tests`", "tests", False),
    ],
)
def test_a_name_is_found_and_judged(kind: str, said: str, named: str, *, is_there: bool) -> None:
    read, exists = KINDS[kind]
    assert list(read(said)) == [named]
    assert exists(named) == is_there


@pytest.mark.parametrize(
    ("said", "named", "is_there"),
    [
        ("`POST /v1/receivers/NAME/ring`", "POST /v1/receivers/NAME/ring", False),
        ("`POST /v1/observations`", "POST /v1/observations", True),
        ("`DELETE /v1/observations`", "DELETE /v1/observations", False),
        ("`$URL/v1/verdicts?target=T16`", "/v1/verdicts", True),
        ("`/v1/templates/{indicator,cases}.xlsx`", "/v1/templates/{indicator,cases}.xlsx", True),
        ("`POST /v1/alerts/{id}/{reply\\|burn}`", "POST /v1/alerts/{id}/{reply\\|burn}", False),
        ("`/board/orgs/{code}`", "/board/orgs/{code}", True),
    ],
)
def test_an_endpoint_is_found_and_judged(
    product_app: App, said: str, named: str, *, is_there: bool
) -> None:
    assert list(endpoints(said)) == [named]
    assert answered(product_app, named) == is_there
