"""What is too much JSON, and that finding out is quick whatever is sent."""

import json
import time
from typing import Any

import pytest

from shared.http.door.shapes import DEEPEST, SHORT_BYTES, TooDeep, TooManyValues, check_shape

PADDING = " " * SHORT_BYTES  # a short body is not looked at
MIB = 1024 * 1024


def body(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + PADDING.encode()


def test_as_many_fields_and_values_as_may_be_and_one_more() -> None:
    check_shape(body({f"k{n}": 1 for n in range(5)}), most_values=9)  # 5 colons, 4 commas
    with pytest.raises(TooManyValues):
        check_shape(body({f"k{n}": 1 for n in range(5)}), most_values=8)


@pytest.mark.parametrize(
    "text", [",:" * 5_000, '"' * 5_000, "\\" * 5_001, '\\",:' * 2_000, "[{" * 5_000, "é,:[" * 3_000, "\n,\t:" * 2_000]
)
def test_what_stands_inside_a_text_does_not_count(text: str) -> None:
    check_shape(body({"title": text, "body": text}), most_values=3)


def test_as_deep_as_may_be_and_one_deeper() -> None:
    check_shape(b"[" * DEEPEST + b"]" * DEEPEST + PADDING.encode(), most_values=10)
    with pytest.raises(TooDeep):
        check_shape(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1) + PADDING.encode(), most_values=10)


def test_arrays_and_objects_count_alike_and_siblings_do_not_add_up() -> None:
    check_shape(body([[{"a": []}] for _ in range(500)]), most_values=2_000)
    with pytest.raises(TooDeep):
        check_shape(b'[{"a":' * 20 + b"1" + b"}]" * 20 + PADDING.encode(), most_values=2_000)


@pytest.mark.parametrize(
    ("hostile", "refused"),
    [
        (b'{"a":"' + b'\\"' * (MIB // 2 - 4), False),  # a string without an end, full of quotes
        (b'"' * MIB, False),
        (b"\\" * MIB, False),
        (b"[" * MIB, False),
        (b"]" * MIB, False),
        (b"[]" * (MIB // 2), False),
        (b'[{"' * (MIB // 3), False),
        (b"," * MIB, True),
        (b'"":' * (MIB // 3), True),
        (b"9" * MIB, False),
        (b"[" * (MIB // 2) + b"]" * (MIB // 2), True),
        (b'{"k":' * (MIB // 5), True),
    ],
)
def test_a_mebibyte_of_anything_is_judged_within_half_a_second(hostile: bytes, refused: bool) -> None:
    began = time.process_time()
    try:
        check_shape(hostile, most_values=200_000)
        found = False
    except (TooManyValues, TooDeep):
        found = True

    assert found is refused
    assert time.process_time() - began < 0.5
