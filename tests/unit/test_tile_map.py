"""The map of districts: every district once, where it belongs, in colours that say the same as the legend."""

import pytest

from vaxtally import reference
from vaxtally.outreach.management import tile_map
from vaxtally.outreach.management.week import District, Standing
from vaxtally.outreach.words import words


def district(code: str | None, reported: int, missing: int) -> District:
    return District(code=code, standing=Standing(reported=reported, missing=missing), units=1, units_short=1)


def test_every_district_that_has_no_successor_has_one_tile_of_its_own_name():
    today = {each.code: each.name for each in reference.districts() if each.successor_code is None}
    tiles = {tile.code: tile for tile in tile_map.tiles()}
    assert len(tile_map.tiles()) == len(tiles) == 22
    assert tiles.keys() == today.keys()
    assert all(today[code].endswith(tile.label) for code, tile in tiles.items())


def test_no_two_districts_share_a_place_and_all_hang_together():
    places = {(tile.column, tile.row) for tile in tile_map.tiles()}
    assert len(places) == 22
    around = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]
    reached, edge = set(), {min(places)}
    while edge:
        reached |= edge
        edge = {(c + x, r + y) for c, r in edge for x, y in around if (c + x, r + y) in places} - reached
    assert reached == places


@pytest.mark.parametrize(
    ("north", "south"), [("783", "784"), ("784", "785"), ("760", "773"), ("773", "778"), ("786", "787")]
)
def test_north_is_up(north, south):
    rows = {tile.code: tile.row for tile in tile_map.tiles()}
    assert rows[north] < rows[south]


@pytest.mark.parametrize(
    ("ratio", "place"),
    [(1.0, 0), (0.9999, 1), (0.95, 1), (0.9499, 2), (0.9, 2), (0.75, 3), (0.7499, 4), (0.5, 4), (0.4999, 5), (0.0, 5)],
)
def test_a_tile_has_the_colour_of_its_class(ratio, place):
    assert tile_map.colours(ratio) == tile_map.CLASSES[place][1:]


def test_a_district_without_figures_is_grey():
    assert tile_map.colours(None) == tile_map.NO_DATA


def test_letters_can_be_read_on_every_colour():
    """Contrast as WCAG counts it, 4.5 for small letters."""

    def light(colour: str) -> float:
        from matplotlib.colors import to_rgb

        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    for fill, letters in [*((fill, letters) for _, fill, letters in tile_map.CLASSES), tile_map.NO_DATA]:
        dark, bright = sorted((light(fill), light(letters)))
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, fill


def test_the_drawing_is_the_same_each_time_and_fetches_nothing():
    drawn = [tile_map.draw([district("760", 100, 3), district(None, 5, 5)], words("vi")) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].png.startswith(b"\x89PNG")
    assert drawn[0].svg and drawn[0].svg.count(tile_map.CLASSES[1][1]) == 2, "one tile, and the legend"
    assert 'href="http' not in drawn[0].svg
