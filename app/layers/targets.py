"""The layer that a delivery goes to: found, or made with the delivery's first version."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.db.models import Layer, LayerKind
from app.db.sessions import WriteSession
from app.layers import repository
from app.layers.delivery import ImportRequest
from app.layers.errors import DeliveryRefusedError, LayerNotFoundError
from app.layers.kinds import KINDS, RESERVED_SLUGS, SLUG, FeatureKind, parse_kind
from gis.landuse.control_kinds import ControlKind


@dataclass(frozen=True, slots=True)
class Target:
    """What the features of a delivery become; ``layer_id`` is None where the layer is still to be made."""

    layer_id: int | None
    kind: LayerKind
    control_kind: ControlKind | None

    @property
    def features(self) -> FeatureKind:
        """The table and the fields of the kind."""
        return KINDS[self.kind]


def find_target(session: Session, request: ImportRequest) -> Target:
    """Return what a delivery goes to, without making anything.

    Raises
    ------
    LayerNotFoundError
        The layer does not exist and no kind was given to make it.
    DeliveryRefusedError
        The request says something else of the layer than what it is, or cannot make one.
    """
    wanted = None if request.kind is None else _parse_kind(request.kind)
    layer = repository.find_layer(session, request.to)
    if layer is not None:
        return _existing(layer, request, wanted)
    if wanted is None:
        known = [found.slug for found in repository.list_layers(session)]
        raise LayerNotFoundError(request.to, known, "Give a kind to make it, for example --kind parcel.")
    _refuse_bad_facts(request)
    return Target(None, *wanted)


def make_target(session: WriteSession, request: ImportRequest) -> Layer:
    """Return the layer of a delivery, made if there is none; whoever makes the same layer at the same time waits.

    Raises
    ------
    LayerNotFoundError, DeliveryRefusedError
    """
    if repository.find_layer(session, request.to) is None:
        repository.take_turn_to_make_layers(session)
    target = find_target(session, request)
    layer = repository.find_layer(session, request.to)
    if layer is not None:
        return layer
    layer = Layer(
        slug=request.to,
        kind=target.kind,
        control_kind=target.control_kind,
        title_zh=request.title_zh or request.to,
        title_en=request.title_en or request.to.replace("_", " ").capitalize(),
        mandatory=bool(request.mandatory),
        accuracy_m=request.accuracy_m,
        created_by=session.actor,
    )
    session.add(layer)
    session.flush()
    return layer


def _parse_kind(kind: str) -> tuple[LayerKind, ControlKind | None]:
    try:
        return parse_kind(kind)
    except ValueError as error:
        raise DeliveryRefusedError(str(error), field="kind") from error


def _existing(layer: Layer, request: ImportRequest, wanted: tuple[LayerKind, ControlKind | None] | None) -> Target:
    """Refuse what an import says of an existing layer and the layer does not: it would change nothing, silently."""
    control_kind = None if layer.control_kind is None else ControlKind(layer.control_kind)
    kind = LayerKind(layer.kind)
    if wanted is not None and wanted != (kind, control_kind):
        raise DeliveryRefusedError(
            f"Layer {layer.slug} is of kind {layer.control_kind or layer.kind}, not {request.kind}.", field="kind"
        )
    facts = {name: getattr(request, name) for name in ("title_zh", "title_en", "accuracy_m", "mandatory")}
    others = {name: said for name, said in facts.items() if said is not None and said != getattr(layer, name)}
    if others:
        said = ", ".join(f"{name} {value!r} (the layer has {getattr(layer, name)!r})" for name, value in others.items())
        raise DeliveryRefusedError(
            f"Layer {layer.slug} exists, and an import does not change it: {said}. "
            f"`duogui layers edit {layer.slug}` does.",
            field="to",
        )
    return Target(layer.id, kind, control_kind)


def _refuse_bad_facts(request: ImportRequest) -> None:
    if request.accuracy_m is not None and not 0 <= request.accuracy_m < float("inf"):
        raise DeliveryRefusedError(f"The accuracy is a length in metres, not {request.accuracy_m}.", field="accuracy_m")
    if not SLUG.fullmatch(request.to) or request.to in RESERVED_SLUGS:
        raise DeliveryRefusedError(
            f"{request.to!r} cannot name a layer: use small letters, digits and _, start with a letter, and leave "
            f"{', '.join(sorted(RESERVED_SLUGS))} to the results.",
            field="to",
        )
