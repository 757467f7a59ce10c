"""Which layer of a delivery is meant, and what layers are called that have the same name in several files."""

from collections import Counter
from collections.abc import Sequence

from gis.formats.errors import SourceLayerError
from gis.formats.members import SourceMember

__all__ = ["choose_layer", "name_layers"]


def name_layers(layers: Sequence[tuple[SourceMember, str]]) -> list[str]:
    """Name the layers of a delivery, each differently.

    A layer keeps its own name where no other has it; else its folder goes before it, or its folder and file.
    """
    candidates = [(name, f"{member.folder}{name}", f"{member.folder}{member.name}/{name}") for member, name in layers]
    counts = [Counter(names[level] for names in candidates) for level in range(3)]
    return [
        next((names[level] for level in range(2) if counts[level][names[level]] == 1), names[2]) for names in candidates
    ]


def choose_layer(file: str, layers: Sequence[tuple[str, str | None]], wanted: str | None) -> int:
    """Return the position of the layer that is meant.

    Parameters
    ----------
    file : str
        Name for messages.
    layers : sequence of (str, str or None)
        Names, and types of geometry: None for a table without.
    wanted : str, optional
        May be left out where only one layer has geometry.

    Raises
    ------
    SourceLayerError
    """
    names = [name for name, _ in layers]
    spatial = [position for position, (_, kind) in enumerate(layers) if kind is not None]
    if wanted is not None:
        if wanted not in names:
            raise SourceLayerError(f"{file} has no layer {wanted!r}; it has {', '.join(names) or 'none'}.")
        position = names.index(wanted)
        if position not in spatial:
            raise SourceLayerError(f"Layer {wanted!r} of {file} is a table without geometry.")
        return position
    if len(spatial) == 1:
        return spatial[0]
    if not spatial:
        raise SourceLayerError(f"{file} has no layer with geometry.")
    shown = ", ".join(names[position] for position in spatial)
    raise SourceLayerError(f"{file} has {len(spatial)} layers; name one of {shown}.")
