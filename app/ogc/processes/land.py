"""The scans of land after its approval (批后监管) as processes."""

from typing import Any

from app.db.models import Job
from app.db.sessions import WriteSession
from app.jobs import service
from app.jobs.kinds import EVIDENCE, IDLE_SCAN, LAND_SCAN
from app.jobs.schemas import EvidenceRunRequest, IdleScanRequest, LandScanRequest
from app.keys.access import Scope
from app.ogc.processes.model import Output, Place, Process


def start_idle_scan(session: WriteSession, inputs: IdleScanRequest, _place: Place) -> Job:
    """Store the job of a scan for idle land."""
    return service.start_idle_scan(session, as_of=inputs.as_of)


def start_land_scan(session: WriteSession, inputs: LandScanRequest, _place: Place) -> Job:
    """Store the job of a scan of land after its approval."""
    return service.start_land_scan(session, topics=inputs.topics, as_of=inputs.as_of)


def start_evidence_run(session: WriteSession, inputs: EvidenceRunRequest, _place: Place) -> Job:
    """Store the job of a look at land through the registered scenes."""
    return service.start_evidence_run(session, as_of=inputs.as_of, buildings=inputs.buildings)


PROCESSES: tuple[Process[Any], ...] = (
    Process(
        id=IDLE_SCAN,
        title="闲置土地扫描 / Scan for idle land",
        description="按合同与开工事实扫描闲置土地;结果存为集合 idle_cases / Scans all current contracts for idle land; what it flags is the "
        "collection idle_cases.",
        inputs=IdleScanRequest,
        start=start_idle_scan,
        outputs={"result": Output("扫描的汇总 / The scan and its sums")},
        scope=Scope.WRITE,
        keywords=("idle land", "闲置土地"),
    ),
    Process(
        id=LAND_SCAN,
        title="批后监管扫描 / Scan of land after its approval",
        description="低效用地、僵尸企业、批而未供、囤地等专题扫描 / Looks for low-efficiency land, zombie firms, land that was approved and not "
        "supplied, hoarding, expired terms and data faults; the findings are at /land-findings.",
        inputs=LandScanRequest,
        start=start_land_scan,
        outputs={"result": Output("各专题的汇总 / The scans and their sums")},
        scope=Scope.WRITE,
        keywords=("low-efficiency land", "supervision", "批后监管"),
    ),
    Process(
        id=EVIDENCE,
        title="影像举证 / Evidence from imagery",
        description="以已登记的影像与建筑轮廓核对合同申报的动工与开发情况 / Measures the registered scenes, and outlines of buildings, over the land of "
        "all contracts and lays them beside what the contracts say; the evidence is at /land-evidence.",
        inputs=EvidenceRunRequest,
        start=start_evidence_run,
        outputs={"result": Output("举证的汇总 / The run and its sums")},
        scope=Scope.WRITE,
        keywords=("zonal statistics", "imagery", "影像举证"),
    ),
)
