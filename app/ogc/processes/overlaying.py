"""The overlay of any two polygon collections as a process."""

from typing import Any

from app.db.models import Job
from app.db.sessions import WriteSession
from app.jobs.kinds import OVERLAY
from app.ogc.processes.model import Output, Place, Process
from app.overlays.jobs import ENDINGS_OF, is_quick, start_overlay
from app.overlays.schemas import CollectionOverlay

MEDIA_TYPES = tuple(ENDINGS_OF)


def start(session: WriteSession, inputs: CollectionOverlay, place: Place) -> Job:
    """Store the job of an overlay; its table is written as it was asked for."""
    media_type = place.media_types.get("table", MEDIA_TYPES[0])
    return start_overlay(
        session, inputs, media_type=media_type, has_key=place.has_key, data_dir=place.data_dir, base_url=place.base_url
    )


PROCESSES: tuple[Process[Any], ...] = (
    Process(
        id=OVERLAY,
        title="叠加分析 / Overlay of two collections",
        description="两个面状集合叠加:逐对面积或按字段汇总,平方米、公顷、亩及占比,说明已知范围 / Measures which part of every feature of A the "
        "features of B cover: pairs or totals by fields, in m², ha and mu with shares, and how far B is known. Each side may be filtered by "
        "CQL2 and have a day of its own. The pairs may be kept as the collection overlay_pairs.",
        inputs=CollectionOverlay,
        start=start,
        outputs={
            "summary": Output("汇总与已知范围 / Sums, and how far B is known", member="summary"),
            "table": Output("明细表 / The pairs or totals", member="table", media_types=MEDIA_TYPES, is_file=True),
        },
        at_once=True,
        is_quick=is_quick,
        keywords=("overlay", "intersection", "叠加"),
    ),
)
