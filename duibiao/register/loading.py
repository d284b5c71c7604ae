"""From a folder of YAML files to a Register, or to every error in them.

Owns the reading of the files and the name of their content (the version). Files are read once, so
that what was checked is what is loaded.
"""

import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType

from duibiao.register.checks.measuring import check_measuring
from duibiao.register.checks.rules import check_rules
from duibiao.register.checks.work import check_work
from duibiao.register.documents import Document, read_document
from duibiao.register.duties import duties_of
from duibiao.register.errors import FileError, RegisterError
from duibiao.register.files import PARTS, Files
from duibiao.register.reading import Reading
from duibiao.register.register import Register
from duibiao.register.values import UNITS, Indicator, LocalThreshold, Measure, Target

_VERSION_DIGITS = 12
_UNREADABLE = {FileNotFoundError: "：文件不存在", PermissionError: "：没有读取权限"}


def default_folder() -> Path:
    """Return the bundled register's folder: the only one in `notice/` of the checkout or image.

    Raises:
        RegisterError: there is none, or more than one.

    """
    homes = (Path(__file__).resolve().parents[2], Path(sys.prefix))
    found = [file.parent for home in homes for file in sorted(home.glob("notice/*/notice.yaml"))]
    if len(found) == 1:
        return found[0]
    error = FileError(
        "notice.yaml",
        1,
        f"{len(found)} registers are bundled; DUIBIAO_REGISTER must name a folder",
        f"内置登记册有 {len(found)} 套，请用 DUIBIAO_REGISTER 指定文件夹",
    )
    raise RegisterError([error])


def load(folder: Path, overlay: Path | None = None) -> Register:
    """Read a register; a local overlay is laid over it.

    Raises:
        RegisterError: the files do not make a register; it holds every error.

    """
    digest = hashlib.sha256()
    paths = {part: folder / f"{part}.yaml" for part in PARTS}
    paths |= {} if overlay is None else {"overlay": overlay}
    documents = {part: _document(part, path, digest) for part, path in paths.items()}
    reading = Reading(documents)
    check_work(reading)
    check_measuring(reading)
    check_rules(reading)
    errors = list(_strangers(folder, paths.values()))
    for document in documents.values():
        errors += sorted(document.errors, key=attrgetter("line"))
    if errors:
        raise RegisterError(tuple(dict.fromkeys(errors)))
    return build(Files(**reading.values), digest.hexdigest()[:_VERSION_DIGITS])


def check(folder: Path, overlay: Path | None = None) -> tuple[FileError, ...]:
    """Return every error of a register and its overlay at once; () when it is valid."""
    try:
        load(folder, overlay)
    except RegisterError as error:
        return error.errors
    return ()


def _document(part: str, path: Path, digest: "hashlib._Hash") -> Document:
    try:
        content = path.read_bytes()
    except OSError as error:
        document, said = Document(path.name), error.strerror or "unreadable"
        document.add(1, f"cannot be read: {said}", f"无法读取{_UNREADABLE.get(type(error), '')}")
        return document
    digest.update(f"{part} {len(content)}\n".encode() + content)
    return read_document(path.name, content)


def _strangers(folder: Path, known: Iterable[Path]) -> Iterable[FileError]:
    resolved = {path.resolve() for path in known}
    for path in sorted(folder.glob("*.y*ml")):
        if path.suffix in (".yaml", ".yml") and path.resolve() not in resolved:
            yield FileError(
                path.name,
                1,
                "no file of a register, nor the overlay given",
                "既不是登记册的文件，也不是所给的本地文件",
            )


def build(files: Files, digest: str) -> Register:
    """Return the register, with what the files leave out, such as the leads of a clause."""
    notice, tasks = files.notice.notice, files.tasks.tasks
    measures = tuple(_measure(measure, files) for measure in files.measures.measures)
    leads = {measure.no: measure.leads for measure in measures}
    leads |= {str(task.no): task.leads for task in tasks}
    indicators = {one.code: one for one in _indicators(files, leads)}
    local: dict[str, list[LocalThreshold]] = defaultdict(list)
    for threshold in files.overlay.thresholds:
        local[threshold.target].append(threshold)
    firsts = [*(chapter.first for chapter in files.tasks.chapters), tasks[-1].no + 1]
    return Register(
        version=f"{notice.code}+{digest}",
        notice=notice,
        tasks=tasks,
        measures=measures,
        orgs=MappingProxyType({org.code: org for org in files.orgs.orgs}),
        regions=MappingProxyType({region.code: region for region in files.regions.regions}),
        indicators=MappingProxyType(indicators),
        targets=tuple(
            _target(target, indicators[target.indicator], leads[target.clause], local[target.id])
            for target in files.targets.targets
        ),
        duties=tuple(duties_of(files.duties, measures)),
        alert_rules=files.alerts,
        window=files.notice.window,
        city=files.notice.city,
        chapters=tuple(
            replace(chapter, no=no, last=after - 1)
            for no, (chapter, (_, after)) in enumerate(
                zip(files.tasks.chapters, pairwise(firsts), strict=True), 1
            )
        ),
        field_rules=files.checks.rules,
        outlier_factor=files.checks.outliers.factor,
    )


def _measure(measure: Measure, files: Files) -> Measure:
    milestones = (one for one in files.milestones.milestones if one.measure == measure.no)
    task = int(measure.no.partition(".")[0])
    return replace(measure, task=task, milestones=tuple(milestones))


def _indicators(files: Files, leads: Mapping[str, tuple[str, ...]]) -> Iterable[Indicator]:
    declared = (replace(unit, one=unit.one or unit.name) for unit in files.indicators.units)
    units = {**UNITS, **{unit.code: unit for unit in declared}}
    for one in files.indicators.indicators:
        clauses = (
            target.clause for target in files.targets.targets if target.indicator == one.code
        )
        of_clauses = dict.fromkeys(lead for clause in clauses for lead in leads[clause])
        reported_by = one.reported_by or tuple(of_clauses)
        yield replace(one, counted_in=units[one.unit], reported_by=reported_by)


def _target(
    target: Target, indicator: Indicator, leads: tuple[str, ...], local: Sequence[LocalThreshold]
) -> Target:
    """Return a target with what is its indicator's or clause's, and the office's thresholds."""
    target = replace(
        target,
        counted_in=indicator.counted_in,
        statistic=indicator.statistic,
        judged_by=target.due or target.judged_by,
        judged_by_is_reading=target.due is None and target.judged_by is not None,
        leads=leads,
    )
    return target.decided(local) if local else target
