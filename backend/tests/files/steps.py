"""What tests of files do over and over. Steps do not assert."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

Sent = bytes | tuple[str, bytes]


def upload(client: FlaskClient, *files: Sent, **fields: str) -> TestResponse:
    """Send files: bytes, or a name with bytes."""
    named = [("file.bin", one) if isinstance(one, bytes) else one for one in files]
    return client.post("/api/upload", data={"file": [(io.BytesIO(data), name) for name, data in named], **fields})


def uploaded(client: FlaskClient, file: Sent = b"hello", **fields: str) -> dict[str, Any]:
    """A file that is there now, as the server describes it."""
    answer: dict[str, Any] = upload(client, file, **fields).get_json()
    return answer


def content(client: FlaskClient, file: dict[str, Any], **headers: str) -> TestResponse:
    return client.get(file["url"], headers=headers, buffered=True)


def names(client: FlaskClient, query: str = "") -> list[str]:
    """The names in a list."""
    return [one["name"] for one in client.get(f"/api/uploads?{query}").get_json()]


def on_disk(app: Flask) -> list[str]:
    """The names of everything in the storage."""
    return sorted(path.name for path in app.extensions["storage"].folder.rglob("*") if path.is_file())


def picture(width: int = 40, height: int = 20, form: str = "JPEG", *, mode: str = "RGB", **options: Any) -> bytes:
    """A small picture whose left half is red."""
    image = Image.new(mode, (width, height), "white")
    image.paste("red", (0, 0, width // 2, height))
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def png(width: int, height: int, colours: int = 2, pixels: bytes = b"") -> bytes:
    """A PNG written by hand, that claims this size and holds what it is given; `colours` 2 are RGB, 3 of a palette."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def body(*parts: bytes) -> dict[str, Any]:
    """A multipart body written by hand: what a request takes."""
    return {"data": b"".join(parts), "content_type": "multipart/form-data; boundary=cut"}


def head(name: str = "file", filename: str = "a.txt") -> bytes:
    return f'--cut\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'.encode()


END = b"\r\n--cut--\r\n"
