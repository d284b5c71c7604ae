"""The read side of other registers and calendars: what they would change, over what is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from duibiao.core import Clock, Settings, new_id
from duibiao.register import LocalThreshold, default_folder, load
from duibiao.store import Store
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.indicators.adapters.repository.unsaved import UnsavedRepository
from services.indicators.domain.criterion import Ruleset
from services.indicators.usecases.preview import Preview, preview


@dataclass(frozen=True, slots=True)
class Previews:
    """Judges what is kept by another ruleset than `ruleset`, the one in force here."""

    store: Store
    ruleset: Ruleset
    clock: Clock
    settings: Settings

    def of(self, ruleset: Ruleset, target: str | None = None) -> Sequence[Preview]:
        """Return all rows, or those of one target, as they stand and as they would."""
        ids = partial(new_id, self.clock)
        with self.store.read() as connection:
            repository = UnsavedRepository(connection)
            return preview(repository, ruleset, target, now=self.clock.now(), new_id=ids)

    def what_if(
        self, target: str, threshold: Decimal | None, due: date | None
    ) -> Sequence[Preview]:
        """Return the rows of a target as they stand and as they would by other terms of it."""
        return self.of(self.with_target(target, threshold, due), target)

    def with_files(self, overlay: str | None, calendar: str | None) -> Ruleset:
        """Return what is in force with other local thresholds, or with a decree on the calendar.

        Both are texts of files; None: as it is set up.

        Raises:
            RegisterError, OverrideError: the file is invalid.

        """
        given = {"overlay": overlay, "calendar": calendar}
        texts = {name: text for name, text in given.items() if text is not None}
        with TemporaryDirectory() as folder:
            paths = {name: Path(folder, f"{name}.yaml") for name in texts}
            for name, path in paths.items():
                path.write_text(texts[name], encoding="utf-8")
            home = self.settings.register_folder or default_folder()
            register = load(home, paths.get("overlay", self.settings.register_overlay))
            decrees = [*self.settings.calendar_overrides, *filter(None, [paths.get("calendar")])]
            return Ruleset(register, Workdays(StateCouncilCalendar(decrees)))

    def with_target(self, target: str, threshold: Decimal | None, due: date | None) -> Ruleset:
        """Return what is in force with another threshold, or another day, of one target."""
        register = self.ruleset.register
        changed = register.target(target)
        if due is not None:
            changed = replace(changed, due=due, judged_by=due, judged_by_is_reading=False)
        if threshold is not None:
            one = LocalThreshold(target, threshold, changed.unit, "what-if", date.min)
            changed = changed.decided([one])
        targets = [changed if one.id == target else one for one in register.targets]
        return Ruleset(replace(register, targets=tuple(targets)), self.ruleset.workdays)
