"""A line of the speed table: what our side and the other one took in each round."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Line:
    """One line; `ours` and `others` hold a cost of each round, in `unit`.

    `must` is what the others' cost divided by ours has to reach, or, where `most` is set, what ours
    divided by theirs may be at most.
    """

    number: str
    what: str
    against: str
    must: float
    unit: str
    most: bool = False
    ours: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    def add(self, ours: float, others: float) -> None:
        """Note a round."""
        self.ours.append(ours)
        self.others.append(others)

    @property
    def ratios(self) -> Sequence[float]:
        """The ratio of each round."""
        pairs = zip(self.ours, self.others, strict=True)
        return [ours / other if self.most else other / ours for ours, other in pairs]

    @property
    def reached(self) -> bool:
        """Whether the median ratio is what it must be."""
        ratio = median(self.ratios)
        return ratio <= self.must if self.most else ratio >= self.must

    def __str__(self) -> str:
        """Return a row of a table in Markdown."""
        ratios, bound = self.ratios, "at most" if self.most else "at least"
        return (
            f"| {self.number} | {self.what} | {self.against} "
            f"| {_figure(median(self.ours))} | {_figure(median(self.others))} {self.unit} "
            f"| {_figure(median(ratios))} ({_figure(min(ratios))} to {_figure(max(ratios))}) "
            f"| {bound} {_figure(self.must)} | {'yes' if self.reached else '**no**'} |"
        )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
