"""Says where values break schemas of OpenAI's published description, by a validator that is not ours.

usage: openai_schema.py OPENAPI_JSON < [[schema name, value], ...] as JSON
Prints a JSON list with a line for every value: empty where it is valid. Needs Debian's python3-jsonschema.
"""
import json
import sys

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

with open(sys.argv[1], encoding="utf-8") as file:
    description = json.load(file)


def violation(name, value):
    schema = dict(description, **{"$ref": "#/components/schemas/" + name})
    error = best_match(Draft202012Validator(schema).iter_errors(value))
    return "" if error is None else f"{name} at {error.json_path}: {error.message[:200]}"


print(json.dumps([violation(name, value) for name, value in json.load(sys.stdin)]))
