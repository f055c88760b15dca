"""The size of a picture stands in its first bytes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sslabel.look.sizes import picture_size, size_of

SIZES = ((1, 1), (16, 9), (300, 257), (1, 1000))
FORMS: dict[str, dict[str, object]] = {
    "PNG": {},
    "JPEG": {},
    "JPEG progressive": {"progressive": True},
    "JPEG with a profile": {"icc_profile": bytes(200), "comment": b"c" * 300},
    "WEBP": {},
    "WEBP lossless": {"lossless": True},
    "WEBP with a profile": {"icc_profile": bytes(200)},
}


def encoded(form: str, size: tuple[int, int], mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, 77 if mode == "L" else (200, 30, 77)).save(buffer, form.split(maxsplit=1)[0], **FORMS[form])
    return buffer.getvalue()


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("size", SIZES)
def test_the_size_is_found_in_the_beginning(form: str, size: tuple[int, int]) -> None:
    data = encoded(form, size)
    assert picture_size(data) == picture_size(data[:1000]) == size_of(data) == size


def test_what_is_none_of_the_three_is_decoded() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (5, 4)).save(buffer, "BMP")
    assert picture_size(buffer.getvalue()) is None
    assert size_of(buffer.getvalue()) == (5, 4)
    with pytest.raises(ValueError, match="not a picture"):
        size_of(b"nothing")


def test_a_frame_header_beyond_the_beginning_is_not_found() -> None:
    data = encoded("JPEG with a profile", (16, 9))
    assert picture_size(data[:100]) is None


@given(st.sampled_from(list(FORMS)), st.integers(0, 600), st.binary(max_size=30))
def test_damage_raises_nothing(form: str, at: int, bits: bytes) -> None:
    data = encoded(form, (16, 9))
    picture_size(data[:at])
    picture_size(data[:at] + bits + data[at + len(bits) :])
