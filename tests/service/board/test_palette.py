"""The style sheet: contrast enough, nothing from outside, every colour of a state its own."""

import re

import pytest

from duibiao.web.board.assets import FILES

SHEET = FILES["board.css"].decode()
TEXT_AA = 4.5
SIGN_AA = 3.0
DARK = "@media screen and (prefers-color-scheme: dark) {"
ON_LIGHT, _, REST = SHEET.partition(DARK)
ON_DARK = REST[: REST.index("\n}\n")]
PALETTES = {
    name: dict(re.findall(r"--([a-z_-]+): (#[0-9a-f]{6});", text))
    for name, text in (("light", ON_LIGHT), ("dark", ON_DARK))
}
COLOURS = PALETTES["light"]
GROUNDS = ("paper", "sheet", "good")
TEXTS = ("ink", "muted", "red", "link", *(name for name in COLOURS if name.startswith("s-")))


both = pytest.mark.parametrize("palette", PALETTES)


def luminance(colour: str) -> float:
    """Return WCAG 2's relative luminance of #rrggbb."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#ffffff") == 1


def test_on_dark_ground_every_colour_is_another_one() -> None:
    assert PALETTES["dark"].keys() == COLOURS.keys()
    assert PALETTES["dark"].items().isdisjoint(COLOURS.items())


@both
def test_all_nine_statuses_have_a_colour_of_their_own(palette: str) -> None:
    colours = PALETTES[palette].items()
    statuses = {name: colour for name, colour in colours if name.startswith("s-")}
    assert len(statuses) == len(set(statuses.values())) == 9


@both
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_is_readable_on_every_ground(text: str, ground: str, palette: str) -> None:
    assert contrast(PALETTES[palette][text], PALETTES[palette][ground]) >= TEXT_AA


@both
def test_the_sample_banner_is_readable(palette: str) -> None:
    colours = PALETTES[palette]
    assert contrast(colours["sample-ink"], colours["sample"]) >= 7


@both
@pytest.mark.parametrize("ground", ["paper", "sheet"])
def test_borders_that_carry_meaning_are_visible(ground: str, palette: str) -> None:
    colours = PALETTES[palette]
    assert contrast(colours["line-strong"], colours[ground]) >= SIGN_AA


def test_every_colour_in_use_stands_in_the_palette() -> None:
    rules = REST[REST.index("\n}\n") :]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", rules) == []
    used = set(re.findall(r"var\(--([a-z_-]+)\)", SHEET))
    declared = set(re.findall(r"--([a-z_-]+):", SHEET))
    assert used <= declared
    assert declared - used <= {name for name in declared if name.startswith(("s-", "d-", "c-"))}


def test_nothing_comes_from_elsewhere() -> None:
    assert "url(" not in SHEET
    assert "@import" not in SHEET
    assert "@font-installation" not in SHEET
    assert "//" not in SHEET


def test_braces_match() -> None:
    assert SHEET.count("{") == SHEET.count("}")


def test_it_knows_phones_and_paper() -> None:
    assert "@media screen and (max-width: 40rem)" in SHEET
    assert "@media print" in SHEET
