"""What a file is, decided from its bytes only: neither its name nor what the sender says counts.

An image is what Pillow decodes (`images.py`). A few other kinds are known by their first bytes. What is UTF-8 without
control characters from the first byte to the last is text, markup and programs included: none of it is ever shown as
anything but text. All the rest is bytes.
"""

from __future__ import annotations

import codecs
import re

HEAD = 4096  # bytes that tell what a file is
UNKNOWN = "application/octet-stream"
# What a browser shows by itself and cannot be made to run. No PDF: its readers run what is in it, and browsers refuse
# to open one that is sandboxed, as all content here is.
SHOWN = ("image/", "video/", "audio/")
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
PICTURES = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP", re.DOTALL)
SIGNATURES = (
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"....ftypM4[AB] ", re.DOTALL), "audio/mp4"),
    (re.compile(rb"....ftyp(?:isom|iso[2-9]|mp4[12]|avc1|M4V |MSNV|dash)", re.DOTALL), "video/mp4"),
    (re.compile(rb"\x1a\x45\xdf\xa3.{0,64}\x42\x82.webm", re.DOTALL), "video/webm"),
    (re.compile(rb"OggS.{24,200}theora", re.DOTALL), "video/ogg"),
    (re.compile(rb"OggS\x00"), "audio/ogg"),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "audio/wav"),
    # MP3: tags, or the header of a frame of layer III whose bit rate and sampling rate exist.
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]", re.DOTALL), "audio/mpeg"),
)


def may_be_image(head: bytes) -> bool:
    return PICTURES.match(head) is not None


def by_signature(head: bytes) -> str | None:
    return next((kind for pattern, kind in SIGNATURES if pattern.match(head)), None)


def kind_of(content_type: str) -> str:
    """The word that lists are filtered by."""
    if content_type == "application/pdf":
        return "pdf"
    main = content_type.split("/")[0]
    return main if main in ("image", "video", "audio", "text") else "other"


class TextCheck:
    """Whether everything that passes through is text; stops looking at the first byte that is not."""

    def __init__(self) -> None:
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.is_text = True

    def feed(self, data: bytes, final: bool = False) -> None:
        if self.is_text:
            try:
                self.decoder.decode(data, final)
                self.is_text = not CONTROL.search(data)
            except UnicodeDecodeError:
                self.is_text = False
