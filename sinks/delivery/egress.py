"""Where a delivery may go: public addresses, https, no odd port. Pure; asked again at connect time.

The lists are spelled out here and not left to `ipaddress.is_global`, whose answer differs between
Python versions. IPv6 is refused unless it is inside 2000::/3, so everything that maps, embeds or
hides an IPv4 address outside of it (::ffff:0:0/96, 64:ff9b::/96, fc00::/7, ...) is refused by that.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from yarl import URL

from sinks.destinations.options import OptionReader

Address = IPv4Address | IPv6Address
HTTPS = 443
_UNPRIVILEGED = 1024
_MAX_URL = 5_000
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%.+)?")  # a name, or an IPv6 address
# A URL's reader leaves these out without a word, a # with all behind it, and asks for a blank at the
# end as for a part of the path.
_ALTERED = re.compile(r"[\x00-\x1f#]|\s$")

_REFUSED_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # "this network": some systems connect it to loopback
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba's metadata at 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's metadata, a public number
        "169.254.0.0/16",  # link-local; metadata of most clouds at 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
    )
)
_PUBLIC_V6 = ip_network("2000::/3")
_REFUSED_V6 = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


class EgressRefusedError(OSError):
    """A connection that the guard does not allow: an OSError, as every other failed connect."""


def is_public(address: str) -> bool:
    """Whether `address`, a literal with or without a zone, may be connected to."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public(parsed) and "%" not in address


def refuse_private(host: str, addresses: Iterable[str]) -> None:
    """Raise EgressRefusedError when any address is not public, or there is none.

    One is enough: a name that gives a public and a private one is not a mistake.
    """
    found = tuple(addresses)
    bad = next((address for address in found if not is_public(address)), None)
    if bad is not None or not found:
        raise EgressRefusedError(f"{host} is at {bad or 'no address'}, which is not public")


def check_url(url: str, options: OptionReader, *, private: bool, insecure: bool) -> None:
    """Raise ConfigError for a url that could never be delivered to; the network is not asked."""
    parsed = _parsed(url, options)
    if parsed.scheme == "http" and not insecure:
        text = "http:// is not encrypted: use https://, or set allow_insecure = true"
        raise options.wrong("url", text)
    if parsed.user is not None or parsed.password is not None:
        text = "a url holds no user or password: put them into `authorization`"
        raise options.wrong("url", text)
    if not private:
        _check_public(parsed, options, insecure=insecure)


def _parsed(url: str, options: OptionReader) -> URL:
    try:
        parsed = URL(url)
        port = parsed.port
        host = _on_the_wire(parsed)
    except UnicodeError as error:
        text = "its host has a part that is empty, longer than 63 characters or no IDNA"
        raise options.wrong("url", text) from error
    except ValueError as error:
        raise options.wrong("url", "can't be read: write https://host/path") from error
    if host and not _HOST.fullmatch(host):
        text = f"{host!r} is no host name: letters, digits, hyphens and dots make one"
        raise options.wrong("url", text)
    if parsed.scheme not in {"https", "http"} or not parsed.host or not port:
        raise options.wrong("url", "write https://host/path")
    if _ALTERED.search(url):
        text = "has a line break, a # or a blank at its end, which are not sent so: remove it"
        raise options.wrong("url", f"{text}, or write %0A, %23, %20")
    if len(url) > _MAX_URL:
        raise options.wrong("url", f"is longer than {_MAX_URL} characters")
    return parsed


def _on_the_wire(parsed: URL) -> str:
    """The host as it is looked up; UnicodeError when no resolver would take it."""
    host = parsed.raw_host or ""
    host.encode("idna")
    _ = parsed.host  # decodes it
    return host


def _check_public(parsed: URL, options: OptionReader, *, insecure: bool) -> None:
    host = parsed.host or ""
    if _is_local_name(host) or (_is_literal(host) and not is_public(host)):
        raise options.wrong(
            "url",
            f"{host} is not a public host: give a public one, or, for development only, "
            "set allow_private = true",
        )
    allowed = {HTTPS} | ({80} if insecure else set())
    if parsed.port not in allowed and (parsed.port or 0) < _UNPRIVILEGED:
        text = f"port {parsed.port} belongs to another protocol: use 443, or 1024 and above"
        raise options.wrong("url", text)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _REFUSED_V6)


def _is_local_name(host: str) -> bool:
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith((".localhost", ".local", ".internal"))


def _is_literal(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        # 127.1, 0x7f.1 and 2130706433 are numbers to the resolver, not names.
        return host.rpartition(".")[2][:1].isdigit()
    return True
