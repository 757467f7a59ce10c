"""Which layers can take a blueprint: none that holds something else."""

from sqlalchemy.orm import Session

from app.db.models import LayerKind, PlanComparison
from app.layers.kinds import RESERVED_SLUGS, SLUG
from app.layers.repository import find_layer
from app.plans.errors import BlueprintRefusedError
from app.plans.inputs import compared_slugs
from app.plans.repository import newest_of_a_delivered_plan


def require_layer_for_blueprint(session: Session, row: PlanComparison, slug: str) -> None:
    """Refuse to draw the blueprint of a comparison into a layer that holds something else, such as one of the plans themselves.

    Raises
    ------
    BlueprintRefusedError
    """
    if not SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        what = "the name of a layer: small letters, digits and underscores"
        raise BlueprintRefusedError.of_layer(slug, "which cannot name a layer", what)
    if slug in compared_slugs(session, [*row.plans, *row.lines]):
        what = "a layer of its own: published there, the blueprint would take the place of what it was drawn from"
        raise BlueprintRefusedError.of_layer(slug, f"one of the layers of comparison {row.id}", what)
    layer = find_layer(session, slug)
    if layer is None:
        return
    if layer.kind != LayerKind.PLAN:
        raise BlueprintRefusedError.of_layer(slug, f"of kind {layer.kind}", "a layer of kind plan")
    delivered = newest_of_a_delivered_plan(session, layer.id)
    if delivered is not None:
        found = f"a plan of its own (version {delivered.number} is {delivered.source_name!r})"
        raise BlueprintRefusedError.of_layer(slug, found, "a layer that is empty or holds blueprints")
