"""Prints the shapes of the API as TypeScript declarations, from the OpenAPI document that the server makes of itself.

`make types` keeps them in frontend/core/api-types.d.ts; `make check` tells when they are not what the server says.
Own code, because the document needs this little of JSON Schema, and an npm tool for it would be the largest we have.
"""

import json
from typing import Any

from clubroom import create_app

NAMES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def type_of(schema: dict[str, Any]) -> str:
    """A schema as a type. Raises ValueError for what no answer of ours has used so far."""
    match schema:
        case {"$ref": reference}:
            return str(reference).rpartition("/")[2]
        case {"anyOf": choices} | {"oneOf": choices}:
            return " | ".join(type_of(one) for one in choices)
        case {"enum": values}:
            return " | ".join(json.dumps(one) for one in values)
        case {"const": value}:
            return json.dumps(value)
        case {"type": "array", "items": items}:
            return f"Array<{type_of(items)}>"
        case {"type": "object", "properties": properties}:
            needed = schema.get("required", [])
            fields = [
                f"  {json.dumps(name)}{'' if name in needed else '?'}: {type_of(one)};"
                for name, one in properties.items()
            ]
            return "\n".join(["{", *fields, "}"])
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"{{ [name: string]: {type_of(values)} }}"
        case {"type": "object"}:
            return "{ [name: string]: unknown }"
        case {"type": name} if name in NAMES:
            return NAMES[name]
    raise ValueError(f"no type is known for {schema}")


def main() -> None:
    app = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    schemas = app.test_client().get("/api/openapi.json").get_json()["components"]["schemas"]
    print("// Made by `make types` from the API's OpenAPI document.")
    for name, schema in sorted(schemas.items()):
        print(f"\nexport type {name} = {type_of(schema)};")


if __name__ == "__main__":
    main()
