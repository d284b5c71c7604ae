"""The options of `duibiao submit`, each with its help."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class KindName(StrEnum):
    """What rows can be, as --kind has it."""

    OBSERVATIONS = "observations"
    CASES = "cases"
    REPORTS = "progress-reports"


class ModeName(StrEnum):
    """What becomes of the rows beside a wrong one, as --mode has it."""

    PARTIAL = "partial"
    ATOMIC = "atomic"


# Help is wrapped at spaces, which Chinese has not, so its pieces stay short.
File = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="CSV、NDJSON、JSON 或 XLSX 文件 the file; left out: only empty the spool",
    ),
]
RowKind = Annotated[
    KindName | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="内容类别 observations, cases or progress-reports; by the columns if unset",
    ),
]
RowMode = Annotated[
    ModeName,
    typer.Option(
        "--mode",
        metavar="MODE",
        help="partial: 只拒绝有误的行 refuse wrong rows alone; "
        "atomic: 有一行有误则全不保存 one wrong row and nothing is stored",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查不保存 check, store nothing")]
Url = Annotated[
    str,
    typer.Option("--url", metavar="URL", help="服务地址 where the product is; here if unset"),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="PATH",
        exists=True,
        dir_okay=False,
        help="密钥文件 file with the key; dev-keys.json of this machine if unset",
    ),
]
Org = Annotated[
    str,
    typer.Option("--org", metavar="CODE", help="使用哪个单位的密钥 whose key of dev-keys.json"),
]
SpoolFolder = Annotated[
    Path | None,
    typer.Option(
        "--spool",
        metavar="FOLDER",
        file_okay=False,
        help="暂存文件夹 keeps requests while the product is away, to be sent in order later",
    ),
]
Restart = Annotated[bool, typer.Option("--restart", help="从头报送 forget an interrupted run")]
MostRows = Annotated[
    int, typer.Option("--rows", metavar="N", min=1, help="每次请求的行数 rows of one request")
]
WaitSeconds = Annotated[
    float,
    typer.Option(
        "--wait", metavar="SECONDS", min=0, help="等待最终计数 how long to wait for final counts"
    ),
]
Patience = Annotated[
    float | None,
    typer.Option(
        "--patience",
        metavar="SECONDS",
        min=0,
        help="服务不可用时重试多久 how long to try again: 600, with a spool 10",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出 print JSON")]
