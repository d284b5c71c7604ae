"""Regions and units: who there is, and what area each governs."""

from collections.abc import Iterator, Mapping

from duibiao.register.checks.known import Known, repeated, unknown
from duibiao.register.documents import Document, Entry
from duibiao.register.faults import Fault

_GOVERNING = ("district", "zone")
_COUNTED = ("district", "county")
# What a role has sent is kept under its name, beside what an org has under its code.
_ROLES = ("office", "auditor", "admin")


def unit_faults(documents: Mapping[str, Document], known: Known) -> Iterator[Fault]:
    """Tell what is wrong with regions.yaml and orgs.yaml."""
    regions = list(documents["regions"].entries("regions"))
    orgs = list(documents["orgs"].entries("orgs"))
    for entries in (regions, orgs):
        for key in ("code", "name_zh", "name"):
            yield from repeated(entries, key)
    yield from repeated(orgs, "region")
    city = documents["notice"].entry().text("city")
    yield from unknown(documents["notice"].entry(), "region", "区划", city, known.regions, "city")
    for region in regions:
        yield from _region_faults(region, city)
    for org in orgs:
        yield from _org_faults(org, known)


def _region_faults(region: Entry, city: str) -> Iterator[Fault]:
    code, kind = region.text("code"), region.text("kind")
    if not code or not kind:
        return
    if (kind == "city") != (code == city):
        yield region.fault(
            f"the one city is {city} (notice.yaml), {code} is given as {kind}",
            f"市为 {city}（notice.yaml），{code} 写为 {kind}",
            "kind",
        )
    elif kind in _COUNTED and not code.isdecimal():
        yield region.fault(
            f"{code}: a {kind} carries its six digits of GB/T 2260",
            f"{code}：区县应使用 GB/T 2260 的六位数字代码",
            "code",
        )


def _org_faults(org: Entry, known: Known) -> Iterator[Fault]:
    code, region, kind = org.text("code"), org.text("region"), org.text("kind")
    if code in _ROLES:
        yield org.fault(
            f"{code} is a role of keys; no org may be called so",
            f"{code} 是密钥的角色名，不能用作单位代码",
            "code",
        )
    yield from unknown(org, "region", "区划", region, known.regions, "region")
    if kind in _GOVERNING and not org.data.get("region"):
        yield org.fault(f"a {kind} needs its region", f"{kind} 须写明 region（区划）", "kind")
    elif kind and kind not in _GOVERNING and region:
        yield org.fault(f"a {kind} governs no region", f"{kind} 不对应区划", "region")
