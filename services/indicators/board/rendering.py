"""Templates to pages: the one place that turns page values into HTML.

Everything a template prints is escaped; a name that is missing is an error, not a blank.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from duibiao.register import Register
from services.indicators.board.data import InstallationState
from services.indicators.board.figures import moment
from services.indicators.board.language import OTHER, TAGS, Language, title_of
from services.indicators.board.words import PAGE

STYLE: Final[bytes] = (files(__package__) / "static" / "board.css").read_bytes()
STYLE_VERSION: Final = sha256(STYLE).hexdigest()[:12]
_LANGUAGE_NAMES: Final = {"zh": "中文", "en": "English"}
_ENVIRONMENT: Final = Environment(
    loader=PackageLoader(__package__, "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page's content: where it is, and its other language's address."""

    language: Language
    current: str
    switch_href: str
    standing: InstallationState


class Pages:
    """Renders the templates for one register."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def render(self, template: str, frame: Frame, **values: object) -> str:
        """Return a page as HTML text."""
        return _ENVIRONMENT.get_template(template).render({**self._around(frame), **values})

    def _around(self, frame: Frame) -> dict[str, object]:
        language, notice = frame.language, self._register.notice
        other = OTHER[language]

        def say(key: str, **values: object) -> str:
            return PAGE[key].say(language, **values)

        return {
            "say": say,
            "tag": TAGS[language],
            "switch_href": frame.switch_href,
            "switch_tag": TAGS[other],
            "switch_name": _LANGUAGE_NAMES[other],
            "current": frame.current,
            "standing": frame.standing,
            "evaluated": moment(frame.standing.evaluated_at)
            if frame.standing.evaluated_at is not None
            else None,
            "style_version": STYLE_VERSION,
            "notice": notice,
            "notice_title": title_of(notice, language),
            "issuer": notice.issuer_zh if language == "zh" else notice.issuer,
            "window": self._register.window,
            "register_version": self._register.version,
        }
