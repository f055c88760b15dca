"""Super-resolution checked backwards: the label, made small again, is the input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sslabel.flow import Skipped
from sslabel.registry import find_task
from sslabel.transforms.image import degrade
from sslabel.values import Example, Picture
from tests.pictures import encoded, jpeg, photo, psnr, read_picture, stored, turned_exif
from tests.recipes import examples_of, outcomes, recipe

SAMPLES = Path(__file__).parents[3] / "sample_data" / "images"


def made(picture: Picture, **options: Any) -> Example:
    (example,) = examples_of(picture, recipe(task={"super-resolution": options}))
    assert set(example.fields) == {"input", "label"}
    return example


def pictures_of(example: Example) -> tuple[Picture, Picture]:
    input_, label = example["input"], example["label"]
    assert isinstance(input_, Picture)
    assert isinstance(label, Picture)
    return input_, label


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("super-resolution")
    assert (entry.takes, entry.smallest, entry.lossless, entry.beside) == ("image", 8, True, None)
    assert entry.needs == {"geometry", "size"}
    assert [(one.name, one.default) for one in entry.options] == [
        ("scale", 4),
        ("degradation", "bicubic"),
        ("sharpen", False),
    ]


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("size", [(96, 72), (97, 79), (100, 73), (64, 33)])
@pytest.mark.parametrize("degradation", ["bicubic", "real"])
def test_the_label_is_the_picture_cut_to_a_multiple_of_the_scale(
    scale: int, size: tuple[int, int], degradation: str
) -> None:
    pixels = photo(*size)
    example = made(Picture(pixels), scale=scale, degradation=degradation)
    input_, label = pictures_of(example)
    width, height = size[0] // scale * scale, size[1] // scale * scale
    assert np.array_equal(label.pixels, pixels[:height, :width])
    assert (input_.width * scale, input_.height * scale) == (width, height)
    assert (example.meta["cut_right"], example.meta["cut_below"]) == (size[0] - width, size[1] - height)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("shape", [(97, 79, 3), (97, 79)])
def test_the_label_made_small_is_the_input(scale: int, shape: tuple[int, ...]) -> None:
    pixels = photo(79, 97)
    picture = Picture(pixels if len(shape) == 3 else pixels[:, :, 0].copy())
    input_, label = pictures_of(made(picture, scale=scale))
    small = Image.fromarray(label.pixels).resize((input_.width, input_.height), Image.Resampling.BICUBIC)
    assert np.array_equal(input_.pixels, np.asarray(small))


def test_a_picture_that_fits_is_the_label_itself() -> None:
    picture = Picture(photo(96, 72))
    for degradation in ("bicubic", "real"):
        assert made(picture, degradation=degradation)["label"] is picture


def test_an_untouched_jpeg_keeps_its_bytes(tmp_path: Path) -> None:
    picture = read_picture(tmp_path, jpeg(photo(96, 72)))
    _, label = pictures_of(made(picture))
    assert label.verbatim == picture.verbatim is not None
    _, cut = pictures_of(made(picture, scale=8, sharpen=True))
    assert cut.verbatim is None
    odd = read_picture(tmp_path, jpeg(photo(97, 72)))
    assert pictures_of(made(odd))[1].verbatim is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_cut_is_that_of_the_upright_picture(tmp_path: Path, orientation: int) -> None:
    upright = photo(67, 43)
    data = encoded(stored(upright, orientation), "PNG", exif=turned_exif(orientation))
    _, label = pictures_of(made(read_picture(tmp_path, data)))
    assert np.array_equal(label.pixels, upright[:40, :64])


@pytest.mark.parametrize(("scale", "least"), [(2, 8), (3, 12), (4, 16), (8, 32)])
@pytest.mark.parametrize("degradation", ["bicubic", "real"])
def test_a_picture_smaller_than_the_kernel_is_skipped(scale: int, least: int, degradation: str) -> None:
    steps = recipe(task=f"super-resolution:scale={scale},degradation={degradation}")
    for size in [(least - 1, 90), (90, least - 1)]:
        assert outcomes(Picture(photo(*size)), steps) == [Skipped("super-resolution", f"smaller than {least} pixels")]
    (example,) = examples_of(Picture(photo(least, least)), steps)
    assert pictures_of(example)[0].pixels.shape == (4, 4, 3)


def test_a_picture_too_long_for_a_jpeg_is_skipped_where_one_is_made() -> None:
    picture = Picture(np.zeros((16, 43_667), np.uint8))
    (one,) = outcomes(picture, recipe(task="super-resolution:degradation=real"))
    assert isinstance(one, Skipped)
    assert one.reason.startswith("longer than 43666 pixels")
    assert made(picture)["input"] == Picture(np.zeros((4, 10_916), np.uint8))


def test_the_longest_picture_still_passes_through_its_jpegs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(degrade, "_FIRST", degrade._Order((1, 1), (1.5, 1.5), (1, 0, 0), (1, 1), (1, 1)))
    input_, _ = pictures_of(made(Picture(np.zeros((16, 43_666), np.uint8)), degradation="real"))
    assert input_.width == 10_916


def test_the_notes_say_what_was_done() -> None:
    picture = Picture(photo(96, 72))
    assert made(picture).meta["degradation"] == "bicubic"
    done = str(made(picture, degradation="real").meta["degradation"])
    assert done.count("jpeg(quality=") == 2
    assert " > resize(width=24, height=18, method=" in done


def test_a_real_degradation_is_drawn_anew_and_worse_than_the_bicubic() -> None:
    picture = Picture(photo(128, 96))
    plain, _ = pictures_of(made(picture))
    seen = examples_of(picture, recipe(task="super-resolution:degradation=real", copies=20))
    assert len({str(one.meta["degradation"]) for one in seen}) == 20
    qualities = [psnr(pictures_of(one)[0].pixels, plain.pixels) for one in seen]
    assert max(qualities) < 45
    assert min(qualities) > 8
    assert np.mean(qualities) > 15  # still the same picture, its channels and its place


@pytest.mark.parametrize("degradation", ["bicubic", "real"])
def test_sharpening_is_that_of_the_label_before_it_is_made_small(degradation: str) -> None:
    pixels = photo(97, 73)
    picture = Picture(pixels)
    input_, label = pictures_of(made(picture, sharpen=True, degradation=degradation))
    assert np.array_equal(label.pixels, degrade.sharpen(pixels[:72, :96]))
    assert not np.array_equal(label.pixels, pixels[:72, :96])
    if degradation == "bicubic":
        assert np.array_equal(input_.pixels, degrade.shrink(label.pixels, 4))


def test_noise_leaves_the_label_and_the_notes_as_they_were() -> None:
    picture = Picture(photo(96, 72))
    (plain,) = examples_of(picture, recipe(task="super-resolution:degradation=real"))
    (noisy,) = examples_of(picture, recipe(task="super-resolution:degradation=real", noise=["gaussian-noise"]))
    assert noisy["label"] is plain["label"]
    assert noisy["input"] != plain["input"]
    assert {**noisy.meta, "noise": ""} == {**plain.meta, "noise": ""}


def test_a_real_photograph_made_small_is_the_input(tmp_path: Path) -> None:
    path = SAMPLES / "nature" / "waterfall_sideways.jpg"
    if not path.exists():
        pytest.skip("the sample pictures are not here")
    picture = read_picture(tmp_path, path.read_bytes())
    input_, label = pictures_of(made(picture, scale=3))
    small = Image.fromarray(label.pixels).resize((input_.width, input_.height), Image.Resampling.BICUBIC)
    assert np.array_equal(input_.pixels, np.asarray(small))
    assert np.array_equal(label.pixels, picture.pixels[: label.height, : label.width])
