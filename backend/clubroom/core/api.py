"""The typed layer between HTTP and views: a view's signature says what comes in and what goes out.

    @accounts.post("/login")
    @public
    @typed
    def login(body: Credentials) -> SignedIn: ...

`body` (JSON) and `query` are pydantic models that refuse unknown fields. What goes out is a TypedDict, checked by
mypy, written by orjson and described by pydantic: typed at no cost while running. The OpenAPI document is made from
the same signatures (`core/openapi.py`). APIFlask was tried: it brings marshmallow, webargs and apispec, and telling a
malformed body, a wrong content type and a wrong field apart took more code than this.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial, wraps
from hashlib import blake2b
from typing import Annotated, Any, ClassVar, get_type_hints, overload

import orjson
from flask import Flask, Response, current_app, request
from flask.json.provider import JSONProvider
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypedDict
from werkzeug.routing import IntegerConverter, Rule

from .errors import Invalid, Malformed, PreconditionFailed, Refusal, TooLarge, WrongContentType
from .guard import look_again
from .paging import Listing, Query

MAX_BODY = 65_536  # bytes of a JSON body, ten times what any needs: a refusal names each unknown field


class MissingFields(Refusal):
    code, sentence = "missing_fields", "Missing required fields"


class Cut(Refusal):
    code, sentence = "incomplete_body", "The body ended before it was complete."


class Input(BaseModel):
    """What comes in as JSON: exact types, no unknown fields."""

    # Built at its first use: building them all takes a good part of the start.
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)
    missing: ClassVar[type[Refusal]] = MissingFields


def _line(text: str) -> str:
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in text):
        raise ValueError("This holds characters that can't be used here.")
    return text.strip()


# Text is bounded before anything looks at it: putting a long row of combining marks in order takes quadratic time.
Text = Annotated[str, Field(max_length=1024)]
Line = Annotated[Text, AfterValidator(_line)]  # one line of text, without control characters
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Message(TypedDict):
    message: str


# Further answers that are no failures: by status, what goes out and what it means.
Others = dict[int, tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class Described:
    """A typed view's parts, for the OpenAPI document."""

    body: type[Input] | None
    query: type[Query] | None
    answer: Any
    status: int
    others: Others


SENTENCES = {
    "missing": "This is needed.",
    "extra_forbidden": "This is not a known field.",
    "string_type": "This must be text.",
    "bool_type": "This must be true or false.",
    "bool_parsing": "This must be true or false.",
    "int_type": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "int_parsing_size": "This must be a whole number, and a smaller one.",
    "string_too_short": "At least {min_length} characters.",
    "string_too_long": "At most {max_length} characters.",
    "too_long": "At most {max_length} characters.",
    "dict_type": "This must be an object.",
    "greater_than_equal": "At least {ge}.",
    "less_than_equal": "At most {le}.",
    "literal_error": "One of {expected}.",
}


def _refusal_of(error: ValidationError, model: type[BaseModel], missing: type[Refusal]) -> Refusal:
    """The one shape for what pydantic found; a needed field that is empty or null counts as missing."""
    fields: dict[str, str] = {}
    absent = False
    for one in error.errors(include_url=False):
        kind, context = one["type"], one.get("ctx", {})
        if kind == "json_invalid":
            return Malformed()
        if not one["loc"]:
            return Invalid("The body must be a JSON object.")
        field = model.model_fields.get(str(one["loc"][0]))
        null = one["input"] is None and field is not None and field.is_required()
        empty = kind == "missing" or null or (kind.endswith("too_short") and not one["input"].strip())
        absent = absent or empty
        sentence = SENTENCES.get("missing" if empty else kind, one["msg"])
        fields[str(one["loc"][0])] = str(context["error"]) if kind == "value_error" else sentence.format(**context)
    return missing(fields=fields) if absent else Invalid(fields=fields)


def _read_body(model: type[Input]) -> Input:
    if not request.is_json:
        raise WrongContentType
    if (request.content_length or 0) > MAX_BODY:
        raise TooLarge("The body is too large.")
    data = request.stream.read(MAX_BODY + 1)
    if len(data) > MAX_BODY:
        raise TooLarge("The body is too large.")
    if request.content_length is not None and len(data) < request.content_length:
        raise Cut  # granian shows a client that vanished as a clean end
    look_again()
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise _refusal_of(error, model, model.missing) from None


def _read_query(model: type[Query]) -> Query:
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise _refusal_of(error, model, Invalid) from None


def state_of(data: Any) -> str:
    """What tells one state of a thing from another. `last_seen` is no part of it: a person who looks at their profile
    and changes it is seen twice, and must not be told that someone else changed it.
    """
    if isinstance(data, dict):
        data = {name: value for name, value in data.items() if name != "last_seen"}
    return blake2b(orjson.dumps(data), digest_size=9).hexdigest()


def json_answer(data: Any, status: int = 200) -> Response:
    """`data` as the body of an answer, with an ETag where it was read."""
    response = Response(orjson.dumps(data), status, mimetype="application/json")
    if request.method in ("GET", "HEAD") and status == 200:
        state = state_of(data)
        if request.headers.get("If-None-Match") and request.if_none_match.contains_weak(state):
            response = Response(status=304)
        response.headers["ETag"] = f'"{state}"'
    return response


def _answer(result: Any, status: int) -> Response:
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=204)
    if isinstance(result, Listing):
        response = json_answer(result.items, status)
        response.headers.update(result.headers())
        return response
    return json_answer(result, status)


def check_if_match(now_answered: Callable[[], Any]) -> None:
    """Refuse a change whose `If-Match` is not the ETag of what a GET would answer now.

    Call it inside the transaction that changes.
    """
    if request.headers.get("If-Match") and not request.if_match.contains(state_of(now_answered())):
        raise PreconditionFailed


def _check_never_read() -> None:
    """Refuse a change whose `If-Match` names an ETag of what has none, as nobody can read it alone (a device, a token).

    What can be read is compared by `check_if_match`.
    """
    if request.method in ("PUT", "PATCH", "DELETE") and request.headers.get("If-Match"):
        adapter = current_app.create_url_adapter(request)
        if not request.if_match.star_tag and adapter and "GET" not in adapter.allowed_methods():
            raise PreconditionFailed


@overload
def typed(view: Callable[..., Any]) -> Callable[..., Response]: ...
@overload
def typed(
    *, status: int = 200, others: Others | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Response]]: ...
def typed(view: Any = None, *, status: int = 200, others: Others | None = None) -> Any:
    """Give a view its `body` and `query` read and checked, and make its result the answer (None: 204; a Response stays
    as it is).
    """
    if view is None:
        return lambda given: _typed(given, status, others or {})
    return _typed(view, status, {})


def _typed(view: Callable[..., Any], status: int, others: Others) -> Callable[..., Response]:
    hints = get_type_hints(view)
    body, query, answer = hints.get("body"), hints.get("query"), hints["return"]

    @wraps(view)
    def call(**values: Any) -> Response:
        _check_never_read()
        if query:
            values["query"] = _read_query(query)
        if body:
            values["body"] = _read_body(body)
        return _answer(view(**values), status)

    call.described = Described(body, query, answer, status, others)  # type: ignore[attr-defined]
    return call


class Int64Converter(IntegerConverter):
    """`<int:…>` in a path, within what a database column holds: beyond it there is nothing to find."""

    def __init__(self, map: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": 2**63 - 1, **kwargs})


class Route(Rule):
    """A rule that compiles what makes an address out of it where somebody asks for one: nobody does while Clubroom
    starts, and for all routes together it takes 18 ms.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(super()._compile_builder, append_unknown))
        return lambda rule, *values, **named: compiled()(rule, *values, **named)


class OrjsonProvider(JSONProvider):
    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)


def init_app(app: Flask) -> None:
    app.json = OrjsonProvider(app)
    app.url_rule_class = Route
    app.url_map.converters["int"] = Int64Converter
    # One address for each thing: "//" would lead to "/" by a redirect, at whatever host the request names.
    app.url_map.merge_slashes = False
