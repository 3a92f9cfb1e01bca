"""Read numbers as people write them: "16 000", "16,000.5", "16.000,5", "−5", "1.6 × 10^4".

A number becomes plain digits with a point, which keep how it was rounded. Whoever types "1,234" or
"1.234" may mean either of two numbers: that is asked again. Programs write a point before decimals
and nothing between thousands.
"""

import re

MAX_CHARACTERS = 100  # what is longer is no number

# What people type, or copy from a page, for the same sign (Unicode's names are in the escapes).
MINUS_SIGNS = (
    "-\N{MINUS SIGN}\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{FULLWIDTH HYPHEN-MINUS}"
)
SPACES = (
    "\t\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{HAIR SPACE}\N{FIGURE SPACE}"
    "\N{PUNCTUATION SPACE}\N{SIX-PER-EM SPACE}\N{FOUR-PER-EM SPACE}\N{THREE-PER-EM SPACE}"
    "\N{EN SPACE}\N{EM SPACE}\N{MEDIUM MATHEMATICAL SPACE}\N{IDEOGRAPHIC SPACE}"
)
APOSTROPHES = "\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}\N{ACUTE ACCENT}`"
POWERS = "\N{SUPERSCRIPT ZERO}¹²³⁴⁵⁶⁷⁸⁹\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT PLUS SIGN}"
IGNORED = "\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}\N{LEFT-TO-RIGHT MARK}"
SIGNS = str.maketrans(
    dict.fromkeys(MINUS_SIGNS, "-") | dict.fromkeys(SPACES, " ") | dict.fromkeys(APOSTROPHES, "'")
)
NUMBER = re.compile(
    r"(?P<sign>[+-]?) ?(?P<digits>[.,]?\d(?:['_ ]?[\d.,])*)"
    rf"(?:(?:[eE]| ?[x×·*] ?10 ?(?:\^|\*\*)? ?)(?P<power>[+-]?\d{{1,2}}|[{POWERS}]{{1,3}})(?!\d))?",
    re.ASCII,
)
DIGITS_MAX = 18  # before the point, and after it
# Thousands, or two digits at a time as in India: 1,00,000.
GROUPS = re.compile(r"\d{1,3}(?P<mark>[.,'_ ])\d{3}(?:(?P=mark)\d{3})*")
INDIAN_GROUPS = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")
TWO_MEANINGS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


class BadNumber(ValueError):
    """Tell the student why a text is no number, or which two numbers it may be."""


def plain_signs(text: str) -> str:
    """Return a text with one kind of minus sign, space and apostrophe."""
    visible = "".join(char for char in text if char not in IGNORED)
    return visible.translate(SIGNS).strip()


def split_number(text: str, *, typed: bool = False) -> tuple[str, str]:
    """Return the number that a text begins with, in plain digits, and the rest, such as a unit.

    `typed` says that a person wrote it, so that a point may stand before thousands, too. Raises
    BadNumber.
    """
    plain = plain_signs(text)
    match = NUMBER.match(plain) if len(plain) <= MAX_CHARACTERS else None
    if match is None:
        raise BadNumber("that is not a number; write it in digits, as in 12 or 2.5")
    number = match["sign"].strip("+") + plain_digits(match["digits"].rstrip(".,"), typed=typed)
    if match["power"]:
        powers = str.maketrans(POWERS, "0123456789-+")
        number += f"e{int(match['power'].translate(powers))}"
    return number, plain[match.end() :].strip()


def plain_digits(text: str, *, typed: bool) -> str:
    """Return the digits of a number with a point before its decimals. Raises BadNumber."""
    if is_ambiguous(text, typed=typed):
        small, large = re.split("[.,]", text)
        raise BadNumber(
            f"{text} can be read as {large_number(small + large)} or as {small} and a fraction; "
            f"write {small}{large}, or {small}.{large}0"
        )
    whole, decimals = split_decimals(text)
    grouped = GROUPS.fullmatch(whole) or INDIAN_GROUPS.fullmatch(whole)
    digits = re.sub(r"\D", "", whole) if grouped else whole
    parts = (digits, decimals) if decimals else (digits or "-",)
    for part in filter(None, parts):
        if not part.isdecimal() or len(part) > DIGITS_MAX:
            raise BadNumber(
                "that is not a number; write it in digits, without marks between them: 12500 or 2.5"
            )
    return f"{digits or '0'}.{decimals}" if decimals else digits


def is_ambiguous(text: str, *, typed: bool) -> bool:
    """Whether a number may have thousands or decimals; programs have decimals behind a point."""
    return TWO_MEANINGS.fullmatch(text) is not None and (typed or "," in text)


def split_decimals(text: str) -> tuple[str, str]:
    """Return what is before and after the decimal point or comma; with none, nothing is after.

    Of points and commas, what comes last and only once stands before decimals.
    """
    marks = [char for char in text if char in ".,"]
    if not marks or marks.count(marks[-1]) > 1:
        return text, ""
    whole, _, decimals = text.rpartition(marks[-1])
    return whole, decimals


def large_number(digits: str) -> str:
    """Return digits with a space between thousands."""
    return f"{int(digits):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
