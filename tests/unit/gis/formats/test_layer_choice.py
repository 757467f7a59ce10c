"""Which layer is meant, and what layers of one name are called."""

import pytest

from gis.formats.errors import SourceLayerError
from gis.formats.identification import SourceKind
from gis.formats.layer_choice import choose_layer, name_layers
from gis.formats.members import SourceMember


def member(name: str, folder: str = "") -> SourceMember:
    return SourceMember(SourceKind.SHAPEFILE, f"/x/{folder}{name}", name, folder)


def test_a_layer_keeps_its_name_where_no_other_has_it_and_else_gets_its_folder_or_file():
    layers = [
        (member("a.shp"), "a"),
        (member("b.shp", "north/"), "b"),
        (member("b.shp", "south/"), "b"),
        (member("c.shp", "east/"), "c"),
        (member("c.gpkg", "east/"), "c"),
    ]
    assert name_layers(layers) == ["a", "north/b", "south/b", "east/c.shp/c", "east/c.gpkg/c"]


def test_the_only_layer_with_geometry_needs_no_name():
    layers = [("table", None), ("plots", "Polygon")]
    assert choose_layer("a.gpkg", layers, None) == 1
    assert choose_layer("a.gpkg", [*layers, ("zones", "Polygon")], "zones") == 2


@pytest.mark.parametrize(
    ("layers", "wanted", "message"),
    [
        ([], None, "has no layer with geometry"),
        ([], "a", "has no layer 'a'; it has none"),
        ([("a", None)], "a", "is a table without geometry"),
        ([("a", "Polygon"), ("b", "Polygon")], None, "has 2 layers; name one of a, b"),
    ],
)
def test_what_cannot_be_chosen_says_what_there_is(layers, wanted, message):
    with pytest.raises(SourceLayerError, match=message):
        choose_layer("a.gpkg", layers, wanted)
