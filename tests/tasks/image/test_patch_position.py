"""Patch-position proved by the source: each pixel says where it stood, and that is where the label says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sslabel.errors import Skip, UsageError
from sslabel.flow import Skipped
from sslabel.registry import find_task
from sslabel.tasks.image.patch_position import SIDES, patch_position
from sslabel.values import Category, Pair, Picture
from tests.pictures import jpeg, noise_pixels, photo, read_picture
from tests.recipes import examples_of, outcomes, recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

PLAIN: Any = {"color": "keep", "downsample": 0.0}
# How many columns and rows each side lies from the centre.
STEPS = {
    "top-left": (-1, -1), "top": (0, -1), "top-right": (1, -1), "left": (-1, 0), "right": (1, 0),
    "bottom-left": (-1, 1), "bottom": (0, 1), "bottom-right": (1, 1),
}  # fmt: skip


def places(width: int, height: int) -> Pixels:
    """A picture in which each pixel says where it is."""
    y, x = np.indices((height, width))
    return np.stack([x % 256, y % 256, x // 256 + y // 256 * 16], axis=2).astype(np.uint8)


def place(patch: Picture) -> tuple[int, int]:
    """Where in `places` a patch was cut; it is checked that it is a whole square of it."""
    red, green, blue = patch.pixels[0, 0].tolist()
    left, top = red + blue % 16 * 256, green + blue // 16 * 256
    y, x = np.indices((patch.height, patch.width)) + np.array([top, left])[:, None, None]
    assert np.array_equal(patch.pixels, np.stack([x % 256, y % 256, x // 256 + y // 256 * 16], axis=2))
    return left, top


def made(picture: Picture, seed: int = 0, **options: Any) -> list[Pair]:
    return patch_position(picture, np.random.default_rng(seed), **options)


def side_of(pair: Pair) -> str:
    label = pair.labels["label"]
    assert isinstance(label, Category)
    assert label.names == tuple(STEPS)
    return label.name


def parts(pair: Pair) -> tuple[Picture, Picture]:
    assert list(pair.inputs) == ["input_center", "input_neighbor"]
    center, neighbor = pair.inputs.values()
    assert isinstance(center, Picture)
    assert isinstance(neighbor, Picture)
    return center, neighbor


def unlikely(counts: NDArray[Any]) -> bool:
    """Whether rows of counts differ by more than chance lets rows of one distribution differ (chi-square, 5 sigma)."""
    counts = counts[:, counts.sum(axis=0) > 0]
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / counts.sum()
    degrees = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return bool(((counts - expected) ** 2 / expected).sum() > degrees + 5 * np.sqrt(2 * degrees))


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("patch-position")
    assert (entry.takes, entry.smallest, entry.lossless, entry.beside) == ("image", 3, True, None)
    assert entry.needs == {"geometry"}
    assert entry.fits == {"short", "crop", "stretch"}
    assert [(one.name, one.default) for one in entry.options] == [
        ("patch", 96), ("gap", 48), ("jitter", 7), ("pairs", 1), ("all_sides", False), ("color", "drop"),
        ("downsample", 0.33),
    ]  # fmt: skip
    assert tuple(STEPS) == SIDES


@pytest.mark.parametrize(
    ("size", "options"),
    [
        ((640, 480), {}),
        ((398, 398), {}),
        ((398, 900), {}),
        ((640, 480), {"jitter": 0}),
        ((200, 150), {"patch": 32, "gap": 16, "jitter": 3}),
        ((90, 60), {"patch": 10, "gap": 5, "jitter": 50}),
        ((90, 60), {"patch": 20, "gap": 0}),
    ],
)
def test_the_neighbor_lies_in_the_source_at_the_labelled_side(size: tuple[int, int], options: dict[str, int]) -> None:
    picture = Picture(places(*size))
    patch, gap, jitter = (options.get(name, default) for name, default in (("patch", 96), ("gap", 48), ("jitter", 7)))
    reach = min(jitter, gap // 2)
    seen = set()
    for seed in range(8):
        for pair in made(picture, seed, all_sides=True, **options, **PLAIN):
            (x, y), (other_x, other_y) = map(place, parts(pair))
            assert all((one.width, one.height) == (patch, patch) for one in parts(pair))
            column, row = STEPS[side_of(pair)]
            for distance, step in ((other_x - x, column), (other_y - y, row)):
                assert abs(distance - step * (patch + gap)) <= 2 * reach
                # There is always a gap, or at least no overlap.
                assert step == 0 or abs(distance) - patch >= gap - 2 * reach >= 0
            noted = [pair.notes[f"{part}_{name}"] for part in ("center", "neighbor") for name in ("left", "top")]
            assert noted == [x, y, other_x, other_y]
            assert pair.notes["gap"] == gap
            seen.add(side_of(pair))
    assert seen == set(SIDES)


def test_nine_pixels_are_enough() -> None:
    pixels = np.arange(0, 270, 30).astype(np.uint8).reshape(3, 3, 1).repeat(3, axis=2)
    pairs = made(Picture(pixels), patch=1, gap=0, all_sides=True, **PLAIN)
    assert [int(parts(pair)[1].pixels[0, 0, 0]) for pair in pairs] == [0, 30, 60, 90, 150, 180, 210, 240]
    assert [int(parts(pair)[0].pixels[0, 0, 0]) for pair in pairs] == [120] * 8


def test_the_gap_is_48_give_or_take_14() -> None:
    gaps = set()
    for pair in made(Picture(noise_pixels(640, 480)), pairs=4000, **PLAIN):
        if STEPS[side_of(pair)][0]:
            gaps.add(abs(int(pair.notes["neighbor_left"]) - int(pair.notes["center_left"])) - 96)
    assert (min(gaps), max(gaps)) == (34, 62)


def test_the_jitter_is_never_cut_short_whatever_the_side() -> None:
    # In a picture of the least size, all patches of a side have the same place but for the jitter.
    counts = np.zeros((8, 4, 15), int)
    for pair in made(Picture(noise_pixels(398, 398)), pairs=500, all_sides=True, **PLAIN):
        column, row = STEPS[side_of(pair)]
        nominal = (144, 144, (1 + column) * 144, (1 + row) * 144)
        names = ("center_left", "center_top", "neighbor_left", "neighbor_top")
        for axis, (name, least) in enumerate(zip(names, nominal, strict=True)):
            counts[SIDES.index(side_of(pair)), axis, int(pair.notes[name]) - least] += 1
    assert not unlikely(counts.reshape(32, 15))
    assert (counts.sum(axis=(0, 1)) > 0.9 * 500 * 32 / 15).all()


def test_the_centre_alone_does_not_tell_the_side() -> None:
    counts = np.zeros((8, 11), int)
    for pair in made(Picture(noise_pixels(700, 398)), pairs=4000, **PLAIN):
        counts[SIDES.index(side_of(pair)), (int(pair.notes["center_left"]) - 144) // 32] += 1
    assert not unlikely(counts)


def phases(picture: Picture, **options: Any) -> NDArray[Any]:
    """For each side, how often each phase of the two patches against each other comes, horizontally (mod 16)."""
    counts = np.zeros((8, 16), int)
    for pair in made(picture, pairs=300, all_sides=True, jitter=2, **options, **PLAIN):
        counts[
            SIDES.index(side_of(pair)), (int(pair.notes["neighbor_left"]) - int(pair.notes["center_left"])) % 16
        ] += 1
    return counts


@pytest.mark.parametrize(("patch", "gap", "widened"), [(96, 48, 48), (64, 21, 32), (40, 8, 8), (15, 2, 17)])
def test_the_phase_of_a_jpeg_s_blocks_does_not_tell_the_side(
    tmp_path: Path, patch: int, gap: int, widened: int
) -> None:
    picture = read_picture(tmp_path, jpeg(photo(480, 420)))
    assert not unlikely(phases(picture, patch=patch, gap=gap))
    for pair in made(picture, patch=patch, gap=gap, jitter=0, all_sides=True, **PLAIN):
        # Exactly: but for the jitter, which is drawn alike for all, the two stand in the same place of a block.
        assert (int(pair.notes["neighbor_left"]) - int(pair.notes["center_left"])) % 16 == 0
        assert (int(pair.notes["neighbor_top"]) - int(pair.notes["center_top"])) % 16 == 0
        assert pair.notes["gap"] == widened


def test_the_test_of_phases_sees_a_stride_off_the_grid() -> None:
    # Pixels that were no JPEG have no blocks, and keep the gap that was asked for.
    assert unlikely(phases(Picture(photo(480, 420)), patch=64, gap=21))
    assert not unlikely(phases(Picture(photo(480, 420))))


def test_the_phase_of_each_origin_does_not_tell_the_side(tmp_path: Path) -> None:
    counts = np.zeros((4, 8, 8), int)
    for pair in made(read_picture(tmp_path, jpeg(photo(403, 405))), pairs=500, all_sides=True, **PLAIN):
        for axis, name in enumerate(("center_left", "center_top", "neighbor_left", "neighbor_top")):
            counts[axis, SIDES.index(side_of(pair)), int(pair.notes[name]) % 8] += 1
    assert not any(map(unlikely, counts))


def test_a_resized_jpeg_keeps_the_gap(tmp_path: Path) -> None:
    picture = read_picture(tmp_path, jpeg(photo(300, 240)))
    steps = recipe(task={"patch-position": {"patch": 30, "gap": 11, **PLAIN}}, size=200)
    assert examples_of(picture, steps)[0].meta["gap"] == 11


def test_the_sides_are_equally_frequent() -> None:
    count = 4000
    pairs = made(Picture(noise_pixels(400, 400)), pairs=count, **PLAIN)
    sides = np.array([SIDES.index(side_of(pair)) for pair in pairs])
    frequencies = np.bincount(sides, minlength=8)
    assert np.abs(frequencies - count / 8).max() < 4 * np.sqrt(count * 1 / 8 * 7 / 8)
    # Nor does one side tell the next.
    assert not unlikely(np.bincount(sides[:-1] * 8 + sides[1:], minlength=64).reshape(8, 8))


@pytest.mark.parametrize(("pairs", "all_sides", "count"), [(1, False, 1), (5, False, 5), (1, True, 8), (3, True, 24)])
def test_how_many_pairs_a_picture_gives(pairs: int, count: int, *, all_sides: bool) -> None:
    steps = recipe(task={"patch-position": {"pairs": pairs, "all_sides": all_sides}})
    examples = examples_of(Picture(photo(420, 400)), steps)
    assert len({one.key for one in examples}) == len(examples) == count
    if all_sides:
        labels = [one["label"] for one in examples]
        assert [one.index for one in labels if isinstance(one, Category)] == [*range(8)] * pairs


@pytest.mark.parametrize(
    ("size", "options", "side"),
    [
        ((397, 398), {}, 398),
        ((398, 397), {}, 398),
        ((7, 5), {}, 398),
        ((399, 5000), {"jitter": 8}, 400),
        ((93, 93), {"patch": 32, "gap": 16, "jitter": 0}, 128),
    ],
)
def test_a_picture_that_is_too_small_is_skipped_with_the_size_needed(
    size: tuple[int, int], options: dict[str, int], side: int
) -> None:
    steps = recipe(task={"patch-position": options})
    reason = f"smaller than {side} pixels a side, bars of one colour left out"
    assert outcomes(Picture(noise_pixels(*size)), steps) == [Skipped("patch-position", reason)]


def test_a_picture_of_the_size_needed_is_taken() -> None:
    assert len(made(Picture(noise_pixels(398, 398)))) == 1


def test_too_small_a_picture_is_not_even_decoded() -> None:
    class Undecodable(Picture):
        pixels = property()
        width, height = property(lambda _: 600), property(lambda _: 397)

    picture = Undecodable(noise_pixels(397, 600))
    with pytest.raises(Skip, match="smaller than 398"):
        made(picture)


@pytest.mark.parametrize("level", [0, 255])
def test_no_patch_is_cut_from_a_bar(level: int) -> None:
    pixels = np.full((700, 900, 3), level, np.uint8)
    pixels[100:600, 200:850] = places(900, 700)[100:600, 200:850]
    pixels[100:600, 200:850] = np.maximum(pixels[100:600, 200:850], 20).clip(0, 230)
    for pair in made(Picture(pixels), pairs=40, all_sides=True, **PLAIN):
        for part in ("center", "neighbor"):
            assert 200 < int(pair.notes[f"{part}_left"]) <= 850 - 96
            assert 100 < int(pair.notes[f"{part}_top"]) <= 600 - 96


def test_a_picture_of_one_colour_is_skipped() -> None:
    with pytest.raises(Skip, match="bars of one colour left out"):
        made(Picture(np.full((500, 500, 3), 90, np.uint8)))


def test_padding_is_refused() -> None:
    with pytest.raises(UsageError, match="give the label of task 'patch-position' away"):
        recipe(task="patch-position", size=480, fit="pad")


def source_of(pair: Pair, part: str, pixels: Pixels) -> Pixels:
    left, top = int(pair.notes[f"{part}_left"]), int(pair.notes[f"{part}_top"])
    return pixels[top : top + 96, left : left + 96]


def test_colour_dropping_keeps_one_channel_and_noise_in_the_others() -> None:
    pixels = noise_pixels(500, 450)
    kept = {"center": np.zeros(3, int), "neighbor": np.zeros(3, int)}
    together = 0
    for pair in made(Picture(pixels), pairs=450, color="drop", downsample=0.0):
        names = [pair.notes["center_channel"], pair.notes["neighbor_channel"]]
        together += names[0] == names[1]
        for part, name, patch in zip(("center", "neighbor"), names, parts(pair), strict=True):
            channel = ("red", "green", "blue").index(str(name))
            kept[part][channel] += 1
            original = source_of(pair, part, pixels)[:, :, channel].astype(float)
            assert np.array_equal(patch.pixels[:, :, channel], original)
            others = np.delete(patch.pixels, channel, axis=2).astype(float)
            assert others.mean() == pytest.approx(original.mean(), abs=0.1)
            # A hundredth of the channel's deviation, and that of rounding to whole values.
            assert others.std() == pytest.approx(np.hypot(original.std() / 100, np.sqrt(1 / 12)), abs=0.05)
            assert abs(np.corrcoef(others[:, :, 0].ravel(), original.ravel())[0, 1]) < 0.06
    for counts in kept.values():
        assert np.abs(counts - 150).max() < 4 * np.sqrt(450 * 2 / 9)
    assert abs(together - 150) < 4 * np.sqrt(450 * 2 / 9)


@pytest.mark.parametrize("level", [0, 255])
def test_noise_does_not_wrap_around(level: int) -> None:
    pixels = noise_pixels(500, 450) // 100 if level == 0 else 255 - noise_pixels(500, 450) // 100
    pixels[::7, ::7] = 255 - level
    for pair in made(Picture(pixels), pairs=10, color="drop", downsample=0.0):
        for part, patch in zip(("center", "neighbor"), parts(pair), strict=True):
            channel = ("red", "green", "blue").index(str(pair.notes[f"{part}_channel"]))
            others = np.delete(patch.pixels, channel, axis=2)
            assert np.ptp(others) < 10


def test_projection_takes_green_against_magenta_away() -> None:
    pixels = noise_pixels(500, 450)
    axis = np.array([[-1.0, 2.0, -1.0]])
    matrix = np.eye(3) - axis.T @ axis / (axis @ axis.T)
    for pair in made(Picture(pixels), pairs=10, color="project", downsample=0.0):
        assert pair.notes["center_channel"] == pair.notes["neighbor_channel"] == "all"
        for part, patch in zip(("center", "neighbor"), parts(pair), strict=True):
            projected = patch.pixels.astype(int)
            assert (projected @ (-1, 2, -1) == 0).all()
            expected = source_of(pair, part, pixels) @ matrix
            inside = ((expected >= 0) & (expected <= 255)).all(axis=2)
            assert 0.8 < inside.mean() < 1
            assert np.abs(projected - expected)[inside].max() <= 1


@pytest.mark.parametrize("color", ["project", "keep"])
def test_a_grey_picture_stays_grey(color: Any) -> None:
    grey = noise_pixels(500, 450)[:, :, 1].copy()
    for picture in (Picture(grey), Picture(grey[:, :, None].repeat(3, axis=2))):
        for pair in made(picture, pairs=5, color=color, downsample=0.0):
            for part, patch in zip(("center", "neighbor"), parts(pair), strict=True):
                assert np.array_equal(patch.pixels, source_of(pair, part, picture.rgb))


def test_a_third_of_the_patches_loses_resolution_whatever_the_side() -> None:
    pixels = noise_pixels(500, 450)
    counts, resolutions = np.zeros((16, 2), int), []
    for pair in made(Picture(pixels), pairs=120, all_sides=True, color="keep"):
        for number, (part, patch) in enumerate(zip(("center", "neighbor"), parts(pair), strict=True)):
            resolution = int(pair.notes[f"{part}_resolution"])
            same = np.array_equal(patch.pixels, source_of(pair, part, pixels))
            assert patch.pixels.shape == (96, 96, 3)
            assert same == (resolution == 96)
            counts[number * 8 + SIDES.index(side_of(pair)), int(same)] += 1
            resolutions += [] if same else [resolution]
    total = counts.sum()
    assert abs(counts[:, 0].sum() - 0.33 * total) < 4 * np.sqrt(total * 0.33 * 0.67)
    assert not unlikely(counts)
    assert 10 <= min(resolutions) < 20
    assert 90 < max(resolutions) <= 95
    # Uniform in the number of pixels, 100 to 9025, not in the side.
    squares = np.array(resolutions) ** 2
    assert abs(squares.mean() - (100 + 9025) / 2) < 4 * (9025 - 100) / np.sqrt(12 * len(squares)) + 100


def test_a_patch_that_lost_resolution_has_no_more_detail_than_it_says() -> None:
    pixels = noise_pixels(500, 450)
    for pair in made(Picture(pixels), pairs=30, color="keep", downsample=1.0):
        for part, patch in zip(("center", "neighbor"), parts(pair), strict=True):
            grey = patch.pixels[:, :, 1].astype(float)
            power = np.abs(np.fft.fft2(grey - grey.mean())) ** 2
            frequency = np.abs(np.fft.fftfreq(96))
            resolution = int(pair.notes[f"{part}_resolution"])
            beyond = (frequency[:, None] > 0.75 * resolution / 96) | (frequency[None, :] > 0.75 * resolution / 96)
            assert power[beyond].sum() <= 0.2 * power.sum()


@pytest.mark.parametrize("patch", [1, 5, 10, 11])
def test_a_small_patch_loses_resolution_only_where_it_has_more_than_100_pixels(patch: int) -> None:
    for pair in made(Picture(noise_pixels(60, 60)), pairs=20, patch=patch, gap=4, jitter=2, downsample=1.0):
        assert pair.notes["center_resolution"] == min(patch, 10)


def test_noise_leaves_the_side_and_the_notes_as_they_were() -> None:
    picture = Picture(photo(420, 410))
    plain = examples_of(picture, recipe(task="patch-position", copies=8))
    noisy = examples_of(picture, recipe(task="patch-position", copies=8, noise=["gaussian-noise", "color-balance"]))
    for one, other in zip(plain, noisy, strict=True):
        assert one["label"] == other["label"]
        assert one["input_center"] != other["input_center"]
        assert one["input_neighbor"] != other["input_neighbor"]
        assert {**one.meta, "noise": ""} == {**other.meta, "noise": ""}


def test_a_real_photograph_gives_its_patches_exactly(tmp_path: Path) -> None:
    path = Path(__file__).parents[3] / "sample_data" / "images" / "nature" / "dragonfly.jpg"
    if not path.exists():
        pytest.skip("the sample pictures are not here")
    picture = read_picture(tmp_path, path.read_bytes())
    for pair in made(picture, all_sides=True, **PLAIN):
        for part, patch in zip(("center", "neighbor"), parts(pair), strict=True):
            assert np.array_equal(patch.pixels, source_of(pair, part, picture.pixels))
