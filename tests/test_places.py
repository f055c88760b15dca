"""Ids as numbers are the same ids as texts."""

from __future__ import annotations

import numpy as np
import pytest

from sslabel.places import Places, picked

IDS = ["é#.txt#0", "é#.txt#0.1", "é#.txt#0.12", "é#.txt#1024", "é#.txt#999999999999"]


@pytest.fixture
def places() -> Places:
    """Passages of two records with one word more, and of a record far behind."""
    return Places("é#.txt", np.array([0, 0, 0, 1024, 999_999_999_999]), np.array([0, 1, 12, 0, 0]))


def test_each_is_the_file_and_its_place(places: Places) -> None:
    assert list(places) == IDS
    assert (len(places), places[1], places[-1]) == (5, IDS[1], IDS[-1])


def test_some_of_them_are_places_again(places: Places) -> None:
    assert list(places[1:3]) == IDS[1:3]
    assert list(picked(places, np.array([4, 0, 0]))) == [IDS[4], IDS[0], IDS[0]]
    assert picked(IDS, np.array([4, 0, 0])) == [IDS[4], IDS[0], IDS[0]]


@pytest.mark.parametrize("number", [slice(0, 5), slice(1, 2), slice(3, 5), slice(0, 0)])
def test_what_is_shown_is_what_stands_behind_the_file(places: Places, number: slice) -> None:
    shown = places[number].shown()
    assert isinstance(shown, list) == any("." in one.removeprefix("é#.txt") for one in IDS[number])
    assert list(map(str, shown)) == [one.removeprefix("é#.txt#") for one in IDS[number]]
