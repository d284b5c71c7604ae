"""Where a receiver may be: the addresses that lead inside, in all their disguises."""

from ipaddress import ip_address

import pytest

from services.alerts.adapters.channels.address_guard import (
    Allowed,
    Refused,
    is_public,
    judge,
    literal,
    read_allowed,
)

NOTHING = read_allowed("")


@pytest.mark.parametrize("text", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "2400:3200::1"])
def test_public_addresses(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",  # loopback
        "0.0.0.0",  # noqa: S104 - this machine
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # where clouds keep credentials
        "100.64.0.1",  # carrier-grade NAT
        "192.0.0.8",  # which Python 3.11.7 calls global
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.7",
        "224.0.0.1",  # multicast, which Python calls global
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "192.88.99.1",  # 6to4 relay
        "::1",
        "::",
        "fe80::1",
        "fc00::1",  # unique local
        "fec0::1",  # site local, of old
        "ff02::1",
        "2001:db8::1",
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1, which Python calls global
        "64:ff9b:1::1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1, which Python calls global
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
        "::127.0.0.1",  # IPv4-compatible
        "100::1",
        "3fff::1",
    ],
)
def test_addresses_that_lead_elsewhere(text: str) -> None:
    assert not is_public(ip_address(text))
    with pytest.raises(Refused, match="not public"):
        judge("hooks.example.invalid", [text], NOTHING, encrypted=True)


def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(Refused):
        judge("hooks.example.invalid", ["8.8.8.8", "10.0.0.1"], NOTHING, encrypted=True)


def test_an_ipv4_address_inside_an_ipv6_one_is_judged_as_what_it_is() -> None:
    with pytest.raises(Refused):
        judge("[::ffff:127.0.0.1]", ["::ffff:127.0.0.1"], NOTHING, encrypted=True)

    assert judge("x", ["::ffff:8.8.8.8"], NOTHING, encrypted=True) == [ip_address("8.8.8.8")]
    inside = read_allowed("127.0.0.0/8")
    assert judge("x", ["::ffff:127.0.0.1"], inside, encrypted=True) == [ip_address("127.0.0.1")]


def test_a_zone_in_an_address_does_not_hide_it() -> None:
    with pytest.raises(Refused):
        judge("x", ["fe80::1%eth0"], NOTHING, encrypted=True)


def test_no_address_is_refused() -> None:
    with pytest.raises(Refused, match="no address"):
        judge("nowhere.example.invalid", [], NOTHING, encrypted=True)


def test_the_open_line_is_for_allowed_addresses_only() -> None:
    with pytest.raises(Refused, match="https"):
        judge("hooks.example.invalid", ["8.8.8.8"], NOTHING, encrypted=False)

    allowed = read_allowed("10.0.0.0/8")
    assert judge("oa.example.invalid", ["10.1.2.3"], allowed, encrypted=False)


def test_a_host_that_is_allowed_may_be_anywhere() -> None:
    allowed = read_allowed("OA.example.invalid, 10.0.0.0/8,")

    assert judge("oa.EXAMPLE.invalid", ["192.168.1.5"], allowed, encrypted=False)
    with pytest.raises(Refused):
        judge("other.example.invalid", ["192.168.1.5"], allowed, encrypted=False)


@pytest.mark.parametrize(
    ("text", "hosts", "networks"),
    [
        ("", set(), []),
        ("oa.example.invalid", {"oa.example.invalid"}, []),
        ("10.0.0.0/8, ::1", set(), ["10.0.0.0/8", "::1/128"]),
        ("192.168.3.7,OA", {"oa"}, ["192.168.3.7/32"]),
    ],
)
def test_the_setting_holds_hosts_and_networks(
    text: str, hosts: set[str], networks: list[str]
) -> None:
    allowed = read_allowed(text)

    assert allowed.hosts == hosts
    assert [str(network) for network in allowed.networks] == networks


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "300.1.1.1", "host/8"])
def test_a_setting_that_is_neither_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="neither a host nor a network"):
        read_allowed(text)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.1."]
)
def test_numbers_that_some_read_as_an_address_are_refused(host: str) -> None:
    with pytest.raises(Refused, match="disguise"):
        literal(host)


@pytest.mark.parametrize("host", ["example.invalid", "1.example.invalid", "0x.example", "a1"])
def test_names_are_no_addresses(host: str) -> None:
    assert literal(host) is None


def test_addresses_are_read_as_such() -> None:
    assert literal("8.8.8.8") == ip_address("8.8.8.8")
    assert literal("::ffff:8.8.8.8") == ip_address("8.8.8.8")


def test_what_python_calls_private_is_never_public() -> None:
    # A cross-check by other means: Python's own idea, where it says "not global".
    firsts = [f"{first}.{second}.0.1" for first in range(256) for second in range(0, 256, 5)]
    firsts += [f"{head:x}{tail}::1" for head in range(16) for tail in ("000", "001", "d00", "fff")]

    wrong = [text for text in firsts if is_public(ip_address(text)) > ip_address(text).is_global]
    assert wrong == []


def test_nothing_is_allowed_by_default() -> None:
    assert Allowed(frozenset(), ()) == NOTHING
