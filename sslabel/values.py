"""The kinds of value that a pair can hold, and the pair itself.

Values are never changed in place: their arrays are read-only, and a noise gives a new value. Colour is RGB
everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]

Note: TypeAlias = str | int | float
"""What a task may write about a pair, into its meta."""

_GLIMPSES = (16, 64)
_THUMBNAIL = 64

FIELD_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text."""

    text: str


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of pieces of text, in order."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """One of several named classes: `Category(1, ("0", "90", "180", "270"))` is the class `90`."""

    index: int
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.index < len(self.names):
            msg = f"class {self.index} of {len(self.names)} classes"
            raise ValueError(msg)

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.names[self.index]


@dataclass(frozen=True, slots=True)
class Order:
    """What now stands where: `order[t]` is the source index of what stands at t. Example: `ABC -> CAB` is (2, 0, 1)."""

    order: tuple[int, ...]

    def __post_init__(self) -> None:
        if sorted(self.order) != list(range(len(self.order))):
            msg = f"not a permutation of 0..{len(self.order) - 1}: {self.order}"
            raise ValueError(msg)


class _Array:
    """A value that is one read-only array; equal where the arrays are equal, bit for bit."""

    __slots__ = ("pixels",)
    pixels: NDArray[Any]

    def __init__(self, pixels: NDArray[Any], dtype: str, dimensions: tuple[int, ...]) -> None:
        if pixels.dtype != dtype or pixels.ndim not in dimensions or 0 in pixels.shape:
            msg = f"{type(self).__name__} of {dtype} in {dimensions} dimensions, got {pixels.dtype} {pixels.shape}"
            raise ValueError(msg)
        self.pixels = _frozen(pixels)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self.pixels, other.pixels
        return mine.shape == theirs.shape and mine.dtype == theirs.dtype and mine.tobytes() == theirs.tobytes()

    __hash__ = None  # type: ignore[assignment]  # arrays are compared, never looked up

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'×'.join(map(str, self.pixels.shape))} {self.pixels.dtype})"


class Mask(_Array):
    """What is hidden: H×W uint8, 255 where hidden, 0 elsewhere."""

    __slots__ = ()

    def __init__(self, pixels: NDArray[Any]) -> None:
        super().__init__(pixels, "uint8", (2,))


class ClassMap(_Array):
    """A class for each cell of a picture: H×W uint16."""

    __slots__ = ()

    def __init__(self, pixels: NDArray[Any]) -> None:
        super().__init__(pixels, "uint16", (2,))


class Numbers(_Array):
    """An array of numbers: float32, float64, int32 or int64, of one to four dimensions."""

    __slots__ = ()

    def __init__(self, array: NDArray[Any]) -> None:
        super().__init__(array, _number_type(array), (1, 2, 3, 4))

    @property
    def array(self) -> NDArray[Any]:
        """The numbers."""
        return self.pixels


def _number_type(array: NDArray[Any]) -> str:
    return array.dtype.name if array.dtype.name in ("float32", "float64", "int32", "int64") else "float32"


class PictureDecoder(Protocol):
    """An encoded picture that can be decoded in several ways (`codecs.py` has them)."""

    @property
    def width(self) -> int:
        """The number of columns."""

    @property
    def height(self) -> int:
        """The number of rows."""

    @property
    def grid(self) -> tuple[int, int, int]:
        """The side in pixels of the blocks that the encoding works in, and the (x, y) at which one begins."""

    @property
    def verbatim(self) -> bytes | None:
        """The original file without its metadata, where it may be written as it is: an upright sRGB JPEG."""

    def rgb(self, at_least: tuple[int, int] | None = None) -> Pixels:
        """H×W×3 uint8 RGB; smaller by 2, 4 or 8 where that is cheap and still `at_least` (width, height)."""

    def luma(self) -> Pixels:
        """H×W uint8 Rec. 601 luma, as the decoder gives it."""

    def small(self) -> Pixels:
        """About an eighth of the size, H×W×3 uint8 RGB."""

    def small_part(self, rows: int) -> Pixels | None:
        """What `small` makes of the upper rows, where that comes cheaper than all; else None."""

    def thumbnail(self) -> Pixels | None:
        """64×64 uint8 luma, each cell about the mean of what it stands for, where that is cheap; else None."""


class Picture:
    """A picture in RGB or grey, decoded on demand and once: `Picture(pixels)` or `Picture(decoder=...)`.

    `pixels` is H×W×3 uint8 RGB, or H×W uint8 for a grey picture (only tasks make those: what is read is RGB).
    """

    def __init__(self, pixels: Pixels | None = None, *, decoder: PictureDecoder | None = None) -> None:
        if pixels is not None:
            if pixels.dtype != "uint8" or not _is_picture(pixels.shape):
                msg = f"a Picture is H×W×3 or H×W uint8, not {pixels.dtype} {pixels.shape}"
                raise ValueError(msg)
            self.__dict__["pixels"] = _frozen(pixels)
        elif decoder is None:
            msg = "a Picture is made from pixels or from a decoder"
            raise TypeError(msg)
        self._decoder = decoder
        self._grid = (1, 0, 0)
        self.encodings: dict[tuple[object, ...], bytes] = {}
        """What it was encoded to, by how: what several tasks or copies show is encoded once."""

    @property
    def width(self) -> int:
        """The number of columns."""
        return self._decoder.width if self._decoder is not None else self.pixels.shape[1]

    @property
    def height(self) -> int:
        """The number of rows."""
        return self._decoder.height if self._decoder is not None else self.pixels.shape[0]

    @cached_property
    def pixels(self) -> Pixels:
        """H×W×3 uint8 RGB, or H×W uint8 if the picture was made grey."""
        assert self._decoder is not None
        return _frozen(self._decoder.rgb())

    def bgr(self) -> Pixels:
        """`pixels` as OpenCV has them: H×W×3 uint8 BGR, or H×W uint8."""
        if self.is_decoded and "pixels" not in self.__dict__:
            made: Pixels = self._decoder.bgr()  # type: ignore[union-attr]  # it was asked whether it can
            return made
        if self.pixels.ndim == 2:  # noqa: PLR2004 - H and W
            return self.pixels
        import cv2

        swapped: Any = cv2.cvtColor(self.pixels, cv2.COLOR_RGB2BGR)
        return swapped  # type: ignore[no-any-return]  # of 8 bits, as it was

    @property
    def is_decoded(self) -> bool:
        """Whether nothing can fail any more as its pixels are looked at."""
        return "pixels" in self.__dict__ or hasattr(self._decoder, "bgr")

    @cached_property
    def rgb(self) -> Pixels:
        """H×W×3 uint8 RGB; a grey picture has three equal channels."""
        if self.pixels.ndim == 3:  # noqa: PLR2004 - H, W and channels
            return self.pixels
        import numpy as np

        return _frozen(np.repeat(self.pixels[:, :, None], 3, axis=2))

    @cached_property
    def luma(self) -> Pixels:
        """H×W uint8 Rec. 601 luma; for an untouched JPEG the Y that its decoder gives, whatever else was decoded."""
        if self._decoder is not None:
            return _frozen(self._decoder.luma())
        if self.pixels.ndim == 2:  # noqa: PLR2004 - H and W
            return self.pixels
        import cv2

        return _frozen(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY))

    @cached_property
    def small(self) -> Pixels:
        """About an eighth of the size, H×W×3 uint8 RGB: enough to judge colours by, and cheap."""
        if self._decoder is not None:
            return _frozen(self._decoder.small())
        return _frozen(_eighth(self.rgb))

    @cached_property
    def thumbnail(self) -> Pixels:
        """64×64 uint8 luma, whatever the shape: enough to see motion by; of a frame of a film, cheap."""
        ready = self._decoder.thumbnail() if self._decoder is not None else None
        if ready is not None:
            return _frozen(ready)
        import cv2

        thumbnail: Pixels = cv2.resize(self.luma, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA)
        return _frozen(thumbnail)

    def glimpses(self) -> Iterator[Pixels]:
        """Ever more rows of `small`, where they come cheaper than all, and at last all: the first may be enough."""
        for rows in _GLIMPSES:
            part = self._small_part(rows) if self._decoder is None else self._decoder.small_part(rows)
            if part is not None:
                yield _frozen(part)
        yield self.small

    def _small_part(self, rows: int) -> Pixels | None:
        # Where its rows fall into whole eights, a part comes out as it stands in `small`.
        return _eighth(self.rgb[:rows]) if self.height % 8 == 0 and self.height > rows else None

    def rgb_at_least(self, width: int, height: int) -> Pixels:
        """`rgb`, or a reduced decode of it that is no smaller than width × height."""
        # Never the full decode that may be there already: what comes out must not depend on what was asked before.
        return self.rgb if self._decoder is None else _frozen(self._decoder.rgb((width, height)))

    @property
    def verbatim(self) -> bytes | None:
        """The original bytes less their metadata, where this picture is exactly an upright sRGB JPEG; else None."""
        return self._decoder.verbatim if self._decoder is not None else None

    @property
    def grid(self) -> tuple[int, int, int]:
        """The side of the encoding's blocks that may show in the pixels, and an (x, y) where one begins."""
        return self._decoder.grid if self._decoder is not None else self._grid

    def on_grid_of(self, other: Picture) -> Picture:
        """The same picture, its encoding's blocks where those of the other are, if the two are of one size."""
        if self.grid == other.grid or (self.width, self.height) != (other.width, other.height):
            return self
        same = Picture(self.pixels)
        same._grid = other.grid
        return same

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picture):
            return NotImplemented
        return self.pixels.shape == other.pixels.shape and self.pixels.tobytes() == other.pixels.tobytes()

    __hash__ = None  # type: ignore[assignment]  # pictures are compared, never looked up

    def __repr__(self) -> str:
        return f"Picture({self.width}×{self.height})"


class Clip:
    """Frames in the order in which they are shown, and the second at which each is, by the clock of its file.

    A window of a film as readers give it, or some frames of one; frames that are never looked at are never
    converted. In an example, a clip `input` stands as the pictures `input_0`, `input_1`, ...
    """

    __slots__ = ("frames", "times")

    def __init__(self, frames: Sequence[Picture], times: Sequence[float]) -> None:
        self.frames, self.times = tuple(frames), tuple(times)
        if not self.frames or len(self.frames) != len(self.times):
            msg = f"a Clip of {len(self.frames)} frames at {len(self.times)} times"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, number: int) -> Picture:
        return self.frames[number]

    def take(self, numbers: Iterable[int]) -> Clip:
        """These frames, in this order."""
        listed = list(numbers)
        return Clip([self.frames[number] for number in listed], [self.times[number] for number in listed])

    def changed(self, change: Callable[[Picture], Picture]) -> Clip:
        """The clip with each frame changed when it is first looked at; the thumbnails stay those of before."""
        return self.changed_each([change] * len(self))

    def changed_each(self, changes: Iterable[Callable[[Picture], Picture]]) -> Clip:
        """As `changed`, with a change for each frame."""
        frames = zip(self.frames, changes, strict=True)
        return Clip([Picture(decoder=_Changed(frame, change)) for frame, change in frames], self.times)

    @property
    def width(self) -> int:
        """The number of columns of its frames."""
        return self.frames[0].width

    @property
    def height(self) -> int:
        """The number of rows of its frames."""
        return self.frames[0].height

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Clip):
            return NotImplemented
        return self.times == other.times and self.frames == other.frames

    __hash__ = None  # type: ignore[assignment]  # clips are compared, never looked up

    def __repr__(self) -> str:
        return f"Clip({len(self)} frames, {self.times[0]:.3f} to {self.times[-1]:.3f} s)"


class _Changed:
    """A frame under a change that is made when it is first looked at."""

    grid = (1, 0, 0)
    verbatim = None

    def __init__(self, before: Picture, change: Callable[[Picture], Picture]) -> None:
        self._before = before
        self._change = change

    @cached_property
    def _after(self) -> Picture:
        return self._change(self._before)

    @property
    def width(self) -> int:
        return self._after.width

    @property
    def height(self) -> int:
        return self._after.height

    def rgb(self, at_least: tuple[int, int] | None = None) -> Pixels:
        return self._after.pixels if at_least is None else self._after.rgb_at_least(*at_least)

    def luma(self) -> Pixels:
        return self._after.luma

    def small(self) -> Pixels:
        return self._after.small

    def small_part(self, rows: int) -> None:
        """Nothing comes cheaper than all."""

    def thumbnail(self) -> Pixels:
        return self._before.thumbnail


Value: TypeAlias = Text | Texts | Category | Order | Numbers | Mask | ClassMap | Picture | Clip


def _is_picture(shape: tuple[int, ...]) -> bool:
    return 0 not in shape and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3))  # noqa: PLR2004 - H, W, RGB


def _eighth(rgb: Pixels) -> Pixels:
    import cv2

    size = (-(-rgb.shape[1] // 8), -(-rgb.shape[0] // 8))
    small: Pixels = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return small


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True)
class Pair:
    """Named inputs and named labels, and what a reader needs to understand or undo the task.

    A single value stands for the part that has no name of its own: `Pair(picture, turn)` has the fields `input`
    and `label`; `Pair({"center": a, "neighbor": b}, side)` has `input_center`, `input_neighbor` and `label`. A part of
    the label named `labels` keeps that name.
    `notes` are numbers and strings, the same names and types for every pair of a task.
    """

    inputs: Mapping[str, Value]
    labels: Mapping[str, Value]
    notes: Mapping[str, Note] = field(default_factory=dict)

    def __init__(
        self,
        input: Value | Mapping[str, Value],  # noqa: A002 - the field's own name
        label: Value | Mapping[str, Value],
        notes: Mapping[str, Note] | None = None,
    ) -> None:
        object.__setattr__(self, "inputs", _fields("input", input))
        object.__setattr__(self, "labels", _fields("label", label))
        object.__setattr__(self, "notes", dict(notes or {}))

    def with_inputs(self, inputs: Mapping[str, Value]) -> Pair:
        """The same pair with other inputs; the labels are the identical objects."""
        other = object.__new__(Pair)
        object.__setattr__(other, "inputs", inputs)
        object.__setattr__(other, "labels", self.labels)
        object.__setattr__(other, "notes", self.notes)
        return other


TARGETS = "labels"
"""The part of a label that is called as Hugging Face trainers call what they learn: `labels`, not `label_labels`."""


def part_of(name: str) -> tuple[str, str]:
    """What the field of an example is a part of, and which; the stem of a field beside the pair is empty.

    Example: input_ids -> ("input", "ids"), label -> ("label", ""), labels -> ("label", "labels"), page -> ("", "page")
    """
    if name == TARGETS:
        return "label", name
    stem, _, part = name.partition("_")
    return (stem, part) if stem in ("input", "label") else ("", name)


def _fields(stem: str, value: Value | Mapping[str, Value]) -> dict[str, Value]:
    parts = value if isinstance(value, Mapping) else {"": value}
    names = {part: f"{stem}_{part}" if part else stem for part in parts}
    if stem == "label" and TARGETS in names:
        names[TARGETS] = TARGETS
    fields = {names[part]: one for part, one in parts.items()}
    for name, one in fields.items():
        if not FIELD_NAME.fullmatch(name):
            msg = f"field name {name!r}: lower-case words joined by _ are needed"
            raise ValueError(msg)
        if not isinstance(one, Value):
            msg = f"field {name!r} is a {type(one).__name__}, not one of the values of sslabel.values"
            raise TypeError(msg)
    return fields


@dataclass(frozen=True, slots=True)
class Sample:
    """One raw thing as a reader gives it: its value, and the source's own fields that `--keep` may carry along.

    A window of a film is for the tasks that it has the `length` for.
    """

    source: str
    value: Value
    fields: Mapping[str, str] = field(default_factory=dict)
    length: object = None


@dataclass(frozen=True, slots=True)
class Example:
    """What is written: a key that is unique in its data set, the pair, and flat meta data.

    `extras` holds what stands beside the pair: inputs before noise (`clean`) and fields of the source.
    """

    key: str
    task: str
    pair: Pair
    meta: Mapping[str, Note]
    extras: Mapping[str, Value] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, Value]:
        """All named values: inputs, labels, extras; of a clip, its frames."""
        fields: dict[str, Value] = {}
        for name, value in (*self.pair.inputs.items(), *self.pair.labels.items(), *self.extras.items()):
            if isinstance(value, Clip):
                fields.update({f"{name}_{number}": frame for number, frame in enumerate(value.frames)})
            else:
                fields[name] = value
        return fields

    def __getitem__(self, name: str) -> Value:
        """The value of one field: `example["label"]`."""
        return self.fields[name]
