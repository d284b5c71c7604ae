"""Silences: what is wrong with one, and what it would hide."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from services.alerts.domain.addressees import every_subject
from services.alerts.domain.alert import Alert, Colour
from services.alerts.domain.quiet import BELOW_RED, Matchers, Silence
from services.alerts.usecases.context import AlertContext

# How far ahead a silence may end: a quarter of a year.
LONGEST: Final = timedelta(days=92)


def silence_errors(context: AlertContext, silence: Silence) -> list[str]:
    """Return the codes of everything that is wrong with a new silence.

    One that matches whatever the register can raise below red is too broad.
    """
    now, matchers = context.now(), silence.matchers
    below = ((one, colour) for one in every_subject(context.register) for colour in BELOW_RED)
    wrong = {
        "silence-empty": matchers == Matchers(),
        "silence-too-broad": matchers != Matchers() and all(matchers.match(*one) for one in below),
        "silence-until-past": silence.until <= now,
        "silence-until-too-far": silence.until > now + LONGEST,
    }
    return [code for code, is_so in wrong.items() if is_so]


def hidden(
    context: AlertContext, matchers: Matchers, alerts: Iterable[Alert]
) -> tuple[list[Alert], int, int]:
    """Return the alerts that matchers match, how many subjects of the register, and of how many."""
    subjects = list(every_subject(context.register))
    matched = sum(any(matchers.match(one, colour) for colour in Colour) for one in subjects)
    found = [one for one in alerts if matchers.match(one.subject, one.colour)]
    return found, matched, len(subjects)
