"""The JSON of a request's body. What Python reads and GitHub does not is refused here, before it is stored."""

import json


def read_json(body: bytes) -> object:
    """The value of a body; ValueError for what GitHub answers with "Problems parsing JSON".

    Beside broken JSON that is: text that is no UTF-8, NaN and Infinity, half of a surrogate pair (no answer could show it),
    and arrays within arrays without end.
    """
    try:
        value: object = json.loads(body.decode(), parse_constant=_refuse)
        if b"\\ud" in body.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return value


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no JSON")
