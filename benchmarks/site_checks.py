"""May this land be used for that: sites of 20 ha, one by one, against thirty layers, eight clients at once, and ten thousand sites."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np
import pandas as pd
import psycopg
import pyproj
import shapely
from sqlalchemy import Engine, TextClause, text

from app.db.sessions import read_session
from app.figures import share
from app.site_checks.answering import read_ground
from app.site_checks.asking import Asked, RulesInForce
from app.site_checks.computing import CHUNK, Computation, compute
from app.site_checks.layer_coverage import covered_shares
from app.site_checks.nearby import read_controls_near
from app.site_checks.questions import Question
from app.site_checks.sites import Sites, make_sites
from app.site_checks.zone_overlaps import measure_zone_overlaps
from benchmarks.contestants import AREA, Contestant
from benchmarks.model import OF, Case, Goal, ratio_of
from benchmarks.plain_rules import plain_rules
from benchmarks.site_ground import ACCURACY_M, AS_OF, draw_sites, ground_engine
from gis.boundary_band import widened_bounds
from gis.crs import from_area_plane
from gis.rules import Verdict, worst

__all__ = ["CASES"]

_CRS84: Final = pyproj.CRS.from_user_input("OGC:CRS84")
_QUESTION: Final = Question(
    use_code="100101", activity_code="none", takes_new_construction_land=False, county_code="430121", as_of=AS_OF
)
#: Of few sites the median would be that of the two in the middle, between those on a border and the others.
_ONE_BY_ONE: Final = 240
_CLIENTS, _ASKED_BY_CLIENTS = 8, 160
_MANY, _MANY_SIDE_M = 10_000, 100.0
#: Red lines with fewer vertices are those of a city for trying things out.
_COARSE_VERTICES: Final = 1000

#: What the rules ask of a zone: the part and its area, the distance, and the least and the most that the area can be as its border was surveyed.
_PLAIN: Final = text(
    """
select a.layer_id, coalesce(a.zone, ''), ST_Area(ST_Union(ST_Intersection(a.geom, s.geom))), min(ST_Distance(a.geom, s.geom)),
       ST_AsBinary(ST_Union(ST_Intersection(a.geom, s.geom))),
       ST_Area(ST_Union(ST_Intersection(ST_Buffer(a.geom, -:accuracy), s.geom))),
       ST_Area(ST_Union(ST_Intersection(ST_Buffer(a.geom, :accuracy), s.geom)))
  from (select ST_GeomFromWKB(:site) as geom) s join plain_area a on ST_DWithin(a.geom, s.geom, :accuracy)
 group by 1, 2
"""
)
_PLAIN_AREAS: Final = text(
    """
select a.layer_id, coalesce(a.zone, ''), ST_Area(ST_Union(ST_Intersection(a.geom, s.geom))), min(ST_Distance(a.geom, s.geom))
  from (select ST_GeomFromWKB(:site) as geom) s join plain_area a on ST_DWithin(a.geom, s.geom, :accuracy)
 group by 1, 2
"""
)
_PLAIN_COVERAGE: Final = text(
    "select layer_id, ST_Area(ST_Difference(ST_GeomFromWKB(:site), geom)) from plain_coverage"
)
_RULE_COVERAGE: Final = b"""
select layer_id, case when ST_Area(ST_Difference(s.geom, c.geom)) <= 1e-9 * ST_Area(s.geom) then 'PASS' else 'NO_DATA' end,
       1 - ST_Area(ST_Difference(s.geom, c.geom)) / ST_Area(s.geom)
  from (select ST_GeomFromWKB(%(site)s) as geom) s cross join plain_coverage c
"""
_LAYERS: Final = b"select control_kind, array_agg(id order by id) from layer where kind = 'control_area' group by 1"
#: In the place of a zone: what a layer says of a site as a whole.
_WHOLE_LAYER: Final = "(layer)"


#: Number of the site, layer, and what is said of it: zone, rule, verdict, certainty and area.
_JudgedRow: TypeAlias = tuple[int, str, tuple[str, str, str, str, float]]


class _OnGround(Contestant):
    """Works on the ground that the first of them makes."""

    uses_postgres = True
    count: ClassVar[int] = _ONE_BY_ONE
    side_m: ClassVar[float | None] = None
    engine: Engine
    squares: Any
    took: list[float]

    def prepare(self) -> None:
        assert self.inputs.postgres is not None
        red_lines = self.inputs.frame("red_line_of_100000")
        is_full = shapely.get_num_coordinates(red_lines.geometry.to_numpy()).max() > _COARSE_VERTICES
        scale = 1.0 if is_full else 0.01
        self.engine = ground_engine(self.inputs.postgres, red_lines, scale)
        side = {} if self.side_m is None else {"side_m": self.side_m}
        self.squares = draw_sites(red_lines, self.count, **side)
        self.took = []

    def timed(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever the work makes
        start = time.perf_counter()
        result = work()
        self.took.append(time.perf_counter() - start)
        return result

    def facts(self) -> dict[str, float]:
        if not self.took:
            return {}
        return {"median_ms": 1000 * float(np.median(self.took)), "p99_ms": 1000 * float(np.quantile(self.took, 0.99))}

    def facts_of_borders(self) -> dict[str, float]:
        """Return the medians of the sites on the border of a red line, which is every other one of those asked in turn, and of the others."""
        if not self.took:
            return {}
        return {
            "border_median_ms": 1000 * float(np.median(self.took[::2])),
            "elsewhere_median_ms": 1000 * float(np.median(self.took[1::2])),
        }

    def sites(self, squares: Any) -> Sites:  # noqa: ANN401  geometries
        return make_sites(from_area_plane(squares), _CRS84, [{}] * len(squares), county_code="430121")


class OneByOne(_OnGround):
    """The service's answer, whole: every rule judged and explained, with geometry; not stored."""

    name = "duogui"

    def prepare(self) -> None:
        super().prepare()
        self.ask(self.squares[-1])

    def ask(self, square: shapely.Geometry) -> dict[str, Any]:
        sites = self.sites(np.array([square], dtype=object))
        with read_session(self.engine) as session:
            _, (found,) = compute(session, sites, _QUESTION)
            return found

    def run(self) -> list[_JudgedRow]:
        # Outside the time an answer becomes the rows that are compared, and is let go: a service keeps none either, and memory in which hundreds are kept
        # is no memory in which one is made.
        return [
            row
            for number, square in enumerate(self.squares)
            for row in _judged_rows(number, self.timed(partial(self.ask, square)))
        ]

    def facts(self) -> dict[str, float]:
        return super().facts() | self.facts_of_borders()

    def answer(self, result: list[_JudgedRow]) -> pd.DataFrame:
        return _judged_table(result, shapely.area(self.squares))


class PlainRules(_OnGround):
    """The same rules as SQL: one prepared statement a rule over the areas as they were delivered, with an index, and one for the coverage.

    Each finds the verdict, area, share, class, certainty and part of every zone of the rule's layers. Nothing is explained, and no law is cited.
    """

    name = "PostGIS, unsplit layers, rule by rule"
    clips: ClassVar[bool] = False

    def prepare(self) -> None:
        super().prepare()
        # The server's own choice between a plan for each site and one for all.
        self.connection = psycopg.connect(
            self.engine.url.set(drivername="postgresql").render_as_string(), autocommit=True
        )
        layers = dict(self.connection.execute(_LAYERS).fetchall())
        with read_session(self.engine) as session:
            ground = read_ground(session, _QUESTION, AS_OF, datetime.now(UTC))
        self.rules = plain_rules(
            ground.book.catalog,
            ground.parameters,
            layers,
            as_of=AS_OF,
            region="430121",
            activity="none",
            accuracy_m=ACCURACY_M,
            clips=self.clips,
        )
        self.ask(self.squares[-1])

    def ask(self, square: shapely.Geometry) -> tuple[list[tuple[Any, ...]], dict[int, tuple[str, float]]]:
        found = [(rule.rule_id, *row) for rule in self.rules for row in rule.ask(self.connection, square)]
        known = self.connection.execute(_RULE_COVERAGE, {"site": shapely.to_wkb(square)}, prepare=True).fetchall()
        # The worst decides.
        layers = {
            layer: (worst([Verdict(verdict), *(Verdict(row[3]) for row in found if row[1] == layer)]).value, covered)
            for layer, verdict, covered in known
        }
        return found, layers

    def run(self) -> list[Any]:
        return [self.timed(partial(self.ask, square)) for square in self.squares]

    def facts(self) -> dict[str, float]:
        return super().facts() | self.facts_of_borders()

    def answer(self, result: list[Any]) -> pd.DataFrame:
        slugs: dict[int, str] = dict(self.connection.execute(b"select id, slug from layer").fetchall())
        areas = shapely.area(self.squares)
        rows = [
            (number, slugs[layer], said)
            for number, (found, layers) in enumerate(result)
            for layer, said in (
                *((row[1], (row[2], row[0], row[3], row[8], row[4])) for row in found),
                *(
                    (layer, (_WHOLE_LAYER, "", verdict, "", share(covered) * areas[number]))
                    for layer, (verdict, covered) in layers.items()
                ),
            )
        ]
        return _judged_table(rows, areas)


class ClippedRules(PlainRules):
    """The same, but cut to what lies around the site first: what a hand does that knows where the time goes."""

    name = "PostGIS, rule by rule, areas cut to the surroundings of the site first"
    clips = True


class Plain(_OnGround):
    """What the rules ask of overlaps, distances, certainty and coverage in one statement a site, grouped: it judges, explains and writes nothing."""

    name = "PostGIS, unsplit layers, one grouped statement, judges nothing"
    answers_part = True
    statement: ClassVar[TextClause] = _PLAIN

    def prepare(self) -> None:
        super().prepare()
        self.connection = self.engine.connect()
        self.ask(self.squares[-1])

    def ask(self, square: shapely.Geometry) -> list[Any]:
        site = {"site": shapely.to_wkb(square), "accuracy": ACCURACY_M}
        met = self.connection.execute(self.statement, site).all()
        assert len(self.connection.execute(_PLAIN_COVERAGE, site).all()) > 1
        return list(met)

    def run(self) -> list[list[Any]]:
        return [self.timed(partial(self.ask, square)) for square in self.squares]

    def facts(self) -> dict[str, float]:
        return super().facts() | self.facts_of_borders()

    def answer(self, result: list[list[Any]]) -> pd.DataFrame:
        named = self.connection.execute(text("select id, slug from layer")).all()
        slugs: dict[int, str] = {row[0]: row[1] for row in named}
        areas = shapely.area(self.squares).tolist()
        rows = [
            (number, slugs[layer_id], zone, area, areas[number])
            for number, met in enumerate(result)
            for layer_id, zone, area, *_ in met
            if area
        ]
        return _table(rows)


class PlainAreas(Plain):
    """The areas and distances alone: nothing of what the survey's accuracy leaves of them, and no geometry to show."""

    name = "PostGIS, unsplit layers, one grouped statement, areas alone"
    statement = _PLAIN_AREAS


class Oracle(PlainRules):
    """What all have to answer."""

    name = "oracle"


class EightClients(OneByOne):
    """Eight threads of one process that ask at once, as requests do; the second number of each is under the same load."""

    name = "duogui, 8 clients"
    count = _ASKED_BY_CLIENTS

    def run(self) -> list[_JudgedRow]:
        def rows_of(number: int) -> list[_JudgedRow]:
            return _judged_rows(number, self.timed(partial(self.ask, self.squares[number])))

        with ThreadPoolExecutor(_CLIENTS) as pool:
            return [row for rows in pool.map(rows_of, range(self.count)) for row in rows]

    def facts(self) -> dict[str, float]:
        return _OnGround.facts(self)

    def answer(self, result: list[_JudgedRow]) -> pd.DataFrame:
        asked = len({number for number, _, _ in result})
        assert asked == self.count
        return _table([(0, "asked", "", float(asked), float(asked))])


class Many(_OnGround):
    """Ten thousand sites in one call."""

    name = "duogui"
    count = _MANY
    side_m = _MANY_SIDE_M

    def run(self) -> float:
        with read_session(self.engine) as session:
            answers = Computation(session, self.sites(self.squares), _QUESTION).chunks()
            return sum(_overlap_m2(answer) for chunk in answers for answer in chunk)

    def answer(self, result: float) -> pd.DataFrame:
        return _table([(0, "sum", "", result, result)])


class EngineAlone(_OnGround):
    """The same sites and areas: read, overlaid, their certainty and coverage measured; nothing is judged, explained or written."""

    name = "the engine alone"
    count = _MANY
    side_m = _MANY_SIDE_M

    def run(self) -> float:
        sites = self.sites(self.squares)
        total = 0.0
        with read_session(self.engine) as session:
            moment = datetime.now(UTC)
            ground = read_ground(session, _QUESTION, AS_OF, moment)
            in_force = [(layer, version) for layer, version in ground.controls if version is not None]
            for start in range(0, len(sites), CHUNK):
                places = sites.take(range(start, min(start + CHUNK, len(sites)))).places()
                asked = Asked(
                    places, sites.source, _QUESTION.facts(), RulesInForce(), ground.parameters, AS_OF, "430121"
                )
                boxes = widened_bounds(places.shapes, 1.5)
                controls = read_controls_near(session, in_force, boxes, moment, ground.coverages)
                for found in measure_zone_overlaps(asked, controls).values():
                    total += sum(row["overlap_area_m2"] for row in found.rows)
                for control in controls:
                    assert control.data is not None
                    covered_shares(asked, control.data)
        return total

    def answer(self, result: float) -> pd.DataFrame:
        return _table([(0, "sum", "", result, result)])


def _overlap_m2(site: dict[str, Any]) -> float:
    return sum(
        finding["overlap_area_m2"]
        for layer in site["layers"]
        for finding in layer["findings"]
        if finding["relation"] == "overlap"
    )


def _judged_rows(number: int, site: dict[str, Any]) -> list[_JudgedRow]:
    """Return what an answer says of each zone of each layer, and of each layer as a whole."""
    return [
        (number, layer["layer"], said)
        for layer in site["layers"]
        for said in (
            *(
                (
                    finding["zone"] or "",
                    finding["rule_id"],
                    finding["verdict"],
                    finding["certainty"] or "",
                    finding["overlap_area_m2"],
                )
                for finding in layer["findings"]
                if finding["relation"] in {"overlap", "near"}
            ),
            (_WHOLE_LAYER, "", layer["verdict"], "", layer["covered_share"] * site["area_m2"]),
        )
    ]


def _judged_table(rows: Sequence[_JudgedRow], areas: Sequence[float]) -> pd.DataFrame:
    """Put judged rows together: verdicts are keys, so that another verdict is a row that the other answer lacks.

    A row that would have no area, of a zone that only comes near, has that of the site: without an area it would be missed by nobody.
    """
    return pd.DataFrame(
        [
            (number, layer, zone, rule, verdict, certainty, area or areas[number], areas[number])
            for number, layer, (zone, rule, verdict, certainty, area) in rows
        ],
        columns=["site", "layer", "zone", "rule", "verdict", "certainty", AREA, OF],
    )


def _table(rows: Sequence[tuple[int, str, str, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["site", "layer", "zone", AREA, OF])


def _medians(text_: str, faster: str, slower: str, limit: float, fact: str = "median_ms") -> Goal:
    return Goal(
        text_,
        (faster, slower),
        lambda medians, _: medians[slower].facts[fact] / medians[faster].facts[fact],
        limit,
    )


CASES: Final = (
    Case(
        key="site-check",
        title="A site of 20 ha against thirty layers",
        note="A million areas in 24 layers, red lines of 100,000 vertices in six; every other site lies on the border of a red line. "
        "One question after the other over one connection; the median of the single questions counts. Duogui's answer is the whole one: judged, "
        "explained in two languages, with law, remedy, and geometry as JSON. The goals are about the same rules as SQL, rule by rule: for every rule in "
        "force about these layers a prepared statement, written from the same rule data, over the areas as they were delivered, with an index; it finds "
        "verdict, area, share, mean width, class, certainty by the survey's accuracy and part of every zone, and the coverage. Site, layer, zone, rule, verdict and "
        "certainty have to be equal, and areas within a hundredth of a square metre, before a time counts. The other rows are no such goal: the same rules by a "
        "hand that cuts every area to the surroundings of the site first, which no longer is plain SQL over unsplit layers; one statement that groups the zones of "
        "all layers and measures (area, part, distance, the area with the border moved inwards and outwards, the coverage), judges nothing and answers no rule; "
        "and the same without the survey's accuracy and parts.",
        layers=("red_line_of_100000",),
        contestants=(OneByOne, PlainRules, ClippedRules, Plain, PlainAreas),
        oracle=Oracle,
        # Answers are rounded to a hundredth of a square metre.
        absolute_tolerance_m2=0.0051,
        goals=(
            _medians(
                "A site check: against the same rules as plain SQL over unsplit layers",
                OneByOne.name,
                PlainRules.name,
                10,
            ),
            _medians(
                "A site check on the border of a red line of 100,000 vertices: against the same",
                OneByOne.name,
                PlainRules.name,
                10,
                "border_median_ms",
            ),
        ),
    ),
    Case(
        key="site-check-clients",
        title="Eight clients that ask about sites of 20 ha at once",
        note="The same ground; 160 questions by eight threads of one process.",
        layers=("red_line_of_100000",),
        contestants=(EightClients,),
        goals=(
            Goal(
                "A site check with 8 clients: the slowest of a hundred over the median",
                (EightClients.name,),
                lambda medians, _: (
                    medians[EightClients.name].facts["p99_ms"] / medians[EightClients.name].facts["median_ms"]
                ),
                4,
                at_most=True,
            ),
        ),
    ),
    Case(
        key="site-check-batch",
        title="Ten thousand sites in one call",
        note="Sites of one hectare on the same ground.",
        layers=("red_line_of_100000",),
        contestants=(Many, EngineAlone),
        goals=(ratio_of("Ten thousand site checks: against the engine alone", Many.name, EngineAlone.name, 2),),
    ),
)
