"""The generated messages are those of proto/: `make proto` would change nothing."""

import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.support import project

PROTOS = sorted((project.ROOT / "proto").rglob("*.proto"))


def test_make_proto_would_change_nothing(tmp_path: Path) -> None:
    mypy_plugin = Path(sysconfig.get_path("scripts")) / "protoc-gen-mypy"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"--plugin=protoc-gen-mypy={mypy_plugin}",
            "-I",
            "proto",
            f"--python_out={tmp_path}",
            f"--mypy_out=quiet:{tmp_path}",
            *(path.relative_to(project.ROOT).as_posix() for path in PROTOS),
        ],
        cwd=project.ROOT,
        check=True,
        capture_output=True,
    )
    fresh = {path.name: path.read_text("utf-8") for path in tmp_path.rglob("*_pb2.py*")}
    kept = {path.name: path.read_text("utf-8") for path in project.GENERATED.glob("*_pb2.py*")}
    assert len(fresh) == 2 * len(PROTOS)
    assert fresh == kept
