"""E-mail addresses and telephone numbers in texts, masked: what can be called a number of a telephone, and no price, date or score."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import Leniency, NumberParseException, PhoneNumberMatcher

EMAIL, PHONE = "[e-mail]", "[phone]"
_EMAIL = re.compile(r"(?<![\w.+@/-])[\w.+-]+@(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w@])")
_ABROAD = re.compile(r"(?<![\w+.,/-])00[1-9][\d \-./()]{6,18}\d(?!\w)")
_AMERICAN = re.compile(r"(?<![\w+.,/-])(?:\([2-9]\d\d\) ?|[2-9]\d\d[-. ])[2-9]\d\d[-. ]\d{4}(?![\w-]|[.,]\d)")
_CALLED = re.compile(
    r"(?i)(?<!\w)((?:tele?(?:fon|phone)?|phone|call|mobile?|handy|cell|whats ?app|signal|sms|text|ring|fax|fon)\b[^\w\n]{0,3}"
    r"(?:(?:me|us|him|her|number|no|nr|is|at|on|under|unter|an)\b[^\w\n]{0,3}){0,3})(\(?0\d[\d \-./()]{5,15}\d)(?!\w)"
)
"""A number of one country alone is known by what is said before it."""
DIGITS = range(8, 14)


def masked(text: str) -> str:
    """The text with `[e-mail]` and `[phone]` instead: of numbers with a country's prefix, American ones, and those that are introduced."""
    if "@" in text:
        text = _EMAIL.sub(EMAIL, text)
    if sum(letter.isdigit() for letter in text) < DIGITS.start:
        return text
    if "+" in text:
        found = list(PhoneNumberMatcher(text, None, leniency=Leniency.VALID))
        for one in reversed(found):
            opens = one.raw_string.startswith("(") and ")" not in one.raw_string
            text = text[: one.start + opens] + PHONE + text[one.end :]
    text = _ABROAD.sub(lambda one: PHONE if _is_valid(f"+{one.group()[2:]}", None) else one.group(), text)
    text = _AMERICAN.sub(lambda one: PHONE if _is_valid(one.group(), "US") else one.group(), text)
    return _CALLED.sub(lambda one: one.group(1) + PHONE if _digits(one.group(2)) in DIGITS else one.group(), text)


def _is_valid(text: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except NumberParseException:
        return False


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)
