"""Jigsaw put together again: tiles laid back by `label_order` lie where they were cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sslabel.errors import Skip, UsageError
from sslabel.flow import Skipped
from sslabel.options import Span
from sslabel.registry import find_task
from sslabel.tasks.image.jigsaw import jigsaw
from sslabel.values import Category, Order, Pair, Picture
from tests.pictures import jpeg, noise_pixels, photo, read_picture
from tests.recipes import examples_of, outcomes, recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sslabel.values import Pixels

PLAIN: Any = {"grey": 0.0, "color_jitter": 0}
CHANNELS = ("red", "green", "blue")


def places(width: int, height: int) -> Pixels:
    """A picture in which each pixel says where it is, less than 1,024 pixels a side."""
    y, x = np.indices((height, width))
    return np.stack([x % 256, y % 256, x // 256 * 64 + y // 256 * 16], axis=2).astype(np.uint8)


def made(picture: Picture, seed: int = 0, **options: Any) -> Pair:
    return jigsaw(picture, np.random.default_rng(seed), **options)


def tiles_of(pair: Pair) -> list[Pixels]:
    assert list(pair.inputs) == [f"input_{place}" for place in range(9)]
    return [one.pixels for one in pair.inputs.values() if isinstance(one, Picture)]


def order_of(pair: Pair) -> tuple[int, ...]:
    order = pair.labels["label_order"]
    assert isinstance(order, Order)
    return order.order


def label_of(pair: Pair) -> Category:
    assert list(pair.labels) == ["label", "label_order"]
    label = pair.labels["label"]
    assert isinstance(label, Category)
    return label


def corners_of(pair: Pair) -> NDArray[np.int64]:
    """Where each channel of each input was cut, by the notes: 9×3×2, (x, y)."""
    channels = [[one.split(",") for one in str(pair.notes[name]).split(" ")] for name in CHANNELS]
    return np.array(channels).astype(int).swapaxes(0, 1)


def cells_of(pair: Pair) -> NDArray[np.int64]:
    """Where in its cell each channel of each tile was cut, by the tile's place in the picture: 9×3×2."""
    back = np.empty_like(corners_of(pair))
    back[list(order_of(pair))] = corners_of(pair)
    cells = np.array([(x, y) for y in range(3) for x in range(3)]) * 75
    square = np.array([int(pair.notes["left"]), int(pair.notes["top"])])
    found: NDArray[np.int64] = back - (cells + square)[:, None]
    return found


def even(counts: NDArray[Any]) -> bool:
    """Whether counts are as equal as chance makes them (chi-square, 5 sigma)."""
    expected = counts.sum() / counts.size
    degrees = counts.size - 1
    return bool(((counts - expected) ** 2 / expected).sum() < degrees + 5 * np.sqrt(2 * degrees))


def test_what_the_task_says_of_itself() -> None:
    entry = find_task("jigsaw")
    assert (entry.takes, entry.smallest, entry.lossless) == ("image", 3, False)
    assert entry.needs == {"geometry"}
    assert entry.fits == {"short", "crop", "stretch"}
    assert [(one.name, one.default) for one in entry.options] == [
        ("tile", 64), ("cell", 75), ("permutations", 1000), ("distance", "minimum"), ("grey", 0.3),
        ("color_jitter", 2), ("gain", 0), ("shift", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("size", "options"),
    [
        ((225, 225), {}),
        ((640, 480), {}),
        ((225, 900), {}),
        ((90, 70), {"tile": 16, "cell": 20}),
        ((90, 70), {"tile": 20, "cell": 20}),
        ((90, 70), {"tile": 20, "cell": 1}),
        ((640, 480), {"permutations": 2}),
        ((640, 480), {"permutations": 100, "distance": "mean"}),
    ],
)
def test_the_tiles_lie_in_the_source_where_the_order_says(size: tuple[int, int], options: dict[str, Any]) -> None:
    tile, cell = options.get("tile", 64), max(options.get("cell", 75), options.get("tile", 64))
    whole = places(*size)
    for seed in range(5):
        pair = made(Picture(whole), seed, **options, **PLAIN)
        left, top = int(pair.notes["left"]), int(pair.notes["top"])
        assert 0 <= left <= size[0] - 3 * cell
        assert 0 <= top <= size[1] - 3 * cell
        for place, (pixels, source) in enumerate(zip(tiles_of(pair), order_of(pair), strict=True)):
            assert pixels.shape == (tile, tile, 3)
            # The tile itself says where it was.
            red, green, blue = pixels[0, 0].tolist()
            x, y = red + blue // 64 * 256, green + blue % 64 // 16 * 256
            assert np.array_equal(pixels, whole[y : y + tile, x : x + tile])
            assert divmod(source, 3) == ((y - top) // cell, (x - left) // cell)
            assert (x - left) % cell <= cell - tile
            assert (y - top) % cell <= cell - tile
            assert corners_of(pair)[place].tolist() == [[x, y]] * 3


def test_the_order_is_of_sources_and_not_of_targets() -> None:
    # An order that is not its own inverse tells the two apart.
    pixels = np.arange(9).repeat(75 * 75).reshape(3, 3, 75, 75).swapaxes(1, 2).reshape(225, 225)
    texture = noise_pixels(225, 225)[:, :, :1] // 16
    picture = Picture((pixels[:, :, None] * 24 + texture).astype(np.uint8).repeat(3, axis=2))
    tried = 0
    for seed in range(10):
        pair = made(picture, seed, **PLAIN)
        order = order_of(pair)
        assert tuple(int(one.min()) // 24 for one in tiles_of(pair)) == order
        tried += order != tuple(np.argsort(order).tolist())
    assert tried > 5


@pytest.mark.parametrize("options", [{"grey": 0.0}, {"grey": 0.0, "color_jitter": 20}, {"grey": 1.0}, {}])
def test_each_channel_is_the_source_where_the_notes_say(options: dict[str, Any]) -> None:
    pixels = noise_pixels(300, 260)
    luma = np.rint(pixels @ np.array([0.299, 0.587, 0.114])).astype(int)
    for seed in range(5):
        pair = made(Picture(pixels), seed, **options)
        for tile, corners in zip(tiles_of(pair), corners_of(pair), strict=True):
            for channel, (x, y) in enumerate(corners):
                if pair.notes["grey"]:
                    assert np.abs(tile[:, :, channel] - luma[y : y + 64, x : x + 64]).max() <= 1
                else:
                    assert np.array_equal(tile[:, :, channel], pixels[y : y + 64, x : x + 64, channel])


def test_between_tiles_lie_0_to_22_pixels_and_11_in_the_mean() -> None:
    gaps = []
    for seed in range(400):
        x = cells_of(made(Picture(noise_pixels(300, 230)), seed, **PLAIN))[:, 0, 0].reshape(3, 3)
        gaps += [*(11 - x[:, 0] + x[:, 1]), *(11 - x[:, 1] + x[:, 2])]
    assert (min(gaps), max(gaps)) == (0, 22)
    assert np.mean(gaps) == pytest.approx(11, abs=4 * np.std(gaps) / np.sqrt(len(gaps)))


def test_tiles_are_cut_alike_in_all_cells() -> None:
    counts = np.zeros((9, 3, 2, 12), int)
    for seed in range(500):
        within = cells_of(made(Picture(noise_pixels(225, 225)), seed, grey=0.0))
        assert within.min() >= 0
        assert within.max() <= 11
        assert np.ptp(within, axis=1).max() <= 4
        for number, (cell, channel, axis) in enumerate(np.ndindex(9, 3, 2)):
            counts[cell, channel, axis, within.reshape(-1)[number]] += 1
    for value in range(12):
        assert even(counts[..., value])
    plain = counts.sum(axis=(0, 1, 2)) / counts.sum()
    # Moved channels stop at the cell's edge, where they are therefore more often: everywhere alike.
    assert plain[0] > plain[5]


def test_the_channels_are_moved_by_up_to_two_pixels_each() -> None:
    counts = np.zeros(5, int)
    for seed in range(100):
        # In cells as large as these, hardly a channel is stopped at an edge.
        corners = corners_of(made(Picture(noise_pixels(300, 300)), seed, grey=0.0, tile=8, cell=100))
        counts += np.bincount(np.abs(corners[:, 0] - corners[:, 1]).reshape(-1), minlength=5)
    # The difference of two draws from -2 to 2.
    assert counts / counts.sum() == pytest.approx(np.array([5, 8, 6, 4, 2]) / 25, abs=0.05)


def test_the_classes_are_equally_frequent() -> None:
    counts = np.zeros(12, int)
    rng = np.random.default_rng(0)
    picture = Picture(noise_pixels(40, 40))
    labels = []
    for _ in range(3000):
        labels.append(label_of(jigsaw(picture, rng, tile=8, cell=10, permutations=12)).index)
        counts[labels[-1]] += 1
    assert even(counts)
    assert even(np.bincount(np.array(labels[:-1]) * 12 + labels[1:], minlength=144))


@pytest.mark.parametrize(("count", "distance", "least"), [(1000, "minimum", 5), (1000, "mean", 2), (2, "minimum", 9)])
def test_the_set_stands_beside_the_data_and_in_the_names(count: int, distance: Any, least: int) -> None:
    beside = find_task("jigsaw").beside
    assert beside is not None
    files = beside(permutations=count, distance=distance, tile=64, cell=75)
    assert list(files) == ["permutations.json"]
    table = json.loads(files["permutations.json"])
    assert set(table) == {"least_distance", "permutations"}
    assert table["least_distance"] == least
    assert len(table["permutations"]) == count
    assert list(range(9)) not in table["permutations"]
    for seed in range(5):
        pair = made(Picture(noise_pixels(225, 225)), seed, permutations=count, distance=distance)
        label = label_of(pair)
        assert table["permutations"][label.index] == list(order_of(pair))
        assert label.name == "-".join(map(str, order_of(pair)))
        assert len(set(label.names)) == len(label.names) == count


def test_a_range_of_permutations_is_refused() -> None:
    beside = find_task("jigsaw").beside
    assert beside is not None
    with pytest.raises(UsageError, match="one number for all pictures"):
        beside(permutations=Span(10, 20), distance="minimum")


def test_three_in_ten_are_grey_and_wholly_so() -> None:
    picture, grey, count = Picture(noise_pixels(40, 40)), 0, 2000
    rng = np.random.default_rng(0)
    for _ in range(count):
        pair = jigsaw(picture, rng, tile=8, cell=10, permutations=10)
        equal = [bool((np.ptp(one, axis=2) == 0).all()) for one in tiles_of(pair)]
        assert equal == [bool(pair.notes["grey"])] * 9
        assert all(one.shape == (8, 8, 3) for one in tiles_of(pair))
        grey += int(pair.notes["grey"])
    assert abs(grey - 0.3 * count) < 4 * np.sqrt(count * 0.3 * 0.7)


def test_a_grey_source_gives_tiles_of_three_equal_channels() -> None:
    pixels = noise_pixels(230, 230)[:, :, 1].copy()
    pair = made(Picture(pixels), **PLAIN)
    for tile, ((x, y), *_) in zip(tiles_of(pair), corners_of(pair), strict=True):
        assert np.array_equal(tile, pixels[y : y + 64, x : x + 64, None].repeat(3, axis=2))


def gained(grey: float) -> list[tuple[Pixels, Pixels]]:
    """Tiles with a gain and a shift, and the same tiles without."""
    pixels = noise_pixels(225, 225)
    pairs: list[tuple[Pixels, Pixels]] = []
    for seed in range(12):
        plain = made(Picture(pixels), seed, grey=grey)
        bright = made(Picture(pixels), seed, grey=grey, gain=0.2, shift=5)
        assert {**plain.notes} == {**bright.notes}
        assert plain.labels == bright.labels
        pairs += zip(tiles_of(plain), tiles_of(bright), strict=True)
    return pairs


def test_gain_and_shift_are_clipped_and_never_wrap_around() -> None:
    for plain, bright in gained(grey=0.0):
        for channel in range(3):
            before, after = plain[:, :, channel].astype(int), bright[:, :, channel].astype(int)
            assert (np.abs(after - before) <= before * 0.2 + 5.5).all()
            # The brightest stay the brightest.
            order = np.argsort(before.ravel(), kind="stable")
            assert (np.diff(after.ravel()[order]) >= 0).all()


def test_each_channel_of_each_tile_has_a_gain_and_a_shift_of_its_own() -> None:
    lines = []
    for plain, bright in gained(grey=0.0):
        for channel in range(3):
            inside = (bright[:, :, channel] > 0) & (bright[:, :, channel] < 255)
            lines.append(np.polyfit(plain[:, :, channel][inside], bright[:, :, channel][inside].astype(float), 1))
    gains, shifts = np.array(lines).T
    assert len(set(gains.round(5))) > 300
    assert (gains.min(), gains.max()) == (pytest.approx(0.8, abs=0.01), pytest.approx(1.2, abs=0.01))
    assert (shifts.min(), shifts.max()) == (pytest.approx(-5, abs=0.6), pytest.approx(5, abs=0.6))


def test_a_grey_tile_stays_grey_with_a_gain() -> None:
    for plain, bright in gained(grey=1.0):
        assert (np.ptp(bright, axis=2) == 0).all()
        assert not np.array_equal(plain, bright)


def with_flat_cells(*cells: int) -> Picture:
    """Nine cells of noise, some of them flat, each at a level of its own."""
    pixels = noise_pixels(225, 225)
    for cell in cells:
        y, x = divmod(cell, 3)
        pixels[y * 75 : y * 75 + 75, x * 75 : x * 75 + 75] = 20 + 20 * cell
    return Picture(pixels)


FLAT = "{} or more of the nine tiles are flat"


@pytest.mark.parametrize(
    ("cells", "options", "reason"),
    [
        ((), {}, None),
        ((0, 3, 4, 8), {}, None),
        ((0, 2, 3, 4, 8), {}, FLAT.format(5)),
        ((1, 2, 3, 4, 5, 6, 7, 8), {}, FLAT.format(5)),
        ((4,), {"distance": "mean"}, None),
        ((4, 7), {"distance": "mean"}, FLAT.format(2)),
        ((1, 2, 3, 4, 5, 6, 7), {"permutations": 10}, None),
        ((0, 1, 2, 3, 4, 5, 6, 7), {"permutations": 10}, FLAT.format(8)),
    ],
)
def test_too_many_flat_tiles_are_skipped_with_the_reason(
    cells: tuple[int, ...], options: dict[str, Any], reason: str | None
) -> None:
    for source in ("a.jpg", "b.jpg"):
        (one,) = outcomes(with_flat_cells(*cells), recipe(task={"jigsaw": options}), source)
        assert one == Skipped("jigsaw", reason) if reason else not isinstance(one, Skipped)


def test_orders_that_are_told_apart_by_the_other_tiles_are_no_reason_to_skip() -> None:
    # What four flat tiles leave is enough: no two orders of the set agree in all other places.
    label = label_of(made(with_flat_cells()))
    orders = np.array([list(map(int, name.split("-"))) for name in label.names])
    flat = np.isin(orders, (0, 3, 4, 8))
    assert len(np.unique(np.where(flat, 9, orders), axis=0)) == 1000


def test_a_square_in_the_sky_is_drawn_again() -> None:
    pixels = np.full((700, 600, 3), 200, np.uint8)
    pixels[350:] = noise_pixels(600, 350)
    pixels[::10, ::20] += 3  # a bar it is not, for it is never wholly of one colour
    pixels[0, ::20] = 90
    pictures = [made_or_none(Picture(pixels), seed) for seed in range(60)]
    assert sum(one is None for one in pictures) <= 6
    assert all(int(one.notes["top"]) > 120 for one in pictures if one is not None)


def made_or_none(picture: Picture, seed: int) -> Pair | None:
    try:
        return made(picture, seed)
    except Skip:
        return None


@pytest.mark.parametrize(
    ("size", "options", "side"),
    [((224, 225), {}, 225), ((225, 224), {}, 225), ((7, 5), {}, 225), ((29, 60), {"tile": 9, "cell": 10}, 30)],
)
def test_a_picture_that_is_too_small_is_skipped_with_the_size_needed(
    size: tuple[int, int], options: dict[str, int], side: int
) -> None:
    reason = f"smaller than {side} pixels a side, bars of one colour left out"
    assert outcomes(Picture(noise_pixels(*size)), recipe(task={"jigsaw": options})) == [Skipped("jigsaw", reason)]


def test_no_tile_is_cut_from_a_bar() -> None:
    pixels = np.zeros((500, 400, 3), np.uint8)
    pixels[120:380, 60:320] = noise_pixels(260, 260)
    for seed in range(30):
        pair = made(Picture(pixels), seed)
        corners = corners_of(pair).reshape(-1, 2)
        assert (corners >= (62, 122)).all()
        assert (corners + 64 <= (318, 378)).all()
    with pytest.raises(Skip, match="smaller than 225"):
        made(Picture(pixels[:340]))


def test_in_a_jpeg_the_phase_of_the_blocks_does_not_tell_the_column(tmp_path: Path) -> None:
    picture = read_picture(tmp_path, jpeg(photo(240, 236)))
    counts = np.zeros((9, 2, 16), int)
    for seed in range(300):
        pair = made(picture, seed, **PLAIN)
        corner = np.array([int(pair.notes["left"]), int(pair.notes["top"])])
        for source, (position, *_) in zip(order_of(pair), corners_of(pair), strict=True):
            within = position - corner - np.array([source % 3, source // 3]) * 80
            assert within.min() >= 0
            assert within.max() <= 11
            counts[source, [0, 1], (position - corner) % 16] += 1
    assert (counts[:, :, 12:] == 0).all()
    assert all(even(counts[:, :, phase]) for phase in range(12))
    reason = "smaller than 235 pixels a side, bars of one colour left out"
    small = read_picture(tmp_path, jpeg(photo(240, 234)))
    assert outcomes(small, recipe(task="jigsaw")) == [Skipped("jigsaw", reason)]


def test_in_other_pictures_the_cells_touch(tmp_path: Path) -> None:
    for steps in (recipe(task="jigsaw", size=225), recipe(task={"jigsaw": PLAIN}, size=225)):
        (one,) = examples_of(read_picture(tmp_path, jpeg(photo(500, 450))), steps)
        assert (one.meta["top"], cells_of(one.pair).max() <= 11) == (0, True)


def test_noise_leaves_the_order_and_the_notes_as_they_were() -> None:
    picture = Picture(photo(260, 240))
    plain = examples_of(picture, recipe(task="jigsaw", copies=5))
    noisy = examples_of(picture, recipe(task="jigsaw", copies=5, noise=["gaussian-noise", "color-balance"]))
    for one, other in zip(plain, noisy, strict=True):
        assert (one["label"], one["label_order"]) == (other["label"], other["label_order"])
        assert all(one[f"input_{place}"] != other[f"input_{place}"] for place in range(9))
        assert {**one.meta, "noise": ""} == {**other.meta, "noise": ""}


def test_padding_is_refused() -> None:
    with pytest.raises(UsageError, match="give the label of task 'jigsaw' away"):
        recipe(task="jigsaw", size=256, fit="pad")


def test_a_real_photograph_is_put_together_again(tmp_path: Path) -> None:
    path = Path(__file__).parents[3] / "sample_data" / "images" / "nature" / "dragonfly.jpg"
    if not path.exists():
        pytest.skip("the sample pictures are not here")
    picture = read_picture(tmp_path, path.read_bytes())
    pair = made(picture, **PLAIN)
    for tile, ((x, y), *_) in zip(tiles_of(pair), corners_of(pair), strict=True):
        assert np.array_equal(tile, picture.pixels[y : y + 64, x : x + 64])
