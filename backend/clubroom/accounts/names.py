"""The rules about names and addresses that hold wherever one is written."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress

USERNAME = re.compile(r"[\w](?:[\w.\-]{0,30}[\w])?")
# Choose another shape for the sign before them, as in an emoji or a Japanese name, and are nothing by themselves.
SHAPES = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Letters and signs to Unicode, nothing to the eye.
INVISIBLE = re.compile(f"[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]|(?<!\\S)[{SHAPES}]")
# A mark upon itself (two of which look like one), and what chooses another shape.
UNSEEN = re.compile(rf"([^\w.\-])\1|[{SHAPES}]")
LOCAL = rf"[^@\s\"<>(),:;\\\[\]{SHAPES}]{{1,64}}"
EMAIL = re.compile(LOCAL + r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_](?:[\w-]{0,61}[^\W_])?")

# Written in one name, as Latin is in Japanese, Chinese and Korean ones.
EAST_ASIAN = {"BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA", "KATAKANA-HIRAGANA", "LATIN"}
# Letters and digits of other alphabets, and strange ones of the Latin one, by the letter or digit they look like, be it
# small or capital (Unicode Technical Standard 39).
TWINS = {
    "a": "ɑΑαАаᎪᗅꓮ𐊠𖽀",
    "b": "ƄΒВЬᏏᏴᑲᖯᗷꓐꞴ𐊂𐊡𐌁",
    "c": "СсᏟᴄⲤⲥꓚꮯ𐊢𐌂𐐕𐐽𐔜𑣩𑣲",
    "d": "ԁᎠᏧᑯᗞᗪꓒꓓ",
    "e": "ΕЕеҽᎬⴹꓰꬲ𐊆𑢦𑢮",
    "f": "ϜքᖴẝꓝꞘꞙꬵ𐊇𐊥𐔥𑢢𑣂",
    "g": "ƍɡԌցᏀᏳᶃꓖ",
    "h": "ΗНһհᎻᏂᕼⲎꓧ𐋏",
    "i": "ıɩɪιіӏᎥꙇꭵ𑣃",
    "j": "ͿϳЈјᎫᒍꓙꞲ",
    "k": "ΚκКкᏦⲔꓗᛕ𐔘",
    "l": "ᏞᒪⳐꓡ𐐛𐔦𑢣𑢲𖼖",
    "|": "l1IƖǀΙІӀⲒⵏꓲוןا١۱ߊᛁ𐊊𐌉𐌠𖼨𞣇丨",
    "m": "ΜϺМᎷᗰⲘꓟᛖ𐊰𐌑𑜀𑣣",
    "n": "ΝոռⲚꓠ𐔓",
    "o": "0ΟοσОоՕօᴏᴑⲞⲟⵔꓳꬽסهھہە٥۵߀०০੦૦ଠ୦௦౦೦ഠ൦๐໐ဝ၀ჿዐ〇𐊒𐊫𐐄𐐬𐓂𐓪𐔖𑓐𑢵𑣈𑣗𑣠",
    "p": "ΡρРрᏢᑭⲢⲣꓑ𐊕",
    "q": "ԛգզⵕ",
    "r": "ƦгᎡᏒᖇᴦⲅꓣꭇꭈꮁ𐒴𖼵",
    "s": "ƽЅѕՏᏕᏚꓢꜱꮪ𐊖𐐠𐑈𑣁𖼺",
    "t": "ΤТᎢⲦꓔ𐊗𐊱𐌕𑢼𖼊",
    "u": "ʋυՍսᑌᴜꓴꞟꭎꭒሀ𐓎𐓶𑢸𑣘𖽂",
    "v": "νѴѵᏙᐯᴠⴸꓦꮩט٧۷ꛟ𐔝𑜆𑢠𑣀𖼈",
    "w": "ɯѡԜԝաᎳᏔᴡꓪꮃ𑜊𑜎𑜏𑣦𑣯",
    "x": "ΧХхᕁᕽⲬⵝꓫꞳᚷ𐊐𐊴𐌗𐌢𐔧𑣬",
    "y": "ɣʏΥγУуҮүᎩᎽᶌỿⲨꓬꭚყ𐊲𑢤𑣜𖽃",
    "z": "ΖᏃᴢꓜꮓ𐋵𑢩𑣄𑣥",
    "2": "ƧꝚϨꙄᒿꛯ",
    "3": "ƷȜꝪꞫⳌЗӠ𑣊𖼻",
    "4": "Ꮞ𑢯",
    "5": "Ƽ𑢻",
    "6": "ⳒбᏮ𑣕",
    "7": "𐓒𑣆",
    "8": "Ȣȣ৪੪𐌚𞣋",
    "9": "ꝮⳊ৭੧୨൭𑢬𑣌𑣖",
    # Signs, marks over and under letters, and letters of one script that are taken for each other.
    "": "ـ\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652",  # of Arabic: the line, and the vowels one may leave out
    "-": "ー一",
    "_": "ˍ",
    ".": "٠۰",
    "ʼ": "ʹʻʽʾˈˊˋꞌ",
    "ي": "یى",
    "ك": "ک",
    "\u0327": "\u0326",
    "\u0306": "\u030c",
    "\u0302": "\u0311",
    "エ": "工",
    "カ": "力",
    "タ": "夕",
    "ト": "卜",
    "ニ": "二",
    "ハ": "八",
    "ヘ": "へ",
    "リ": "り",
    "ロ": "口",
}
PAIRS = {"rn": "m", "vv": "w"}
LOOKS_LIKE = str.maketrans({twin: letter for letter, twins in TWINS.items() for twin in twins})


def in_letters(address: str) -> str:
    """An e-mail address with its domain in letters, also where that is written as machines do."""
    local, at, domain = address.rpartition("@")
    if at and "xn--" in domain.lower():
        import idna

        with suppress(UnicodeError):
            domain = idna.decode(domain)
    return local + at + domain


def folded(text: str) -> str:
    """The form in which names and addresses are compared: NFKC and case folding, so that one is one however typed."""
    text = in_letters(text)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def shape(username: str) -> str:
    """What a username looks like: the same for `paypal` and `paypaI`, `coco` and its Cyrillic twin, `arno` and `amo`.

    Two names that are the same when `folded` may look different: a capital looks like other letters than a small one.
    """
    letters = unicodedata.normalize("NFD", username).translate(LOOKS_LIKE).casefold()
    for pair, letter in PAIRS.items():
        letters = letters.replace(pair, letter)
    return unicodedata.normalize("NFC", letters)


def check_username(text: str) -> str:
    """A username: 1 to 32 letters, digits, `.`, `_`, `-`; NFKC. Raises ValueError with a sentence."""
    name = unicodedata.normalize("NFKC", text.strip())
    letters = "".join(one for one in name if not is_mark(one))
    unseen = INVISIBLE.search(name) or UNSEEN.search(name) or not shape(name)
    if len(name) > 32 or not USERNAME.fullmatch(letters) or letters[0] != name[0] or unseen:
        raise ValueError("Up to 32 letters, digits, dots, dashes and underscores; a letter or digit first and last.")
    alphabets = {_alphabet(one) for one in name if one not in "0123456789._-"} - {"MODIFIER"}
    if len(alphabets) > 1 and not alphabets <= EAST_ASIAN:
        raise ValueError("Letters of one alphabet, please: a mixed name can look like somebody else's.")
    return name


def is_mark(sign: str) -> bool:
    """Whether this is a vowel or the like, as many alphabets write them over, under or around a letter. Those that can
    stand at any letter, of any alphabet, are none: what they make of it has a sign of its own if anybody writes it.
    """
    return unicodedata.category(sign) in ("Mn", "Mc") and _alphabet(sign) not in EAST_ASIAN | {"COMBINING"}


def _alphabet(letter: str) -> str:
    """What alphabet a letter or a digit other than 0 to 9 is of: the first word of its name, `ARABIC` also for both
    kinds of its digits.
    """
    return unicodedata.name(letter, "NAMELESS").removeprefix("EXTENDED ").split()[0].removesuffix("-INDIC")


def check_email(text: str) -> str:
    """An address with one @ and a plausible domain, its letters those that mail servers take it for; whether it works
    is shown by the mail. Raises ValueError with a sentence.
    """
    local, at, domain = in_letters(text.strip()).rpartition("@")
    address = unicodedata.normalize("NFC", local) + at + unicodedata.normalize("NFKC", domain)
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
