"""Styles as documents: MapLibre for maps in a browser, SLD and QML for desktop GIS; all from the one legend of a collection."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

from app.collections.catalog import Collection
from app.ogc.legend import Legend
from gis.landuse.control_zones import MapStyle

__all__ = ["geometry_of", "maplibre_style", "qml_style", "sld_style", "style_layers"]

Document = dict[str, Any]
_FILL_OPACITY: Final = 0.6
_OUTLINE_PX: Final = 0.8
_LINE_PX: Final = 2.0
_POINT_PX: Final = 5.0
_NAMES: Final = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
# The hatches of a legend as QGIS names them for a simple fill, and as marks of SLD that GeoServer and QGIS know.
_QML_HATCHES: Final = {"diagonal": "b_diagonal", "cross": "diagonal_x", "dots": "dense6", "horizontal": "horizontal"}
_SLD_HATCHES: Final = {
    "diagonal": "shape://slash",
    "cross": "shape://times",
    "dots": "shape://dot",
    "horizontal": "shape://horline",
}
_HATCH_PX: Final = 8
_SLD: Final = "http://www.opengis.net/sld"
_SE: Final = "http://www.opengis.net/se"
_OGC: Final = "http://www.opengis.net/ogc"


def geometry_of(collection: Collection) -> str:
    """Return ``point``, ``line`` or ``polygon``; a layer of mixed types is drawn as polygons."""
    return _NAMES.get(collection.schema.geometry_type.removeprefix("Multi"), "polygon")


def maplibre_style(name: str, sources: dict[str, str], layers: Sequence[Document]) -> Document:
    """Return a MapLibre style (version 8): a source for each collection, by the address of its TileJSON."""
    return {
        "version": 8,
        "name": name,
        "sources": {source: {"type": "vector", "url": url} for source, url in sources.items()},
        "layers": [{"id": "background", "type": "background", "paint": {"background-color": "#ffffff"}}, *layers],
    }


def style_layers(collection: Collection, legend: Legend) -> list[Document]:
    """Return the layers of a MapLibre style that draw a collection."""
    layer: Document = {"source": collection.id, "source-layer": collection.id, "metadata": {"title": collection.title}}
    fill = _match(legend, [style.fill for style in legend.styles.values()], legend.default.fill)
    outline = _match(legend, [style.outline for style in legend.styles.values()], legend.default.outline)
    match geometry_of(collection):
        case "point":
            paint = {
                "circle-radius": _POINT_PX,
                "circle-color": fill,
                "circle-stroke-color": outline,
                "circle-stroke-width": 1,
            }
            return [{"id": collection.id, "type": "circle", "paint": paint, **layer}]
        case "line":
            return [
                {"id": collection.id, "type": "line", "paint": {"line-color": outline, "line-width": _LINE_PX}, **layer}
            ]
        case _:
            return [
                {
                    "id": f"{collection.id}-fill",
                    "type": "fill",
                    "paint": {"fill-color": fill, "fill-opacity": _FILL_OPACITY},
                    **layer,
                },
                {
                    "id": f"{collection.id}-outline",
                    "type": "line",
                    "paint": {"line-color": outline, "line-width": _OUTLINE_PX},
                    **layer,
                },
            ]


def _match(legend: Legend, colours: Sequence[str], default: str) -> Any:  # noqa: ANN401  an expression of MapLibre
    if legend.property is None or not colours:
        return default
    pairs = [part for pair in zip(legend.styles, colours, strict=True) for part in pair]
    return ["match", ["to-string", ["get", legend.property]], *pairs, default]


def _rules(legend: Legend) -> Iterator[tuple[str | None, MapStyle]]:
    """Yield the value of each rule and how it is drawn; the last one is for all others."""
    if legend.property is not None:
        yield from legend.styles.items()
    yield None, legend.default


def sld_style(collection: Collection, legend: Legend) -> bytes:
    """Return the style as SLD 1.1 with Symbology Encoding, whose rules name classes in both languages."""
    for prefix, uri in (("sld", _SLD), ("se", _SE), ("ogc", _OGC)):
        ET.register_namespace(prefix, uri)
    root = ET.Element(f"{{{_SLD}}}StyledLayerDescriptor", {"version": "1.1.0"})
    layer = ET.SubElement(root, f"{{{_SLD}}}NamedLayer")
    ET.SubElement(layer, f"{{{_SE}}}Name").text = collection.id
    style = ET.SubElement(layer, f"{{{_SLD}}}UserStyle")
    ET.SubElement(style, f"{{{_SE}}}Name").text = collection.id
    feature_style = ET.SubElement(style, f"{{{_SE}}}FeatureTypeStyle")
    for value, shown in _rules(legend):
        _sld_rule(feature_style, collection, legend, value, shown)
    return _written(root)


def _sld_rule(parent: ET.Element, collection: Collection, legend: Legend, value: str | None, style: MapStyle) -> None:
    rule = ET.SubElement(parent, f"{{{_SE}}}Rule")
    title = f"{style.name_zh} / {style.name_en}"
    ET.SubElement(rule, f"{{{_SE}}}Name").text = title
    if value is None:
        if legend.property is not None and legend.styles:
            ET.SubElement(rule, f"{{{_SE}}}ElseFilter")
    else:
        condition = ET.SubElement(rule, f"{{{_OGC}}}Filter")
        equal = ET.SubElement(condition, f"{{{_OGC}}}PropertyIsEqualTo")
        ET.SubElement(equal, f"{{{_OGC}}}PropertyName").text = legend.property
        ET.SubElement(equal, f"{{{_OGC}}}Literal").text = value
    match geometry_of(collection):
        case "point":
            graphic = ET.SubElement(ET.SubElement(rule, f"{{{_SE}}}PointSymbolizer"), f"{{{_SE}}}Graphic")
            mark = ET.SubElement(graphic, f"{{{_SE}}}Mark")
            ET.SubElement(mark, f"{{{_SE}}}WellKnownName").text = "circle"
            _parameters(mark, "Fill", {"fill": style.fill})
            _parameters(mark, "Stroke", {"stroke": style.outline})
            ET.SubElement(graphic, f"{{{_SE}}}Size").text = str(2 * _POINT_PX)
        case "line":
            _parameters(
                ET.SubElement(rule, f"{{{_SE}}}LineSymbolizer"),
                "Stroke",
                {"stroke": style.outline, "stroke-width": str(_LINE_PX)},
            )
        case _:
            symbolizer = ET.SubElement(rule, f"{{{_SE}}}PolygonSymbolizer")
            _parameters(symbolizer, "Fill", {"fill": style.fill, "fill-opacity": str(_FILL_OPACITY)})
            _parameters(symbolizer, "Stroke", {"stroke": style.outline, "stroke-width": str(_OUTLINE_PX)})
            if value is not None and value in legend.hatches:
                _sld_hatch(rule, _SLD_HATCHES[legend.hatches[value]], style)


def _sld_hatch(rule: ET.Element, mark_name: str, style: MapStyle) -> None:
    """Draw the symbol of a class over its colour."""
    fill = ET.SubElement(ET.SubElement(rule, f"{{{_SE}}}PolygonSymbolizer"), f"{{{_SE}}}Fill")
    graphic = ET.SubElement(ET.SubElement(fill, f"{{{_SE}}}GraphicFill"), f"{{{_SE}}}Graphic")
    mark = ET.SubElement(graphic, f"{{{_SE}}}Mark")
    ET.SubElement(mark, f"{{{_SE}}}WellKnownName").text = mark_name
    _parameters(mark, "Stroke", {"stroke": style.outline, "stroke-width": str(_OUTLINE_PX)})
    ET.SubElement(graphic, f"{{{_SE}}}Size").text = str(_HATCH_PX)


def _parameters(parent: ET.Element, name: str, values: dict[str, str]) -> None:
    element = ET.SubElement(parent, f"{{{_SE}}}{name}")
    for key, value in values.items():
        ET.SubElement(element, f"{{{_SE}}}SvgParameter", {"name": key}).text = value


def qml_style(collection: Collection, legend: Legend) -> bytes:
    """Return the style as a QML file, which QGIS loads with the layer's properties or from beside the file."""
    root = ET.Element("qgis", {"version": "3.22.0", "styleCategories": "Symbology"})
    is_single = legend.property is None or not legend.styles
    kind = "singleSymbol" if is_single else "categorizedSymbol"
    renderer = ET.SubElement(
        root, "renderer-v2", {"type": kind, "enableorderby": "0", "forceraster": "0", "symbollevels": "0"}
    )
    rules = list(_rules(legend))
    if not is_single:
        renderer.set("attr", legend.property or "")
        categories = ET.SubElement(renderer, "categories")
        for number, (value, style) in enumerate(rules):
            facts = {
                "value": value or "",
                "symbol": str(number),
                "label": f"{style.name_zh} / {style.name_en}",
                "render": "true",
            }
            ET.SubElement(categories, "category", {**facts, "type": "string" if value is not None else "NULL"})
    symbols = ET.SubElement(renderer, "symbols")
    for number, (value, style) in enumerate(rules):
        hatch = None if value is None else legend.hatches.get(value)
        _qml_symbol(symbols, str(number), geometry_of(collection), style, hatch)
    return _written(root)


def _qml_symbol(parent: ET.Element, name: str, geometry: str, style: MapStyle, hatch: str | None) -> None:
    kind, class_, options = {
        "point": (
            "marker",
            "SimpleMarker",
            {"color": _rgba(style.fill), "outline_color": _rgba(style.outline), "size": "2.4", "name": "circle"},
        ),
        "line": ("line", "SimpleLine", {"line_color": _rgba(style.outline), "line_width": "0.5"}),
        "polygon": (
            "fill",
            "SimpleFill",
            {
                "color": _rgba(style.fill, _FILL_OPACITY),
                "outline_color": _rgba(style.outline),
                "outline_width": "0.2",
                "style": "solid",
            },
        ),
    }[geometry]
    symbol = ET.SubElement(parent, "symbol", {"type": kind, "name": name, "alpha": "1", "clip_to_extent": "1"})
    _qml_layer(symbol, class_, options)
    if hatch is not None:
        _qml_layer(
            symbol,
            "SimpleFill",
            {"color": _rgba(style.outline), "outline_style": "no", "style": _QML_HATCHES[hatch]},
        )


def _qml_layer(symbol: ET.Element, class_: str, options: dict[str, str]) -> None:
    layer = ET.SubElement(symbol, "layer", {"class": class_, "enabled": "1", "locked": "0", "pass": "0"})
    held = ET.SubElement(layer, "Option", {"type": "Map"})
    for key, value in options.items():
        ET.SubElement(layer, "prop", {"k": key, "v": value})
        ET.SubElement(held, "Option", {"type": "QString", "name": key, "value": value})


def _rgba(colour: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _written(root: ET.Element) -> bytes:
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text
