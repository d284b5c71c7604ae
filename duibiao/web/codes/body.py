"""Faults of the bytes or the shape of a body, before any row is looked at. Only data."""

from collections.abc import Mapping
from typing import Final

from duibiao.web.codes.wording import Wording

BODY: Final[Mapping[str, Wording]] = {
    "malformed": Wording(
        "The body cannot be read as {format}: {reason}.",
        "正文无法按{format}读取：{reason}。",
    ),
    "bad-encoding": Wording(
        "The body is not {encoding} text; the first bad byte is number {position}.",
        "正文不是{encoding}编码的文本，第{position}个字节有误。",
    ),
    "bad-compression": Wording(
        "The body cannot be unpacked as {encoding}.",
        "正文无法按{encoding}解压。",
    ),
    "empty-body": Wording(
        "The body holds no rows.",
        "正文中没有任何数据行。",
    ),
    "not-an-object": Wording(
        "A row must be an object of named fields, not {kind}.",
        "每一行应为带字段名的对象，不能是{kind}。",
    ),
    "too-many-rows": Wording(
        "More than {limit} rows in one submission; split it.",
        "一次报送超过{limit}行，请分批报送。",
    ),
    "too-large": Wording(
        "The body is larger than {limit} bytes.",
        "正文超过{limit}字节。",
    ),
    "too-deep": Wording(
        "Values are nested deeper than {limit} levels.",
        "数据嵌套超过{limit}层。",
    ),
    "unsupported-media-type": Wording(
        "{value} is not accepted here; send {allowed}.",
        "不接受{value}，请使用{allowed}。",
    ),
    "unsupported-encoding": Wording(
        "Content-Encoding {value} is not accepted; send {allowed}.",
        "不接受压缩方式{value}，请使用{allowed}。",
    ),
    "duplicate-column": Wording(
        "The header row names the column {field} more than once.",
        "表头中的列“{field}”重复。",
    ),
    "wrong-column-count": Wording(
        "The row has {count} columns, the header row {expected}.",
        "本行有{count}列，表头有{expected}列。",
    ),
}
