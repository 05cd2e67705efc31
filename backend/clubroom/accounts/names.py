"""The rules about names and addresses that hold wherever one is written."""

from __future__ import annotations

import re
import unicodedata

USERNAME = re.compile(r"[\w](?:[\w.\-]{0,30}[\w])?")
# Choose another shape for the sign before them, as in an emoji or a Japanese name, and are nothing by themselves.
SHAPES = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Letters and signs to Unicode, nothing to the eye.
INVISIBLE = re.compile(f"[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]|(?<!\\S)[{SHAPES}]")
LOCAL = rf"[^@\s\"<>(),:;\\\[\]{SHAPES}]{{1,64}}"
EMAIL = re.compile(LOCAL + r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_](?:[\w-]{0,61}[^\W_])?")

# Written in one name, as Latin is in Japanese, Chinese and Korean ones.
EAST_ASIAN = {"BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA", "KATAKANA-HIRAGANA", "LATIN"}
# Letters of other alphabets, and strange ones of the Latin one, by the letter they look like, be it small or capital
# (Unicode Technical Standard 39).
TWINS = {
    "a": "ɑΑαАаᎪᗅꓮ",
    "b": "ƄΒВЬᏏᏴᑲᖯᗷꓐꞴ",
    "c": "СсᏟᴄⲤⲥꓚꮯ",
    "d": "ԁᎠᏧᑯᗞᗪꓒꓓ",
    "e": "ΕЕеҽᎬⴹꓰꬲ",
    "f": "ϜքᖴẝꓝꞘꞙꬵ",
    "g": "ƍɡԌցᏀᏳᶃꓖ",
    "h": "ΗНһհᎻᏂᕼⲎꓧ",
    "i": "ıɩɪιіӏᎥꙇꭵ",
    "j": "ͿϳЈјᎫᒍꓙꞲ",
    "k": "ΚκКкᏦⲔꓗ",
    "l": "ᏞᒪⳐꓡ",
    "|": "l1IƖǀΙІӀⲒⵏꓲ",
    "m": "ΜϺМᎷᗰⲘꓟ",
    "n": "ΝոռⲚꓠ",
    "o": "0ΟοσОоՕօᴏᴑⲞⲟⵔꓳꬽ",
    "p": "ΡρРрᏢᑭⲢⲣꓑ",
    "q": "ԛգզⵕ",
    "r": "ƦгᎡᏒᖇᴦⲅꓣꭇꭈꮁ",
    "s": "ƽЅѕՏᏕᏚꓢꜱꮪ",
    "t": "ΤТᎢⲦꓔ",
    "u": "ʋυՍսᑌᴜꓴꞟꭎꭒ",
    "v": "νѴѵᏙᐯᴠⴸꓦꮩ",
    "w": "ɯѡԜԝաᎳᏔᴡꓪꮃ",
    "x": "ΧХхᕁᕽⲬⵝꓫꞳ",
    "y": "ɣʏΥγУуҮүᎩᎽᶌỿⲨꓬꭚ",
    "z": "ΖᏃᴢꓜꮓ",
}
PAIRS = {"rn": "m", "vv": "w"}
LOOKS_LIKE = str.maketrans({twin: letter for letter, twins in TWINS.items() for twin in twins})


def folded(text: str) -> str:
    """The form in which names are compared: NFKC and case folding, so that one name is the same however typed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def shape(username: str) -> str:
    """What a user name looks like: the same for `paypal` and `paypaI`, `coco` and its Cyrillic twin, `arno` and `amo`.

    Two names that are the same when `folded` may look different: a capital looks like other letters than a small one.
    """
    letters = unicodedata.normalize("NFD", username).translate(LOOKS_LIKE).casefold()
    for pair, letter in PAIRS.items():
        letters = letters.replace(pair, letter)
    return unicodedata.normalize("NFC", letters)


def check_username(text: str) -> str:
    """A user name: 1 to 32 letters, digits, `.`, `_`, `-`; NFKC. Raises ValueError with a sentence."""
    name = unicodedata.normalize("NFKC", text.strip())
    if not USERNAME.fullmatch(name) or INVISIBLE.search(name):
        raise ValueError("Up to 32 letters, digits, dots, dashes and underscores; a letter or digit first and last.")
    alphabets = {unicodedata.name(one).split()[0] for one in name if one.isalpha()} - {"MODIFIER"}
    if len(alphabets) > 1 and not alphabets <= EAST_ASIAN:
        raise ValueError("Letters of one alphabet, please: a mixed name can look like somebody else's.")
    return name


def check_email(text: str) -> str:
    """An address with one @ and a plausible domain; whether it works is shown by the mail.

    Raises ValueError with a sentence.
    """
    address = unicodedata.normalize("NFC", text.strip())
    if "=?" in address:  # begins an encoded word: in a header it could be read as other addresses
        raise ValueError("This is not an e-mail address.")
    if len(address) > 254 or not address.isprintable() or INVISIBLE.search(address) or not EMAIL.fullmatch(address):
        raise ValueError("This is not an e-mail address.")
    return address


def check_name(text: str) -> str:
    """A person's name as others see it: one line of visible characters. Raises ValueError with a sentence."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > 80:
        raise ValueError("At most 80 characters.")
    if not name.isprintable() or INVISIBLE.search(name):
        raise ValueError("A name holds no invisible characters.")
    return name
