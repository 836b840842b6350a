"""Where deliveries may not go: every address that is not public, in every way to write it."""

from contextlib import nullcontext as does_not_raise

import pytest

from sinks.delivery.egress import EgressRefusedError, check_url, is_public, refuse_private
from sinks.destinations.options import OptionReader
from streams.contracts.errors import ConfigError

REFUSED = {
    "this network": "0.0.0.0",
    "this network, another": "0.1.2.3",
    "private, 10": "10.0.0.1",
    "private, 10, last": "10.255.255.255",
    "private, 172.16": "172.16.0.1",
    "private, 172.31": "172.31.255.254",
    "private, 192.168": "192.168.1.1",
    "loopback": "127.0.0.1",
    "loopback, another": "127.255.255.254",
    "link-local": "169.254.0.1",
    "metadata of AWS, GCP, Azure": "169.254.169.254",
    "metadata of AWS ECS": "169.254.170.2",
    "metadata of Alibaba": "100.100.100.200",
    "metadata of Oracle": "192.0.0.192",
    "metadata of Azure, wire server": "168.63.129.16",
    "carrier-grade NAT": "100.64.0.1",
    "carrier-grade NAT, last": "100.127.255.255",
    "protocol assignments": "192.0.0.8",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.7",
    "documentation 3": "203.0.113.9",
    "benchmarks": "198.18.0.1",
    "benchmarks, last": "198.19.255.255",
    "6to4 relay": "192.88.99.1",
    "AS112": "192.31.196.1",
    "AMT": "192.52.193.1",
    "multicast": "224.0.0.1",
    "multicast, last": "239.255.255.255",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "v6 unspecified": "::",
    "v6 loopback": "::1",
    "v6 loopback, written out": "0:0:0:0:0:0:0:1",
    "v6 mapped loopback": "::ffff:127.0.0.1",
    "v6 mapped private": "::ffff:10.0.0.1",
    "v6 mapped public": "::ffff:93.184.216.34",
    "v6 mapped, in hex": "::ffff:a9fe:a9fe",
    "v6 compatible": "::127.0.0.1",
    "v6 translated": "::ffff:0:127.0.0.1",
    "NAT64": "64:ff9b::a9fe:a9fe",
    "NAT64, local use": "64:ff9b:1::1",
    "6to4": "2002:7f00:1::1",
    "6to4 of metadata": "2002:a9fe:a9fe::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "ORCHID": "2001:10::1",
    "ORCHID 2": "2001:20::1",
    "v6 benchmarks": "2001:2::1",
    "v6 documentation": "2001:db8::1",
    "v6 documentation, new": "3fff::1",
    "v6 discard": "100::1",
    "unique local": "fc00::1",
    "unique local, fd": "fd12:3456:789a::1",
    "metadata of AWS, v6": "fd00:ec2::254",
    "metadata of GCP, v6": "fd20:ce::254",
    "v6 link-local": "fe80::1",
    "v6 link-local with a zone": "fe80::1%eth0",
    "v6 site-local": "fec0::1",
    "v6 multicast": "ff02::1",
    "segment routing": "5f00::1",
    "v6 AS112": "2620:4f:8000::1",
    "not allocated": "4000::1",
    "a public address with a zone": "2606:4700::1%eth0",
    "no address": "example.com",
    "nothing": "",
    "leading zeros": "0127.0.0.1",
}
ALLOWED = [
    "93.184.216.34",
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "169.253.255.255",
    "198.17.255.255",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "2001:4860:4860::8888",
    "2400:cb00::1",
]
# How else 127.0.0.1 and friends can be written in a URL.
REFUSED_URLS = [
    *(
        f"https://{address}/"
        for address in REFUSED.values()
        if "." in address and ":" not in address and address[0].isdigit()
    ),
    *(
        f"https://[{address}]/"
        for address in REFUSED.values()
        if ":" in address and "%" not in address
    ),
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://a.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:25/",
    "https://hooks.example.com:80/",
    "https://user:password@hooks.example.com/",
    "https://hooks.example.com@127.0.0.1/",
    "http://hooks.example.com/",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "gopher://hooks.example.com/",
    "https://",
    "https:///path",
    "https://hooks.example.com:99999/",
    "hooks.example.com",
    "",
    "https://hooks.example.com/" + "x" * 5000,
    "https://.example.com/",
    "https://hooks..example.com/",
    f"https://{'x' * 64}.example.com/",
    "https://xn--a.example.com/",
    "https://hooks example.com/",
    "https://hooks.example.com%00.evil.example/",
    "https://*.example.com/",
    "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "https://127\u30020\u30020\u30021/",
    "https://hooks.example.com/in ",
    "https://hooks.example.com/in\n",
    "https://hooks.example.com/in\r\nX-Name: 1",
    "https://hooks.example.com/in#part",
    "https://hooks.example.com/k#y?key=1",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:70000/",
]


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(address)


def test_the_corpus_is_as_large_as_asked() -> None:
    assert len(REFUSED) >= 40
    assert len(REFUSED_URLS) >= 60


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    refuse_private("fine.example", ["93.184.216.34", "2606:4700::1"])
    with pytest.raises(EgressRefusedError, match=r"169\.254\.169\.254"):
        refuse_private("bad.example", ["93.184.216.34", "169.254.169.254"])


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(EgressRefusedError, match="no address"):
        refuse_private("empty.example", [])


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_a_url_that_could_never_be_delivered_to_is_an_error_at_start(url: str) -> None:
    with pytest.raises(ConfigError, match=r"destinations\[0\]\.url: "):
        check_url(url, OptionReader("destinations[0]", {}), private=False, insecure=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/in?x=1",
        "https://hooks.example.com:8443/",
        "https://hooks.example.com./",
        "https://my_hooks.example.com/",
        "https://93.184.216.34/",
        "https://[2606:4700::1]/",
        "https://b\u00fccher.example/",
    ],
)
def test_a_public_https_url_is_fine(url: str) -> None:
    with does_not_raise():
        check_url(url, OptionReader("destinations[0]", {}), private=False, insecure=False)


def test_each_error_says_what_to_do() -> None:
    for url, remedy in {
        "http://hooks.example.com/": "allow_insecure = true",
        "https://10.0.0.1/": "allow_private = true",
        "https://hooks.example.com:25/": "use 443",
        "https://u:p@hooks.example.com/": "authorization",
    }.items():
        with pytest.raises(ConfigError, match=remedy):
            check_url(url, OptionReader("destinations[0]", {}), private=False, insecure=False)


def test_development_may_allow_what_production_may_not() -> None:
    options = OptionReader("destinations[0]", {})

    check_url("http://127.0.0.1:9000/", options, private=True, insecure=True)
    check_url("http://hooks.example.com/", options, private=False, insecure=True)
    with pytest.raises(ConfigError, match="allow_insecure"):
        check_url("http://127.0.0.1:9000/", options, private=True, insecure=False)
