"""Made-up files: small pictures and texts, spread over the people there are, every third shown to all members."""

from __future__ import annotations

import hashlib
import io
import random
from datetime import timedelta

from sqlalchemy import func, select

from ..accounts.models import User
from ..core.clock import now
from ..core.database import db
from ..core.storage import new_key, storage
from .kinds import kind_of
from .models import StoredFile

SUBJECTS = "Regatta Harbour Workshop Garden Choir Summer Clubhouse Excursion Kitchen Stage Lighthouse Picnic".split()
PAPERS = "Minutes Agenda Invitation Rota Inventory Report".split()
SKIES = ["#dfe8e4", "#efe1c6", "#cfdfe6", "#eed8c6", "#e9e6da"]  # mist, evening, noon, dawn, haze
NEAR, FAR = (24, 66, 52), (150, 184, 158)  # the colour of a hill
BATCH = 50  # in one transaction: making these keeps nobody else from writing for long


def seed(count: int) -> int:
    """Add files and commit; how many. None without people to own them."""
    newest = db.session.scalar(select(func.max(User.id)))
    if newest is None:
        return 0
    for number in range(1, count + 1):
        chance = random.Random(number)  # noqa: S311  # nothing secret hangs on a made-up file
        owner = db.session.scalar(
            select(User.id).where(User.id >= chance.randint(1, newest)).order_by(User.id).limit(1)
        )
        name, content_type, data, size = _picture(chance) if number % 4 else _paper(chance)
        db.session.add(
            StoredFile(
                key=_keep(data),
                owner_id=owner,
                name=name,
                size=len(data),
                type=content_type,
                kind=kind_of(content_type),
                sha256=hashlib.sha256(data).hexdigest(),
                width=size and size[0],
                height=size and size[1],
                visibility="private" if number % 3 else "members",
                created_at=now() - timedelta(minutes=chance.randrange(60 * 24 * 400)),
            )
        )
        if number % BATCH == 0:
            db.session.commit()
    db.session.commit()
    return count


def _keep(data: bytes) -> str:
    """Put bytes into the storage; made-up ones need not survive a power cut."""
    key = new_key()
    with storage().begin() as incoming:
        incoming.write(data)
        incoming.keep(key)
    return key


def _picture(chance: random.Random) -> tuple[str, str, bytes, tuple[int, int]]:
    """A landscape of a few hills."""
    from PIL import Image, ImageDraw

    width, height = chance.choice([(480, 360), (360, 480), (480, 480)])
    image = Image.new("RGB", (width, height), chance.choice(SKIES))
    draw = ImageDraw.Draw(image)
    for depth in range(4):
        middle, top = chance.randrange(width), height * (depth + 3) // 8
        warmth = chance.randrange(-14, 15)
        red, green, blue = (far + (near - far) * depth // 3 for far, near in zip(FAR, NEAR, strict=True))
        hill = (middle - width, top, middle + width, top + 2 * height)
        draw.ellipse(hill, fill=(red + warmth, green, blue - warmth))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=75)
    return f"{chance.choice(SUBJECTS)} {chance.randrange(1, 400)}.jpg", "image/jpeg", target.getvalue(), (width, height)


def _paper(chance: random.Random) -> tuple[str, str, bytes, None]:
    title = f"{chance.choice(PAPERS)} {chance.randrange(2015, 2027)}"
    lines = [f"{line}. {chance.choice(SUBJECTS)}: see {chance.choice(PAPERS).lower()}." for line in range(1, 30)]
    return f"{title}.txt", "text/plain", "\n".join([title, "", *lines]).encode(), None
