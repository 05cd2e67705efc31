"""Receiving a multipart body: each file straight into the storage's temporary file, in pieces of 64 KiB, hashed and
looked at as it passes. Memory does not grow with size, and no transaction is open meanwhile.

The server shows a client that vanished as a clean end, so what came is compared with what was announced, and a
multipart body must have its closing boundary. All files of a request are kept, or none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, cast, get_args

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import MultiPartParser

from ..core import gate
from ..core.api import SENTENCES, Cut, MissingFields
from ..core.errors import Invalid, Refusal, TooLarge, WrongContentType
from ..core.storage import Disk, Incoming, new_key
from . import images, kinds
from .models import StoredFile, Visibility
from .names import sent_name

PIECE = 65_536
FRAMING = 1_048_576  # bytes of a body that are not of a file: boundaries, headers, other fields
LINGER = 16_777_216  # bytes of a refused body that are still taken in
MOST_PARTS = 100
MOST_FIELDS = 262_144  # bytes of the other fields, and of any header
TOO_MUCH = "The body has too many parts, or too much besides its files."


class MalformedMultipart(Refusal):
    code, sentence = "malformed_multipart", "The body is not valid multipart/form-data."


class FileTooLarge(TooLarge):
    field = "file"


class Arriving:
    """The body as it comes, never read past its announced end, nor past FRAMING that is in none of its files."""

    def __init__(self, stream: BinaryIO, announced: int | None, of_files: Callable[[], int]) -> None:
        self.stream = stream
        self.announced = announced
        self.of_files = of_files
        self.received = 0

    def read(self, size: int) -> bytes:
        """Raises TooLarge."""
        data = self._take(size)
        if self.received - self.of_files() > FRAMING + MOST_FIELDS:  # of a file, the parser holds less than that back
            raise TooLarge(TOO_MUCH)
        return data

    def _take(self, size: int) -> bytes:
        if self.announced is not None:
            size = min(size, self.announced - self.received)
        data = self.stream.read(size) if size else b""
        self.received += len(data)
        return data

    def drain(self) -> None:
        """Take in what little is still coming, so that a client that sends first and reads then hears the refusal."""
        with suppress(OSError):
            end = self.received + LINGER
            while self.received < end and self._take(PIECE):
                pass

    @property
    def cut(self) -> bool:
        return self.announced is not None and self.received < self.announced


class Part:
    """One file on its way in: what Werkzeug's parser writes to."""

    def __init__(self, incoming: Incoming, room: int, refusal: str) -> None:
        self.incoming = incoming
        self.room = room
        self.refusal = refusal  # where there is too little of it
        self.size = 0
        self.head = b""
        self.hash = hashlib.sha256()
        self.text = kinds.TextCheck()

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.room:
            raise FileTooLarge(self.refusal)
        if len(self.head) < kinds.HEAD:
            self.head += data[: kinds.HEAD - len(self.head)]
        self.hash.update(data)
        self.text.feed(data)
        self.incoming.write(data)

    def seek(self, position: int) -> None:
        """The parser is done with it."""
        self.text.feed(b"", final=True)
        self.incoming.make_durable()
        self.incoming.file.close()  # of all that come in one body, only one is open

    def row(self, name: str, owner_id: int, visibility: Visibility) -> StoredFile:
        """What is known of it now that all of it is here. Raises TooManyPixels, Busy."""
        picture = None
        if kinds.may_be_image(self.head):
            with self.incoming.path.open("rb", buffering=0) as file:
                picture = images.look(file)
        known = kinds.by_signature(self.head) or ("text/plain" if self.text.is_text else kinds.UNKNOWN)
        found = picture.type if picture else known
        return StoredFile(
            key=new_key(),
            owner_id=owner_id,
            name=sent_name(name),
            size=self.size,
            sha256=self.hash.hexdigest(),
            type=found,
            kind=kinds.kind_of(found),
            width=picture and picture.width,
            height=picture and picture.height,
            visibility=visibility,
        )


def too_large(limit: int, whose: str = "A file") -> str:
    step, name = next(
        ((10**power, name) for power, name in ((9, "GB"), (6, "MB"), (3, "kB")) if limit >= 10**power), (1, "bytes")
    )
    return f"{whose} may have at most {limit / step:.4g} {name}."


def check_parts(
    fields: MultiDict[str, str], files: MultiDict[str, FileStorage]
) -> tuple[Visibility, list[tuple[str, Part]]]:
    """Who may see the files, and each with the name it came with. Raises MissingFields, Invalid."""
    unknown = (fields.keys() - {"visibility"}) | (files.keys() - {"file"})
    wrong = dict.fromkeys(sorted(unknown), SENTENCES["extra_forbidden"])
    visibility = fields.get("visibility", "private")
    if visibility not in get_args(Visibility):
        wrong["visibility"] = "One of 'private' or 'members'."
    sent = [(one.filename or "", cast(Part, one.stream)) for one in files.getlist("file")]
    named = [(name, part) for name, part in sent if name or part.size]  # a form in which none was chosen
    if not named:
        raise MissingFields(fields=wrong | {"file": SENTENCES["missing"]})
    if wrong:
        raise Invalid(fields=wrong)
    return cast(Visibility, visibility), named


class Receiving:
    """The files of one request. What was not kept when it ends is discarded."""

    def __init__(self, disk: Disk, limit: int) -> None:
        self.disk = disk
        self.limit = limit
        self.parts: list[Part] = []
        self.kept: list[str] = []
        self.done = False

    def __enter__(self) -> Receiving:
        return self

    def __exit__(self, *error: object) -> None:
        for part in self.parts:
            part.incoming.discard()
        if not self.done:
            for key in self.kept:
                self.disk.delete(key)

    def receive(self, request: Request, owner_id: int) -> list[StoredFile]:
        """Read the body, keep its files, and return their rows, not added yet. Raises Refusal."""
        body = Arriving(request.environ["wsgi.input"], request.content_length, self._size)
        with gate.aside():  # reading, hashing, writing and decoding all leave Python's lock to others
            try:
                visibility, named = check_parts(*self._parse(request, body))
                rows = [part.row(name, owner_id, visibility) for name, part in named]
                for row, (_, part) in zip(rows, named, strict=True):
                    self.kept.append(row.key)
                    part.incoming.keep(row.key)
                return rows
            except Refusal:
                body.drain()
                raise

    def _parse(self, request: Request, body: Arriving) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
        """The fields and the files, by the names of their parts."""
        if request.mimetype != "multipart/form-data":
            raise WrongContentType("Send files as multipart/form-data.")
        if body.announced is not None and body.announced > self.limit + FRAMING:
            raise FileTooLarge(too_large(self.limit))
        try:
            parser = MultiPartParser(cast(Any, self._begin), MOST_FIELDS, buffer_size=PIECE, max_form_parts=MOST_PARTS)
            boundary = request.mimetype_params.get("boundary", "").encode("ascii")
            fields, files = parser.parse(cast(BinaryIO, body), boundary, body.announced)
        except RequestEntityTooLarge:
            raise TooLarge(TOO_MUCH) from None
        except (ValueError, AttributeError, TypeError) as error:  # what the parser raises at a body that is broken
            raise (Cut if body.cut else MalformedMultipart) from error
        if body.cut:
            raise Cut
        if any(name is None for name in (*fields, *files)):  # the parser lets a part have none
            raise MalformedMultipart
        return fields, files

    def _size(self) -> int:
        return sum(part.size for part in self.parts)

    def _begin(self, **_: Any) -> Any:
        # All of a body have the room of one file, also where no length was announced.
        room = self.limit - self._size()
        whose = "A file" if room == self.limit else "The files of one upload"
        part = Part(self.disk.begin(), room, too_large(self.limit, whose))
        self.parts.append(part)
        return part
