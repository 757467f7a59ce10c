"""What writes files, as processes: the export of a collection and planning-basis sheets."""

from typing import Any

from app.db.models import Job
from app.db.sessions import WriteSession
from app.exports.jobs import start_export
from app.exports.offered import OFFERED
from app.exports.schemas import ExportOrder
from app.extracts.archive import enqueue_sheets
from app.extracts.schemas import SheetsRequest
from app.jobs.kinds import EXPORT, SHEETS
from app.ogc.processes.model import Output, Place, Process

EXPORT_MEDIA_TYPES = tuple(dict.fromkeys(item.media_type for item in OFFERED.values()))


def start_export_of_collection(session: WriteSession, inputs: ExportOrder, place: Place) -> Job:
    """Store the job of an export."""
    return start_export(session, inputs, place.data_dir)


def start_sheets(session: WriteSession, inputs: SheetsRequest, place: Place) -> Job:
    """Store the job of many sheets."""
    return enqueue_sheets(session, inputs, data_dir=place.data_dir, base_url=place.base_url)


PROCESSES: tuple[Process[Any], ...] = (
    Process(
        id=EXPORT,
        title="导出 / Export of a collection",
        description="将集合全部或筛选后导出为文件 / Writes a collection, whole or filtered, to a file in the format `f`.",
        inputs=ExportOrder,
        start=start_export_of_collection,
        outputs={
            "result": Output("导出说明 / What was written, shortened and left out"),
            "file": Output("文件 / The file", media_types=("application/octet-stream",), is_file=True),
        },
        keywords=("export", "download", "导出"),
    ),
    Process(
        id=SHEETS,
        title="规划依据图 / Planning-basis sheets",
        description="批量出具规划依据图,打包为 ZIP / Issues the planning-basis sheets of many parcels, or of all sites of site checks, into one ZIP "
        "archive, to which the result links.",
        inputs=SheetsRequest,
        start=start_sheets,
        outputs={"result": Output("出具结果与压缩包地址 / What was issued, and where the archive is")},
        keywords=("sheet", "extract", "规划依据图"),
    ),
)
