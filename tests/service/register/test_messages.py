"""messages.yaml: each message in both languages, with the same values, and said by some check."""

import re
from typing import get_args

import pydantic_core
import pytest

from duibiao.register.documents import table
from tests.support import project

CHECKS = "".join(
    path.read_text("utf-8") for path in project.python("duibiao") if path.parent.name == "checks"
)
OF_PYDANTIC = set(get_args(pydantic_core.core_schema.ErrorType))


@pytest.mark.parametrize("code", table("messages"))
def test_a_message_says_the_same_in_english_and_in_chinese(code: str) -> None:
    english, chinese = table("messages")[code]
    assert not re.search("[\u3000-\u9fff\uff00-\uffef]", english)
    assert re.search("[\u4e00-\u9fff]", chinese)
    named = [set(re.findall(r"{(.*?)}", text)) for text in (english, chinese)]
    assert named[1] <= named[0]


def test_every_message_is_said_and_no_other() -> None:
    said = set(re.findall(r'\.error\(\s*"([a-z-]+)"', CHECKS)) | {
        "compares-times",
        "compares-numbers",
    }
    assert set(table("messages")) - OF_PYDANTIC == said
