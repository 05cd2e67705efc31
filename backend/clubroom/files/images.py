"""Pictures: what is one, how large it stands upright, and small ones made from it.

Pillow is imported when the first picture comes. Decoding is the costliest thing a stranger's bytes can ask for, so one
picture is decoded at a time in each process, and one of too many pixels is refused from its header alone.
"""

from __future__ import annotations

import io
import threading
import warnings
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ..core.errors import Refusal

if TYPE_CHECKING:
    from PIL import Image

PIXELS = 64_000_000  # 200 MB decoded
SIZES = (1024, 256, 64)
TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
ORIENTATION = 0x0112  # the EXIF tag; 5 to 8 lie on their side
one_at_a_time = threading.Lock()


class TooManyPixels(Refusal):
    status, code, field = 413, "too_many_pixels", "file"
    sentence = f"This picture has more than {PIXELS // 1_000_000} million pixels."


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
        return Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise TooManyPixels from None


def look(file: BinaryIO) -> Look | None:
    """What picture this is, or None where it is not whole. Raises TooManyPixels.

    A JPEG is decoded at an eighth of its size, which reads all of it at a third of the cost.
    """
    with one_at_a_time:
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

    The largest is made from the file, each smaller one from the one before.
    """
    from PIL import ImageOps

    made: dict[int, bytes] = {}
    with one_at_a_time, _open(file) as opened:
        opened.thumbnail((SIZES[0], SIZES[0]), reducing_gap=1.5)
        image = ImageOps.exif_transpose(opened)
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        for size in SIZES:
            image.thumbnail((size, size), reducing_gap=1.5)
            made[size] = _webp(image)
    return made


def _webp(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "WEBP", quality=80, method=2)  # Pillow writes no metadata that it is not handed
    return target.getvalue()
