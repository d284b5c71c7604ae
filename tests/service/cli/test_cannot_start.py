"""What is said where a process cannot start: what it stumbled over, in both languages, no trace."""

import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from duibiao.core import SystemClock
from duibiao.store import Store
from duibiao.store.sqlite_file import hold
from services import __main__ as program
from services.cli.assembly import Installation
from tests.support import bent_clock
from tests.support.log_settings import logs_as_before
from tests.support.product import ROOT, Product
from tests.support.schemas import SCHEMAS

WRONG_USE = 2
OTHER_NOTICE = ROOT / "tests" / "data" / "other-notice"
SQLITE = "sqlite:///{folder}/duibiao.db"
CASES = {
    "the state folder is a file": (
        {"STATE_FOLDER": "{folder}/file", "DATABASE_URL": SQLITE},
        r"{folder}/file/dev-keys.json：不是文件夹。Not a directory",
    ),
    "the folder of the database is a file": (
        {"DATABASE_URL": "sqlite:///{folder}/file/duibiao.db"},
        r"{folder}/file：无法使用。File exists",
    ),
    "the log cannot be opened": (
        {"DATABASE_URL": "sqlite:///{folder}/log-taken/x.db"},
        r"{folder}/log-taken/x-log.db 无法打开或新建.*cannot be opened or made",
    ),
    "a store cannot be opened": (
        {"DATABASE_URL": "sqlite:///{folder}/store-taken/x.db"},
        r"{folder}/store-taken/x-access.db 无法打开或新建.*cannot be opened or made",
    ),
    "the port is taken": (
        {"PORT": "{port}", "DATABASE_URL": SQLITE},
        r"127.0.0.1:{port}：端口已被占用。Address already in use",
    ),
    "there is no register": (
        {"REGISTER": "{folder}/none", "DATABASE_URL": SQLITE},
        r"targets.yaml:1: 无法读取.*cannot be read",
    ),
    "there are no receivers": (
        {"RECEIVERS": "{folder}/none", "DATABASE_URL": SQLITE},
        r"{folder}/none：无法读取 cannot be read",
    ),
    "where receivers may be is no network": (
        {"RECEIVER_ALLOW": "10.0.0.0/99", "DATABASE_URL": SQLITE},
        r"设置有误 Setting DUIBIAO_RECEIVER_ALLOW: .*10.0.0.0/99",
    ),
}


@pytest.mark.parametrize(("settings", "told"), CASES.values(), ids=CASES)
def test_it_says_what_is_wrong(
    settings: Mapping[str, str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "log-taken" / "x-log.db").mkdir(parents=True)
    (tmp_path / "store-taken" / "x-access.db").mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as taken, logs_as_before():
        known = {"folder": tmp_path, "port": taken.getsockname()[1]}
        whole = {"STATE_FOLDER": "{folder}/state", "PORT": "0", **settings}
        for name, value in whole.items():
            monkeypatch.setenv(f"DUIBIAO_{name}", value.format(**known))
        said = why_it_ends(monkeypatch, capfd, "up", "--no-sample")

    assert re.search(told.format(**known), said), said


def test_a_store_keeps_to_its_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = {"STATE_FOLDER": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}
    for name, value in (settings | {"REGISTER": str(OTHER_NOTICE)}).items():
        monkeypatch.setenv(f"DUIBIAO_{name}", value)
    with logs_as_before():
        first = Installation.open(SystemClock(), sample=False)
        first.keyring.close()
        first.access.close()
        monkeypatch.delenv("DUIBIAO_REGISTER")
        for arguments in (("up",), ("serve", "ingest"), ("replay", "--check")):
            said = why_it_ends(monkeypatch, capfd, *arguments)
            assert f"holds the notice {first.register.notice.code}, not " in said
            assert f"已存有通知“{first.register.notice.code}”的数据" in said
    assert not (tmp_path / "dev-keys.json").exists()


def test_another_register_is_refused_while_a_process_uses_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DUIBIAO_STATE_FOLDER", str(tmp_path))
    monkeypatch.setenv("DUIBIAO_DATABASE_URL", f"sqlite:///{tmp_path}/x.db")
    monkeypatch.setenv("DUIBIAO_PORT", "0")
    holds = (
        "import sys, pathlib; from duibiao.store.sqlite_file import hold; "
        "kept = hold(pathlib.Path(sys.argv[1]), 'theirs'); print(flush=True); input()"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", holds, str(tmp_path / "x-alerts.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with first, logs_as_before():
        assert first.stdout
        first.stdout.readline()
        for arguments in (("up",), ("serve", "alerts")):
            said = why_it_ends(monkeypatch, capfd, *arguments)
            assert f"another register or calendar uses {tmp_path}/x-alerts.db" in said
        hold(tmp_path / "x-alerts.db", "theirs")()  # processes of one register may share it
        first.kill()
    hold(tmp_path / "x-alerts.db", "ours")()  # given back with the process


def why_it_ends(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *arguments: str
) -> str:
    monkeypatch.setattr("sys.argv", ["duibiao", *arguments])
    with pytest.raises(SystemExit) as ended:
        program.main()
    said = capfd.readouterr().err
    assert ended.value.code == WRONG_USE, said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("service", ["ingest", "indicators", "alerts"])
def test_a_wrong_clock_keeps_it_from_starting(
    service: str, postgres_url: str, tmp_path: Path
) -> None:
    """The first start notes from when on is watched."""
    for name, schema in SCHEMAS.items():
        with closing(Store(postgres_url, name)) as store:
            schema.migrate(store)
    (tmp_path / "clock").write_text("864000")
    settings = {
        "DUIBIAO_DATABASE_URL": postgres_url,
        "DUIBIAO_KAFKA_BOOTSTRAP": "127.0.0.1:9",  # it is not asked before
        bent_clock.FILE: str(tmp_path / "clock"),
    }
    process = Product(tmp_path, settings=settings, arguments=("serve", service))
    process.start(wait=False)

    assert process.died() == WRONG_USE
    said = process.output.read_text("utf-8")
    assert re.search(r"无法启动 Cannot start: 本机时钟与数据库时钟相差86[34]\d{3}秒", said)
    assert "Traceback" not in said
    process.close()
