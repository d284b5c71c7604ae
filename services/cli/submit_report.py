"""The output of `duibiao submit`: a table for people, or JSON for scripts. Chinese first."""

from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.markup import escape

from duibiao.client import ClientError, Refused, RowError, Unavailable, Unreadable
from services.cli.output import print_json, print_table
from services.cli.submit_run import Outcome

_MOST_REASONS = 10
_MOST_ERRORS = 20
_NOT_IN_JSON: Final = {"examples", "unlisted"}
_NOTHING_STORED: Final = "Nothing was stored: correct the file itself and submit it again."


def show(console: Console, outcome: Outcome) -> None:
    """Print the counts, why rows were rejected, and what to do next."""
    title = f"{escape(outcome.file.name)} → {outcome.kind}"
    counts: dict[str, int | None] = {"收到 received": outcome.received}
    if outcome.stored:
        counts["接受 accepted"] = outcome.accepted
        counts |= {"重复 duplicate": outcome.duplicate, "修订 revised": outcome.revised}
    else:
        counts["可接受 acceptable"] = outcome.accepted
    counts["拒绝 rejected"] = outcome.rejected
    rows = [(name, "待定 pending" if n is None else f"{n:,}") for name, n in counts.items()]
    print_table(title, ("结果", "行数"), rows, console=console)
    if outcome.errors:
        reasons = [
            (code, f"{count:,}", _message(outcome.examples[code]))
            for code, count in outcome.errors.most_common(_MOST_REASONS)
        ]
        headings = ("代码", "次数", "例")
        print_table("拒绝原因 Why rows were rejected", headings, reasons, console=console)
    for line in _next_steps(outcome):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def show_json(outcome: Outcome) -> None:
    """Print the same for a script."""
    members = asdict(outcome) | {"errors": dict(outcome.errors.most_common())}
    print_json({name: members[name] for name in members if name not in _NOT_IN_JSON})


def show_error(console: Console, error: ClientError | OSError, *, as_json: bool) -> None:
    """Print what ended the run, with every listed error."""
    errors = error.errors if isinstance(error, Refused) else ()
    zh, en = _words(error)
    if as_json:
        print_json({"error": en, "error_zh": zh, "errors": errors})
        return
    console.print(f"[red]{escape(zh)}[/red]\n{escape(en)}", highlight=False, soft_wrap=True)
    if errors:
        rows = [
            (
                "—" if one.index is None else str(one.index + 1),
                escape(one.pointer or "—"),
                _message(one),
            )
            for one in errors[:_MOST_ERRORS]
        ]
        print_table(None, ("行", "位置", "问题"), rows, console=console)
    if len(errors) > _MOST_ERRORS:
        console.print(f"……共 {len(errors)} 处 errors in all")


def _next_steps(outcome: Outcome) -> list[str]:
    lines = []
    if outcome.resumed:
        lines.append("已接续上次中断的报送。Resumed an interrupted run.")
    if outcome.dry_run:
        lines.append("仅检查，未保存任何数据。Validated only: nothing was stored.")
    elif not outcome.stored:
        lines += ["有误，整份未保存；请更正原文件后重新报送。", _NOTHING_STORED]
    if outcome.errors_file is not None:
        lines.append(f"被拒的行及原因 Rejected rows and reasons: {outcome.errors_file}")
        if outcome.stored:
            command = f"duibiao submit {outcome.errors_file} --kind {outcome.kind}"
            lines.append(f"更正后执行 Correct them, then: {command}")
    if outcome.unlisted:
        lines.append(f"另有 {outcome.unlisted} 行未能逐行列出 rows more were not listed")
    lines += [f"提示 Warning: {one.message_zh} {one.message}" for one in outcome.warnings]
    if not outcome.final:
        lines.append("最终计数尚未得出，见 GET /v1/submissions。The final counts come later.")
    return lines or [f"{outcome.file.name}：完成 done"]


def _words(error: ClientError | OSError) -> tuple[str, str]:
    match error:
        case Refused():
            return f"被拒绝（{error.status}）：{error.detail_zh}", f"Refused: {error.detail}"
        case Unreadable():
            place = "" if error.line is None else f"第{error.line}行："
            return f"文件无法读取：{place}{error.reason_zh}", f"The file cannot be read: {error}"
        case Unavailable():
            zh = "服务没有应答；再次执行同一命令即可从中断处继续。"
            return zh, f"The product does not answer ({error.reason}). The same command resumes."
        case OSError():
            return "文件读写失败。", f"A file cannot be read or written: {error}"
        case _:
            return "应答不是本系统的，请核对地址。", f"Not a response of this product: {error}"


def _message(error: RowError) -> str:
    return f"{escape(error.message_zh)}\n[dim]{escape(error.message)}[/dim]"
