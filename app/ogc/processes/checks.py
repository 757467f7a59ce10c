"""The checks as processes: a layer of parcels against the control lines, and sites against every rule."""

from typing import Any

from app.db.models import Job
from app.db.sessions import WriteSession
from app.jobs import service
from app.jobs.kinds import CHECK_RUN, SITE_CHECK, SITE_SEARCH
from app.jobs.schemas import CheckRunRequest
from app.ogc.processes.model import Output, Place, Process
from app.site_checks.endpoints import SiteCheckRequest
from app.site_checks.jobs import start_site_check
from app.site_search.jobs import start_site_search
from app.site_search.schemas import SearchRequest


def start_layer_check(session: WriteSession, inputs: CheckRunRequest, _place: Place) -> Job:
    """Store the job of a check of a layer."""
    return service.start_check_run(session, target=inputs.target, layers=inputs.layers, as_of=inputs.as_of)


def start_check_of_sites(session: WriteSession, inputs: SiteCheckRequest, _place: Place) -> Job:
    """Read the sites and store the job of their check."""
    return start_site_check(session, inputs.read_sites(session), inputs.question())


def start_search(session: WriteSession, inputs: SearchRequest, _place: Place) -> Job:
    """Store the job of a search."""
    return start_site_search(session, inputs)


PROCESSES: tuple[Process[Any], ...] = (
    Process(
        id=CHECK_RUN,
        title="图层合规检查 / Check of a layer of parcels",
        description="一个宗地图层与各管控线逐宗比对;结果存为集合 findings / Compares every parcel of a layer with the control areas; what it "
        "finds is the collection findings.",
        inputs=CheckRunRequest,
        start=start_layer_check,
        outputs={"result": Output("检查的汇总 / The run and its sums")},
        keywords=("check", "control lines", "合规检查"),
    ),
    Process(
        id=SITE_CHECK,
        title="选址合规检查 / May these sites be used for that",
        description="对选址逐条规则、逐个图层给出结论、法条、面积和依据,并存档 / Answers sites rule by rule and layer by layer, with the "
        "verdict, the article and the areas, and stores the answer. The answer to more than 200 sites is the stored one, /site-checks/{id}.",
        inputs=SiteCheckRequest,
        start=start_check_of_sites,
        outputs={"result": Output("结论 / The answer, or its number and verdict where there are many sites")},
        at_once=True,
        keywords=("site", "check", "选址"),
    ),
    Process(
        id=SITE_SEARCH,
        title="找地 / Find a site",
        description="按面积、用途、必须与禁止的条件、距离和控制指标查找宗地,按结论和理由排序 / Looks for parcels, or groups of neighbours, that "
        "suit a use and keep conditions, ranked with the reasons for and against.",
        inputs=SearchRequest,
        start=start_search,
        outputs={"result": Output("候选地块 / What was found, the best first")},
        at_once=True,
        keywords=("site", "search", "找地", "选址"),
    ),
)
