"""Colorize inverted: the input is the label's luma or lightness, by the definitions of Rec. 601 and the CIE."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from sslabel.codecs import Field, encode, field_of
from sslabel.flow import Skipped
from sslabel.registry import find_task
from sslabel.transforms.image.color import ab_centers
from sslabel.values import ClassMap, Numbers, Picture
from tests.cie import cie_lab, nearest
from tests.pictures import encoded, jpeg, noise_pixels, photo, psnr, read_picture, stored, turned_exif
from tests.recipes import examples_of, outcomes, recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

GREY = "grey: no |a| or |b| above 5"
JPG = Field("label", "picture", "jpg")


def colorized(picture: Picture, **options: Any) -> tuple[Picture, Any]:
    (example,) = examples_of(picture, recipe(task={"colorize": options}))
    assert set(example.fields) == {"input", "label"}
    input_ = example["input"]
    assert isinstance(input_, Picture)
    return input_, example["label"]


def rec_601(rgb: Pixels) -> Pixels:
    luma: Pixels = np.rint(rgb @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    return luma


def means(values: NDArray[np.float64], scale: int) -> NDArray[np.float64]:
    """The means of blocks, those at the right and below going on with the edge."""
    height, width = values.shape[:2]
    padded = np.pad(values, ((0, -height % scale), (0, -width % scale), (0, 0)), mode="edge")
    down, across = padded.shape[0] // scale, padded.shape[1] // scale
    result: NDArray[np.float64] = padded.reshape(down, scale, across, scale, -1).mean(axis=(1, 3))
    return result


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("colorize")
    assert (entry.takes, entry.smallest, entry.lossless) == ("image", 1, False)
    assert entry.needs == {"geometry", "size", "color"}
    assert [(one.name, one.default) for one in entry.options] == [("as", "rgb"), ("ab_scale", 4)]


@pytest.mark.parametrize("options", [{}, {"subsampling": 2}, {"progressive": True}, {"quality": 30}])
def test_the_input_is_the_luma_of_the_file_exactly(tmp_path: Path, options: dict[str, Any]) -> None:
    data = jpeg(photo(67, 43), **options)
    input_, _ = colorized(read_picture(tmp_path, data))
    expected: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(input_.pixels, expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_input_and_label_lie_alike(tmp_path: Path, orientation: int) -> None:
    upright = photo(67, 43)
    picture = read_picture(tmp_path, jpeg(stored(upright, orientation), exif=turned_exif(orientation)))
    input_, label = colorized(picture)
    assert input_.pixels.shape == (43, 67)
    assert label.pixels.shape == (43, 67, 3)
    assert psnr(input_.pixels, rec_601(upright)) > 38
    assert psnr(label.pixels, upright) > 36


@pytest.mark.parametrize(
    ("options", "least"), [({"subsampling": 0}, 50), ({"subsampling": 2}, 50), ({"quality": 50}, 45)]
)
def test_the_input_is_rec_601_of_the_label(tmp_path: Path, options: dict[str, Any], least: float) -> None:
    input_, label = colorized(read_picture(tmp_path, jpeg(photo(67, 43), **options)))
    assert psnr(input_.pixels, rec_601(label.pixels)) > least


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "BMP"])
def test_of_other_files_the_input_is_rec_601_of_the_pixels(tmp_path: Path, format_: str) -> None:
    input_, label = colorized(read_picture(tmp_path, encoded(photo(67, 43), format_)))
    assert np.abs(input_.pixels.astype(int) - rec_601(label.pixels)).max() <= 1


def test_of_pixels_the_label_is_the_identical_picture() -> None:
    picture = Picture(photo(7, 5))
    assert colorized(picture)[1] is picture


METADATA: dict[str, Any] = {"comment": b"at home", "exif": turned_exif(1)}


@pytest.mark.parametrize("options", [{}, {"subsampling": 2}, {"progressive": True}, {"restart_marker_blocks": 1}])
def test_the_label_of_an_upright_srgb_jpeg_is_its_file_less_metadata(tmp_path: Path, options: dict[str, Any]) -> None:
    pixels = photo(67, 43)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = jpeg(pixels, **METADATA, icc_profile=srgb, **options) + b"appended"
    _, label = colorized(read_picture(tmp_path, data))
    assert encode(label, JPG, 90) == jpeg(pixels, **options)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_label_of_a_turned_jpeg_is_encoded_anew(tmp_path: Path, orientation: int) -> None:
    _, label = colorized(read_picture(tmp_path, jpeg(photo(67, 43), exif=turned_exif(orientation))))
    assert label.verbatim is None
    with Image.open(Path(tmp_path / "picture.jpg")) as image:
        assert image.getexif()[0x0112] == orientation
    again = cv2.imdecode(np.frombuffer(encode(label, JPG, 95), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert psnr(np.asarray(again), label.pixels) > 34


@pytest.mark.parametrize(
    "picture", [Picture(photo(64, 48)), Picture(noise_pixels(33, 17)), Picture(noise_pixels(1, 1, 3))]
)
@pytest.mark.parametrize("as_", ["ab", "bins"])
def test_the_input_is_lab_lightness(picture: Picture, as_: str) -> None:
    input_, _ = colorized(picture, **{"as": as_})
    lightness = cie_lab(picture.pixels)[..., 0]
    # Half a step of rounding, and 0.2 of the arithmetic.
    assert np.abs(input_.pixels - lightness * 2.55).max() <= 0.5 + 0.2 * 2.55


@pytest.mark.parametrize(("width", "height", "scale"), [(64, 48, 4), (67, 43, 4), (33, 17, 1), (33, 17, 8), (5, 7, 64)])
def test_the_ab_label_is_that_of_the_cie(width: int, height: int, scale: int) -> None:
    pixels = noise_pixels(width, height)
    _, label = colorized(Picture(pixels), **{"as": "ab", "ab_scale": scale})
    assert isinstance(label, Numbers)
    assert label.array.dtype == np.float32
    assert label.array.shape == (-(-height // scale), -(-width // scale), 2)
    expected = means(cie_lab(pixels)[..., 1:], scale)
    assert np.abs(label.array - expected).max() <= 0.35


@pytest.mark.parametrize(("width", "height", "scale"), [(64, 48, 4), (67, 43, 4), (33, 17, 1), (5, 7, 64)])
def test_the_class_map_is_the_nearest_centre_of_the_ab_label(width: int, height: int, scale: int) -> None:
    picture = Picture(noise_pixels(width, height))
    _, numbers = colorized(picture, **{"as": "ab", "ab_scale": scale})
    _, label = colorized(picture, **{"as": "bins", "ab_scale": scale})
    assert isinstance(label, ClassMap)
    assert label.pixels.shape == (-(-height // scale), -(-width // scale))
    assert np.array_equal(label.pixels, nearest(numbers.array))


def test_the_class_map_is_the_nearest_centre_of_cie_lab() -> None:
    pixels = noise_pixels(64, 48)
    _, label = colorized(Picture(pixels), **{"as": "bins", "ab_scale": 1})
    ab, centers = cie_lab(pixels)[..., 1:], ab_centers().astype(float)
    chosen = np.linalg.norm(ab - centers[label.pixels], axis=-1)
    least = np.linalg.norm(ab[:, :, None, :] - centers, axis=-1).min(axis=-1)
    assert (chosen - least).max() <= 2 * np.hypot(0.35, 0.35)
    assert (chosen == least).mean() > 0.98


def test_the_class_map_is_written_as_16_bit_grey() -> None:
    _, label = colorized(Picture(photo(67, 43)), **{"as": "bins"})
    field = field_of("label", label, recipe(task="colorize").pictures, lossless=False)
    data = encode(label, field, 90)
    assert (field.extension, field.lossless) == ("png", True)
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    assert read.dtype == np.uint16
    assert np.array_equal(read, label.pixels)


@pytest.mark.parametrize(("as_", "names"), [("rgb", []), ("ab", []), ("bins", ["ab_classes.json"])])
def test_the_centres_stand_beside_a_class_map_and_nothing_else(as_: str, names: list[str]) -> None:
    beside = find_task("colorize").beside
    assert beside is not None
    files = beside(as_=as_, ab_scale=4)
    assert list(files) == names
    for content in files.values():
        assert json.loads(content) == {"ab": ab_centers().tolist()}


def grey_jpeg(mode: str) -> bytes:
    return jpeg(Image.fromarray(photo(67, 43)[:, :, 1]).convert(mode))


@pytest.mark.parametrize("as_", ["rgb", "ab", "bins"])
@pytest.mark.parametrize(
    "data",
    [
        grey_jpeg("L"),
        grey_jpeg("RGB"),
        encoded(photo(67, 43)[:, :, 1], "PNG"),
        encoded(np.zeros((1, 1, 3), np.uint8), "PNG"),
        encoded(np.full((64, 64, 3), (132, 128, 125), np.uint8), "PNG"),
    ],
    ids=["grey jpeg", "grey in colour jpeg", "grey png", "one black pixel", "nearly grey"],
)
def test_a_grey_picture_is_skipped_with_the_reason(tmp_path: Path, data: bytes, as_: str) -> None:
    assert outcomes(read_picture(tmp_path, data), recipe(task=f"colorize:as={as_}")) == [Skipped("colorize", GREY)]


def test_a_picture_made_grey_is_skipped_with_the_reason() -> None:
    assert outcomes(Picture(photo(7, 5)[:, :, 0].copy()), recipe(task="colorize")) == [Skipped("colorize", GREY)]


@pytest.mark.parametrize("color", [(150, 120, 110), (255, 0, 0), (0, 40, 60)])
def test_a_coloured_picture_is_not_skipped(tmp_path: Path, color: tuple[int, int, int]) -> None:
    for format_ in ("PNG", "JPEG"):
        input_, _ = colorized(read_picture(tmp_path, encoded(np.full((64, 64, 3), color, np.uint8), format_)))
        assert input_.pixels.ndim == 2


@pytest.mark.parametrize("as_", ["rgb", "ab", "bins"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 5), (1, 9), (33, 17)])
def test_the_size_of_the_input_is_that_of_the_source(as_: str, width: int, height: int) -> None:
    input_, _ = colorized(Picture(np.full((height, width, 3), (200, 60, 90), np.uint8)), **{"as": as_})
    assert (input_.width, input_.height, input_.pixels.ndim) == (width, height, 2)


def test_noise_leaves_the_colours_as_they_were(tmp_path: Path) -> None:
    picture = read_picture(tmp_path, jpeg(photo(67, 43)))
    for as_ in ("rgb", "ab", "bins"):
        (plain,) = examples_of(picture, recipe(task=f"colorize:as={as_}"))
        (noisy,) = examples_of(picture, recipe(task=f"colorize:as={as_}", noise=["gaussian-noise", "pixel-dropout"]))
        assert noisy["label"] == plain["label"]
        assert noisy["input"] != plain["input"]


def test_nothing_is_drawn(tmp_path: Path) -> None:
    picture = read_picture(tmp_path, jpeg(photo(67, 43)))
    one, other = (examples_of(picture, recipe(task="colorize", seed=seed))[0] for seed in (0, 1))
    assert one.fields == other.fields
