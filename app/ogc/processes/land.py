"""The scans of land after its approval (批后监管) as processes."""

from typing import Any

from app.cases.schemas import PlanRequest
from app.db.models import Job
from app.db.sessions import WriteSession
from app.jobs import service
from app.jobs.kinds import EVIDENCE, IDLE_CHANGES, IDLE_PLAN, IDLE_SCAN, IDLE_STATISTICS, LAND_SCAN
from app.jobs.schemas import (
    EvidenceRunRequest,
    IdleChangesRequest,
    IdleScanRequest,
    IdleStatisticsRequest,
    LandScanRequest,
)
from app.keys.access import Scope
from app.ogc.processes.model import Output, Place, Process


def start_idle_scan(session: WriteSession, inputs: IdleScanRequest, _place: Place) -> Job:
    """Store the job of a scan for idle land."""
    return service.start_idle_scan(session, as_of=inputs.as_of, target=inputs.target)


def start_idle_statistics(session: WriteSession, inputs: IdleStatisticsRequest, _place: Place) -> Job:
    """Store the job of a measurement of the rates."""
    return service.start_idle_statistics(session, as_of=inputs.as_of)


def start_idle_changes(session: WriteSession, inputs: IdleChangesRequest, _place: Place) -> Job:
    """Store the job of a comparison of two scans."""
    return service.start_idle_changes(session, former=inputs.former, latter=inputs.latter)


def start_idle_plan(session: WriteSession, inputs: PlanRequest, _place: Place) -> Job:
    """Store the job of a plan of recovery."""
    return service.start_idle_plan(session, inputs.model_dump(mode="json"))


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
        id=IDLE_STATISTICS,
        title="闲置率与供地率 / Idle rate and supply rate",
        description="按园区和年度计算土地闲置率、供地率及多年平均 / Measures the idle rate and the supply rate of every zone at the ends of the last "
        "years and on the day, each by the facts and the law of that day, and their means: as /idle-statistics, for any number of contracts.",
        inputs=IdleStatisticsRequest,
        start=start_idle_statistics,
        outputs={"result": Output("各园区、各年度的比率 / The rates by zone and year")},
        keywords=("statistics", "idle rate", "闲置率", "供地率"),
    ),
    Process(
        id=IDLE_CHANGES,
        title="两次扫描的变化 / What changed between two scans",
        description="比较两次闲置土地扫描:新增、消失、变化及其原因 / Tells which contracts are flagged anew, no more or otherwise from one scan to "
        "another, and why: as /idle-scan-changes, for any number of contracts.",
        inputs=IdleChangesRequest,
        start=start_idle_changes,
        outputs={"result": Output("变化及原因 / The changes, each with its reason")},
        scope=Scope.WRITE,
        keywords=("changes", "idle land", "变化"),
    ),
    Process(
        id=IDLE_PLAN,
        title="收回计划 / Which cases to take first",
        description="在人力、资金限额内选择先办案件以满足用地需求,逐案说明理由;不存储、不决定 / Chooses the cases that serve most of a demand for land "
        "within limits of officers and money, with the reason why each is in or out; nothing is stored or decided.",
        inputs=PlanRequest,
        start=start_idle_plan,
        outputs={"result": Output("收回计划 / The plan, case by case")},
        scope=Scope.WRITE,
        keywords=("recovery", "planning", "收回"),
    ),
    Process(
        id=LAND_SCAN,
        title="批后监管扫描 / Scan of land after its approval",
        description="低效用地、僵尸企业、批而未供、囤地等专题扫描 / Looks for low-efficiency land, zombie firms, land that was approved and not "
        "supplied, hoarding, expired terms and data faults; the findings are the collection land_findings, and with their measures at "
        "/land-findings.",
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
