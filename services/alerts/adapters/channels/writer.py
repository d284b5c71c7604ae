"""What people read: the steps of a message as a subject, as text, Markdown and HTML.

The words stand in `templates/`, per language. Whatever is filled in is escaped for its form.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from duibiao.register import Register, parse
from duibiao.web.board import figures, marks
from services.alerts.adapters.channels.channel import Message
from services.alerts.adapters.channels.config import Language

Part = Literal["subject.txt", "text.txt", "markdown.txt", "page.html"]

_LANGUAGES: Final = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
_KEPT: Final = 256  # texts: until the slowest of several receivers has been sent them
_BETWEEN: Final = {"subject.txt": " / "}
# Robots know no common way to escape Markdown, so its characters become their full-width twins.
_PLAIN: Final = str.maketrans("[]<>*`#", "［］＜＞＊｀＃")


class Writer:
    """Writes messages with the names of a register; `public_url` is where the board is."""

    def __init__(self, register: Register, public_url: str | None) -> None:
        self._known = {
            "register": register,
            "targets": {target.id: target for target in register.targets},
            "measures": {measure.no: measure for measure in register.measures},
            "milestones": {one.code: one for m in register.measures for one in m.milestones},
            "period": parse,
            "figures": figures,
            "marks": marks,
            "board": public_url and public_url.rstrip("/"),
        }
        self._environments: dict[Part, Environment] = {}
        # Several receivers are sent the same words.
        self._written = lru_cache(_KEPT)(self._rendered)

    def write(self, part: Part, message: Message, language: Language) -> str:
        """Return a part of a message in one language or two."""
        return self._written(part, message.steps, language, 0)

    def fitted(
        self, part: Part, message: Message, language: Language, fits: Callable[[str], bool]
    ) -> str:
        """Return a part that fits: of fewer steps, saying how many more there are, then cut off."""
        steps = message.steps
        kept, text = len(steps), self.write(part, message, language)
        while kept > 1 and not fits(text):
            kept = kept * 3 // 4
            text = self._written(part, steps[:kept], language, len(steps) - kept)
        ending = f"…\n{self._known['board'] or ''}".rstrip()
        while not fits(text):
            text = text.removesuffix(ending)[: -1 - len(text) // 20] + ending
        return text

    def _rendered(
        self, part: Part, documents: Sequence[bytes], language: Language, more: int
    ) -> str:
        if part not in self._environments:
            self._environments[part] = self._environment(part)
        environment = self._environments[part]
        template, steps = environment.get_template(part), [*map(msgspec.json.decode, documents)]
        texts = [
            template.render(steps=steps, more=more, language=one) for one in _LANGUAGES[language]
        ]
        if part == "page.html":
            layout = environment.get_template("layout.html")
            title = self._written("subject.txt", documents, language, more)
            tag = _LANGUAGES[language][0]
            return layout.render(language=tag, title=title, sections=[*map(Markup, texts)])
        text = _BETWEEN.get(part, "\n\n").join(text.strip() for text in texts)
        return " ".join(text.split()) if part == "subject.txt" else text

    def _environment(self, part: Part) -> Environment:
        """Return the environment of a form: macros escape as their own templates are compiled."""
        made = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=part == "page.html",  # noqa: S701 - the others are no HTML
            finalize=_plain if part == "markdown.txt" else None,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.globals.update(self._known)
        return made


def _plain(value: object) -> str:
    return str(value).translate(_PLAIN)
