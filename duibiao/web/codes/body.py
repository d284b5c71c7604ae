"""Errors of the bytes or the shape of a body, before rows are parsed."""

from collections.abc import Mapping
from typing import Final

from duibiao.web.codes.wording import Wording

BODY: Final[Mapping[str, Wording]] = {
    "malformed": Wording(
        "The body cannot be parsed as {format}: {reason}.",
        "正文无法按{format}读取：{reason}。",
    ),
    "bad-encoding": Wording(
        "The body is not {encoding} text; the first invalid byte is number {position}.",
        "正文不是{encoding}编码的文本，第{position}个字节有误。",
    ),
    "bad-compression": Wording(
        "The body cannot be decompressed as {encoding}.",
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
    "ratio-too-large": Wording(
        "The body decompresses to {limit} times its size or more; remove the padding.",
        "解压后达到压缩体积的{limit}倍以上，请删去用于填充的空白。",
    ),
    "too-much": Wording(
        "The rows together exceed {limit} bytes; split the submission.",
        "各行内容合计超过{limit}字节，请分批报送。",
    ),
    "too-complex": Wording(
        "Reading the body takes too much memory or time; send fewer rows, a workbook as values.",
        "读取正文所需内存或时间超出限制；请减少行数，工作簿请以“粘贴为数值”方式复制到新工作簿。",
    ),
    "too-deep": Wording(
        "Values are nested deeper than {limit} levels.",
        "数据嵌套超过{limit}层。",
    ),
    "unsupported-media-type": Wording(
        "{value} is not accepted here; send {allowed}.",
        "不接受{value}，请使用{allowed}。",
    ),
    "window-too-large": Wording(
        "The zstd window is larger than {limit} bytes; compress without --long and --ultra.",
        "zstd窗口超过{limit}字节，压缩时请勿使用“--long”、“--ultra”。",
    ),
    "unsupported-encoding": Wording(
        "Content-Encoding {value} is not accepted; send {allowed}.",
        "不接受压缩方式“{value}”，请使用{allowed}。",
    ),
    "wrong-separator": Wording(
        "The columns are separated by {mark}; save the file as CSV with commas (,).",
        "各列以{mark}分隔，请另存为以英文逗号（,）分隔的CSV。",
    ),
    "workbook-locked": Wording(
        "The file has a password or an old format (.xls, .et); save it as .xlsx without one.",
        "文件设有密码，或为.xls、.et格式，请另存为不加密的.xlsx。",
    ),
    "workbook-macros": Wording(
        "The workbook contains macros; save it as .xlsx without macros.",
        "工作簿含有宏，不予接收，请另存为不含宏的.xlsx。",
    ),
    "no-headings": Wording(
        "None of the first {limit} lines of the sheet names a column; use the template.",
        "工作表前{limit}行内没有表头，请使用报送模板。",
    ),
    "merged-cells": Wording(
        "The cells {cells} are merged; unmerge the headings and all cells below them.",
        "单元格{cells}已合并；表头及其下方不得合并单元格，请取消合并。",
    ),
    "column-without-heading": Wording(
        "Column {column} of the sheet holds values but has no heading.",
        "工作表“{column}”列有内容但没有表头。",
    ),
    "prepared-rows-blank": Wording(
        "{count} prepared rows of the form were left blank and do not count as reported.",
        "表中有{count}行预填内容未填写，未计入报送。",
    ),
    "formula-without-value": Wording(
        "Cell {cell} holds a formula without a saved value; open the file in a spreadsheet "
        "program and save it again, or paste the value.",
        "单元格{cell}为公式，但文件中没有保存计算结果；请用表格软件打开后重新保存，或粘贴为数值。",
    ),
    "error-cell": Wording(
        "Cell {cell} holds the error {value}.",
        "单元格{cell}的计算结果为错误值“{value}”。",
    ),
    "wrong-cell": Wording(
        "Cell {cell} holds {kind} instead of {expected}.",
        "单元格{cell}为{kind}，此处应为{expected}。",
    ),
    "digits-lost": Wording(
        "{value} is a long number truncated by a spreadsheet; set the column's format to text, "
        "enter the number again and save the file.",
        "“{value}”是表格软件截短的长编号，末几位已丢失；请将该列格式设为“文本”，重新录入后保存。",
    ),
    "workbook-other": Wording(
        "This is {name}, which is not accepted; save it as an Excel workbook (.xlsx).",
        "该文件为{name}，不予接收；请打开后另存为Excel工作簿（.xlsx）再报送。",
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
