"""Which addresses are of the public internet: of those that carry an IPv4 address, both must be."""

import ipaddress
from collections.abc import Callable
from typing import Final

__all__ = ["Address", "is_public"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: All that is given out for single hosts anywhere (RFC 4291, 2.4; IANA's registry of IPv6 addresses).
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_MASK: Final = 0xFFFF_FFFF

# Ways of IPv6 that end at an IPv4 address, and where in the 128 bits that stands. Teredo's is written inverted.
_CARRIERS: Final[tuple[tuple[ipaddress.IPv6Network, Callable[[int], int]], ...]] = (
    # IPv4-mapped (RFC 4291, 2.5.5.2), what a socket writes for IPv4 itself.
    (ipaddress.IPv6Network("::ffff:0:0/96"), lambda bits: bits & _MASK),
    # The well-known prefix of NAT64 (RFC 6052). The one for local use, 64:ff9b:1::/48, is of a private network as a whole.
    (ipaddress.IPv6Network("64:ff9b::/96"), lambda bits: bits & _MASK),
    # 6to4 (RFC 3056).
    (ipaddress.IPv6Network("2002::/16"), lambda bits: (bits >> 80) & _MASK),
    # Teredo (RFC 4380).
    (ipaddress.IPv6Network("2001::/32"), lambda bits: ~bits & _MASK),
)
# ISATAP (RFC 5214, 6.1): the last half of an address under any prefix.
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public(address: Address) -> bool:
    """Whether an address is reached over the public internet, and no way from there leads into a private network.

    Python's ``is_global`` differs with its version and knows nothing of addresses inside addresses.

    Examples
    --------
    >>> from ipaddress import ip_address
    >>> from app.jobs.public_addresses import is_public
    >>> [is_public(ip_address(text)) for text in ("93.184.216.34", "64:ff9b::5db8:d822", "64:ff9b::a00:1", "2002:a00:1::")]
    [True, True, False, False]
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    bits = int(address)
    carried = [read(bits) for network, read in _CARRIERS if address in network]
    if not carried and (address not in _GLOBAL_UNICAST or not address.is_global):
        return False
    if (bits >> 32) & _MASK in _ISATAP:
        carried.append(bits & _MASK)
    return all(is_public(ipaddress.IPv4Address(part)) for part in carried)
