"""What `duibiao submit` says in the end: a table for people, or JSON for scripts. Chinese first."""

import json
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from duibiao.client import ClientError, Fault, Refused, Unavailable, Unreadable
from services.cli.submit_run import Emptied, Order, Outcome

_MOST_REASONS = 10
_MOST_FAULTS = 20


def show(console: Console, file: Path, order: Order, outcome: Outcome) -> None:
    """Print the counts, why rows were refused, and what to do next."""
    table = Table(title=f"{escape(file.name)} → {outcome.kind}", title_justify="left")
    for heading in ("结果", "行数"):
        table.add_column(heading, justify="right" if heading == "行数" else "left")
    for label, count in _counts(outcome):
        table.add_row(label, "待定 pending" if count is None else f"{count:,}")
    console.print(table)
    if outcome.reasons:
        console.print(_reasons(outcome))
    for line in _next_steps(file, order, outcome):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def show_json(file: Path, order: Order, outcome: Outcome) -> None:
    """Print the same for a script."""
    _print_json(
        {
            "file": str(file),
            "kind": outcome.kind,
            "mode": order.mode,
            "dry_run": order.dry_run,
            "stored": not outcome.checked_only,
            "final": outcome.final,
            "resumed": outcome.resumed,
            "received": outcome.received,
            "accepted": outcome.accepted,
            "duplicate": outcome.duplicate,
            "revised": outcome.revised,
            "rejected": outcome.rejected,
            "spooled": outcome.spooled,
            "errors": dict(outcome.reasons.most_common()),
            "warnings": [_told(fault) for fault in outcome.warnings],
            "errors_file": None if outcome.errors_file is None else str(outcome.errors_file),
            "submissions": outcome.submissions,
        }
    )


def show_emptied(console: Console, spool: Path, emptied: Emptied) -> None:
    """Say what became of what waited in a spool."""
    whole = sum(one.receipt is None for one in emptied.delivered)
    console.print(
        f"暂存 {escape(str(spool))}：已送出 sent {len(emptied.delivered) - whole}，"
        f"整体被拒 refused {whole}"
    )
    for path in emptied.errors_files:
        console.print(f"被拒的行 Refused rows: {path}", markup=False, soft_wrap=True)
    if emptied.away is not None:
        console.print(f"其余继续等待 The rest waits: {emptied.away.reason}", markup=False)


def emptied_json(emptied: Emptied) -> None:
    """Print the same for a script."""
    _print_json(
        {
            "sent": sum(one.receipt is not None for one in emptied.delivered),
            "refused": sum(one.receipt is None for one in emptied.delivered),
            "waiting": emptied.away is not None,
            "errors_files": [str(path) for path in emptied.errors_files],
        }
    )


def show_error(console: Console, error: ClientError | OSError, *, as_json: bool) -> None:
    """Say what ended the run, with every fault that was told."""
    faults = error.errors if isinstance(error, Refused) else ()
    zh, en = _words(error)
    if as_json:
        _print_json({"error": en, "error_zh": zh, "errors": [_told(fault) for fault in faults]})
        return
    console.print(f"[red]{escape(zh)}[/red]\n{escape(en)}", highlight=False, soft_wrap=True)
    if faults:
        console.print(_faults(faults))
    if len(faults) > _MOST_FAULTS:
        console.print(f"……共 {len(faults)} 处 faults in all")


def _counts(outcome: Outcome) -> list[tuple[str, int | None]]:
    counts: list[tuple[str, int | None]] = [("收到 received", outcome.received)]
    if outcome.checked_only:
        counts.append(("可接受 acceptable", outcome.accepted))
    else:
        counts += [
            ("接受 accepted", outcome.accepted),
            ("重复 duplicate", outcome.duplicate),
            ("修订 revised", outcome.revised),
        ]
    counts.append(("拒绝 rejected", outcome.rejected))
    if outcome.spooled:
        counts.append(("暂存待送 spooled", outcome.spooled))
    return counts


def _reasons(outcome: Outcome) -> Table:
    table = Table(title="拒绝原因 Why rows were refused", title_justify="left")
    for heading in ("代码", "次数", "例"):
        table.add_column(heading, overflow="fold")
    for code, count in outcome.reasons.most_common(_MOST_REASONS):
        example = outcome.examples[code]
        said = f"{escape(example.message_zh)}\n[dim]{escape(example.message)}[/dim]"
        table.add_row(code, f"{count:,}", said)
    return table


def _next_steps(file: Path, order: Order, outcome: Outcome) -> list[str]:
    lines = []
    if outcome.resumed:
        lines.append("已接续上次中断的报送。Went on from where an earlier run was cut short.")
    if order.dry_run:
        lines.append("仅检查，未保存任何数据。Checked only: nothing was stored.")
    elif outcome.checked_only:
        lines.append(
            "有误，整份未保存；请更正原文件后重新报送。"
            "Nothing was stored: mend the file itself and submit it again."
        )
    if outcome.errors_file is not None:
        lines.append(f"被拒的行及原因 Refused rows and why: {outcome.errors_file}")
        if not outcome.checked_only:
            lines.append(
                f"更正后执行 Mend them, then: duibiao submit {outcome.errors_file} "
                f"--kind {outcome.kind}"
            )
    if outcome.unlisted:
        lines.append(f"另有 {outcome.unlisted} 行未能逐行列出 rows more were not named one by one")
    lines += [f"提示 Warning: {w.message_zh} {w.message}" for w in outcome.warnings]
    if not outcome.final:
        lines.append("最终计数尚未得出，见 GET /v1/submissions。The final counts come later.")
    if outcome.spooled and order.spool is not None:
        folder = order.spool.folder
        lines.append(
            f"服务暂不可用，已暂存；稍后执行 Kept for later; send it with: "
            f"duibiao submit --spool {folder}"
        )
    return lines or [f"{file.name}：完成 done"]


def _faults(faults: Sequence[Fault]) -> Table:
    table = Table()
    for heading in ("行", "位置", "问题"):
        table.add_column(heading, overflow="fold")
    for fault in faults[:_MOST_FAULTS]:
        said = f"{escape(fault.message_zh)}\n[dim]{escape(fault.message)}[/dim]"
        row = "—" if fault.index is None else str(fault.index + 1)
        table.add_row(row, escape(fault.pointer or "—"), said)
    return table


def _words(error: ClientError | OSError) -> tuple[str, str]:
    if isinstance(error, Refused):
        return f"被拒绝（{error.status}）：{error.detail_zh}", f"Refused: {error.detail}"
    if isinstance(error, Unreadable):
        place = "" if error.line is None else f"第{error.line}行："
        return f"文件无法读取：{place}{error.reason_zh}", f"The file cannot be read: {error}"
    if isinstance(error, Unavailable):
        return (
            "服务没有应答；再次执行同一命令即可从中断处继续。",
            f"The product does not answer ({error.reason}). The same command goes on from here.",
        )
    if isinstance(error, OSError):
        return "文件读写失败。", f"A file cannot be read or written: {error}"
    return "应答不是本系统的，请核对地址。", f"That answer is not this product's: {error}"


def _told(fault: Fault) -> dict[str, object]:
    return {
        "code": fault.code,
        "message": fault.message,
        "message_zh": fault.message_zh,
        "pointer": fault.pointer,
        "index": fault.index,
    }


def _print_json(data: object) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False))
