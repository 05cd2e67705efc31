"""Pictures: what is one, how large it stands upright, and small ones made from it.

Pillow is imported when the first picture comes. Decoding is the costliest thing a stranger's bytes can ask for, so one
picture is decoded at a time in each process, and one of too many pixels is refused from its header alone. Pillow keeps
some of a file in memory whatever its pixels, piece by piece, and a JPEG may pass over them as often as it likes: what
is too large, makes too many passes or has too many pieces is no picture to us, but a file like any other. So is an
AVIF: it may hold a picture much larger than it says, which its decoder makes whole before it is made smaller.
"""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ..core import gate
from ..core.errors import Busy, Refusal

if TYPE_CHECKING:
    from PIL import Image

PIXELS = 64_000_000  # some 500 MB while decoded
PIXELS_OF = {"WEBP": PIXELS // 2}  # which takes twice the memory
LARGEST = 100_000_000  # bytes
PASSES, SEGMENTS = 100, 4096  # of a JPEG: cameras make about ten of the ones, and some hundreds of the others
EXIF = 16  # segments of it: cameras make one, and Pillow copies all before it for each
CHUNKS = 65_536  # of a PNG: a hundred million bytes make 12,000 as they are commonly written
BLOCKS = 8192  # of what comes before a GIF's picture: two million bytes
PATIENCE = 20.0  # seconds to wait for other pictures
SIZES = (1024, 256, 64)
TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
ORIENTATION = 0x0112  # the EXIF tag
# What makes a picture of each orientation stand upright, as Pillow calls it. 5 to 8 lie on their side.
UPRIGHT = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
# What begins a segment of a JPEG; within a pass over the picture, 0xFF before anything else is data.
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
ALONE, END, PASS, OWN = (0x01, 0xD8), 0xD9, 0xDA, 0xE1  # without a length; of the picture; over it; EXIF or another's
PIECE = 65_536


class TooManyPixels(Refusal):
    status, code, field = 413, "too_many_pixels", "file"

    def __init__(self, most: int = PIXELS) -> None:
        super().__init__(f"This picture has more than {most // 1_000_000} million pixels.")


lock = threading.Lock()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Raises Busy where too many wait, or those before take too long."""
    with gate.one_of(gate.pictures):
        if not lock.acquire(timeout=PATIENCE):
            raise Busy("Many pictures are being looked at just now. Please try again in a moment.", retry_after=5)
        try:
            yield
        finally:
            lock.release()


class Look(NamedTuple):
    type: str
    width: int
    height: int


def _open(file: BinaryIO) -> Image.Image:
    """Raises TooManyPixels, or whatever Pillow says of a file that is no picture."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
    try:
        image = Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise TooManyPixels from None
    most = PIXELS_OF.get(image.format or "", PIXELS)
    if image.width * image.height > most:
        image.close()
        raise TooManyPixels(most)
    return image


def costly(file: BinaryIO) -> bool:
    """Whether decoding this could take much more than its pixels do."""
    if file.seek(0, io.SEEK_END) > LARGEST:
        return True
    file.seek(0)
    bounded = {b"\xff\xd8": _few_passes, b"\x89P": _few_chunks, b"GI": _few_blocks}.get(file.read(2))
    return bounded is not None and not bounded(file)


def _few_chunks(file: BinaryIO) -> bool:
    """Whether a PNG comes to its end after no more than CHUNKS."""
    place = 8
    for _ in range(CHUNKS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return True
        place += 12 + int.from_bytes(head[:4], "big")
    return False


def _few_blocks(file: BinaryIO) -> bool:
    """Whether a GIF comes to its picture after no more than BLOCKS, of extensions and within them."""
    file.seek(10)
    flags = file.read(1)
    file.seek(13 + (3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0))
    within = False
    for _ in range(BLOCKS):
        start = file.read(1)
        if within:
            within = start not in (b"", b"\0")
            file.seek(start[0] if start else 0, io.SEEK_CUR)
        elif start in (b"", b",", b";"):
            return True
        elif start == b"!":
            within = True
            file.seek(1, io.SEEK_CUR)
    return False


def _few_passes(file: BinaryIO) -> bool:
    """Whether a JPEG comes to its end after no more than PASSES, SEGMENTS and EXIF, read as its decoder does."""
    place, passes, segments, exif = 0, 0, 0, 0
    while passes <= PASSES and segments <= SEGMENTS and exif <= EXIF:
        file.seek(place)
        piece = file.read(PIECE)
        found = MARKER.search(piece)
        if found is None:
            if len(piece) < PIECE:
                return True
            place += PIECE - 1
            continue
        kind, place = piece[found.start() + 1], place + found.end()
        if kind == END:
            return True
        passes, segments = passes + (kind == PASS), segments + 1
        if kind not in ALONE:
            file.seek(place)
            head = file.read(8)
            exif += kind == OWN and head[2:] == b"Exif\0\0"
            place += int.from_bytes(head[:2], "big")
    return False


def look(file: BinaryIO) -> Look | None:
    """What picture this is, or None where it is not whole, or too costly. Raises TooManyPixels, Busy.

    A JPEG is decoded at an eighth of its size, which reads all of it at a third of the cost.
    """
    if costly(file):
        return None
    with one_at_a_time():
        try:
            with _open(file) as image:
                width, height = image.size
                image.draft("L", (1, 1))
                image.load()
                if image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8):
                    width, height = height, width
                return Look(TYPES[image.format or ""], width, height)
        except TooManyPixels:
            raise
        except Exception:  # decoders raise nearly anything at bytes that are no picture
            return None


def thumbnails(file: BinaryIO) -> dict[int, bytes]:
    """The picture in each of SIZES as WebP, upright, without metadata, never larger than it is.

    The largest is made from the file, each smaller one from the one before. Raises Busy, or whatever Pillow says of a
    picture that it can't show, though it can read it.
    """
    from PIL import Image

    made: dict[int, bytes] = {}
    with one_at_a_time(), _open(file) as opened:
        # Of 16 bits a pixel, Pillow does not leave out whole rows and columns first.
        opened.thumbnail((SIZES[0], SIZES[0]), reducing_gap=None if opened.mode.startswith("I;16") else 1.5)
        # Not Pillow's `exif_transpose`: it writes all the EXIF anew, and fails where anything in there is wrong.
        turn = UPRIGHT.get(opened.getexif().get(ORIENTATION, 1))
        image = opened.transpose(Image.Transpose[turn]) if turn else opened
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        for size in SIZES:
            image.thumbnail((size, size), reducing_gap=1.5)
            made[size] = _webp(image)
    return made


def _webp(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "WEBP", quality=80, method=2)  # Pillow writes no metadata that it is not handed
    return target.getvalue()
