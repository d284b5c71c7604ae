"""Errors that name another row of a request name its line of the file instead."""

from duibiao.client.answers import RowError
from duibiao.client.upload import in_lines
from duibiao.web.problems import error_detail


def test_another_row_is_named_by_its_line_of_the_file() -> None:
    other = ("Row 1 of this submission (counted from 0)", "本次报送的第1行（从0起）")
    told = error_detail("duplicate-row", index=2, other=other, identity=("a", "甲"))
    error = RowError(told.code, told.message, told.message_zh, index=2)
    (named,) = in_lines([error], [2, 3, 7])
    assert named.message == "Line 3 of the file has the same identity (a); send one of them."
    assert named.message_zh == "文件第3行与本行为同一事项（“甲”），只能保留一行。"
    plain = RowError("bad-time", "Row 5", "第5行")
    assert in_lines([plain], [2]) == (plain,)
