"""What is an e-mail address or a telephone number in a text, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.publishing.contacts import EMAIL, PHONE, masked


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("write to anna.k+press@mail.example, please", f"write to {EMAIL}, please"),
        ("<anna@mail.co.example>", f"<{EMAIL}>"),
        ("mailto:anna@mail.example?subject=hi", f"mailto:{EMAIL}?subject=hi"),
        ("müller@büro.example!", f"{EMAIL}!"),
        ("my number is +49 170 1234567.", f"my number is {PHONE}."),
        ("(+44 20 7946 0018)", f"({PHONE})"),
        ("0049 170 1234567", PHONE),
        ("call (212) 555-2368 or 212-555-2368", f"call {PHONE} or {PHONE}"),
        ("call me at 0170 1234567", f"call me at {PHONE}"),
        ("Tel.: 030/12345678", f"Tel.: {PHONE}"),
        ("WhatsApp 0612 345678 for orders", f"WhatsApp {PHONE} for orders"),
    ],
)
def test_contacts_are_masked(text: str, told: str) -> None:
    assert masked(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "it cost 1,299.00 EUR, not 1.299,00", "on 2026-09-28 at 14:30:15", "28.09.2026 - 30.09.2026", "order 4711-20260928-0001",
        "order no. 0012345678", "ISBN 978-3-16-148410-0", "ISBN 0-306-40615-2", "won 21-19 18-21 21-17", "from 1999 to 2026, 2027 and 2028",
        "@anna@murmur.example said so", "1200000 people, 25000000 views", "version 1.2.3.4-5678", "192.168.100.200",
        "tracking 1Z999AA10123456784", "https://shop.example/p/2125552368", "8 + 100000000 is a sum", "5.0 of 5.0 (1024 reviews, 300 new)",
        "call it 2026, or 2027", "0 % of 100000000", "50@2", "12 345 678 kg", "2025-2026 2026-2027", "a +1 for 20260928",
    ],
)  # fmt: skip
def test_what_is_none_stays(text: str) -> None:
    assert masked(text) == text


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_text_is_masked_once_for_all(text: str) -> None:
    once = masked(text)
    assert masked(once) == once


@given(
    st.from_regex(r"[a-z]{1,8}[.+_-]?[a-z0-9]{1,8}@[a-z]{1,10}(\.[a-z]{2,6}){1,2}", fullmatch=True),
    st.sampled_from(["", "hello ", "(", "é "]),
)
def test_no_address_is_left(address: str, before: str) -> None:
    assert address not in masked(f"{before}{address} bye")
