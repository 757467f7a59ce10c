"""The benchmarks at a tiny scale: nobody is left out without a word, and a wrong answer has no time."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from benchmarks.__main__ import main
from benchmarks.city import LAYERS, City
from benchmarks.contestants import AREA, Contestant, Inputs
from benchmarks.measuring import Measurement, missing_modules
from benchmarks.model import OF, Case, Difference, Goal, compare, faster_than, ratio_of
from benchmarks.record import read_record, write_record
from benchmarks.report import render
from benchmarks.running import CaseResult, Options, Outcome, run_contestant
from benchmarks.suite import CASES, find_contestant
from gis.crs import AREA_PLANE


class _Ours(Contestant):
    name = "ours"

    def prepare(self) -> None: ...

    def run(self) -> None: ...

    def answer(self, result: None) -> pd.DataFrame:
        return pd.DataFrame({"id": [1], AREA: [1.0]})


class _Peer(_Ours):
    name = "peer"
    modules = ("a_module_that_nobody_has",)


def case_of(*goals: Goal) -> Case:
    return Case(key="case", title="A case", note="A note.", layers=("parcel",), contestants=(_Ours, _Peer), goals=goals)


def result_of(case: Case, ours: list[float], peer: list[float], problem: str = "") -> CaseResult:
    def outcome(times: list[float], problem: str = "") -> Outcome:
        return Outcome([Measurement(wall_s=time, cpu_s=time, peak_bytes=2**30) for time in times], problem=problem)

    return CaseResult(case, {"ours": outcome(ours), "peer": outcome(peer, problem)}, "0 0 0")


def test_a_run_writes_a_report_in_which_what_is_absent_is_named(tmp_path: Path):
    report = tmp_path / "RESULTS.md"
    code = main(["--scale", "0.002", "--runs", "1", "--only", "areas", "--no-postgis", "--report", str(report)])
    text = report.read_text(encoding="utf-8")
    assert code == 0
    assert "| duogui |" in text
    assert "| ellipsoidal areas: against pyproj | ≥ 7 x |" in text
    assert "| PostGIS | not used |" in text


def test_a_later_run_of_some_cases_leaves_the_others_in_the_report(tmp_path: Path):
    report = tmp_path / "RESULTS.md"
    for only in ("areas", "merging"):
        assert main(["--scale", "0.002", "--runs", "1", "--only", only, "--no-postgis", "--report", str(report)]) == 0
    text = report.read_text(encoding="utf-8")
    assert [CASES[key].title in text for key in ("areas", "merging", "overlay")] == [True, True, False]


def test_what_was_measured_is_read_again_as_it_was_written(tmp_path: Path):
    case = case_of(faster_than("against the peer", "ours", ("peer",), 2))
    measured = replace(result_of(case, [1.0, 1.5], [2.0, 3.0]), settings="Scale 1.", machine={"cores": "2"})
    measured.outcomes["peer"].difference = Difference(3, 0.1, 1e-9, 0)
    write_record(tmp_path / "RESULTS.json", [measured])
    assert read_record(tmp_path / "RESULTS.json", {"case": case}) == {"case": measured}


def test_a_case_whose_contestants_changed_is_not_taken_from_the_record(tmp_path: Path):
    case = case_of()
    write_record(tmp_path / "RESULTS.json", [result_of(case, [1.0], [2.0])])
    assert read_record(tmp_path / "RESULTS.json", {"case": replace(case, contestants=(_Ours,))}) == {}
    assert read_record(tmp_path / "absent.json", {"case": case}) == {}


def test_cases_of_different_machines_name_them():
    case = case_of()
    one = replace(result_of(case, [1.0], [2.0]), machine={"cores": "2"})
    other = replace(result_of(replace(case, title="Another"), [1.0], [2.0]), machine={"cores": "8"})
    text = render([one, other])
    assert text.count("## Machine") == 2
    assert (
        text.index("Of: A case.")
        < text.index("| cores | 2 |")
        < text.index("Of: Another.")
        < text.index("| cores | 8 |")
    )


def test_without_a_database_its_contestants_say_so(tmp_path: Path):
    case = CASES["stored"]
    outcome = Outcome()
    run_contestant(case, case.contestants[0], outcome, Inputs(tmp_path), Options(), None)
    assert outcome.problem == "not installed: no PostGIS on this machine"


def test_a_peer_that_is_not_installed_is_not_run(tmp_path: Path):
    outcome = Outcome()
    run_contestant(case_of(), _Peer, outcome, Inputs(tmp_path), Options(), None)
    assert outcome.problem == "not installed: a_module_that_nobody_has"


def test_a_peer_that_is_not_installed_is_known_by_its_modules():
    assert missing_modules(_Peer) == ["a_module_that_nobody_has"]
    assert missing_modules(_Ours) == []


def test_a_peer_without_times_keeps_its_row_and_its_goal_is_not_measured():
    case = case_of(faster_than("against the peer", "ours", ("peer",), 2))
    text = render([result_of(case, [1.0], [], "not installed: peer")])
    assert "| peer | not installed: peer |" in text
    assert "| against the peer | ≥ 2 x |  | not measured: peer |" in text


@pytest.mark.parametrize(("peer", "verdict"), [([3.0, 9.0, 3.0], "met"), ([1.5, 9.0, 1.5], "**not met**")])
def test_a_goal_is_judged_by_the_median_of_the_runs(peer: list[float], verdict: str):
    case = case_of(faster_than("against the peer", "ours", ("peer",), 2))
    text = render([result_of(case, [1.0, 1.0, 1.0], peer)])
    assert f"| against the peer | ≥ 2 x | {peer[0]:.2f} x | {verdict} |" in text


def test_a_number_that_is_told_beside_a_goal_is_neither_met_nor_missed():
    case = case_of(faster_than("one after the other", "ours", ("peer",), None))
    text = render([result_of(case, [1.0], [0.5])])
    assert "| one after the other | told only | 0.50 x |  |" in text


def test_further_numbers_are_medians_of_the_runs_too():
    goal = Goal("a fact", ("ours",), lambda medians, _: medians["ours"].facts["median_ms"], 2, at_most=True)
    case = case_of(goal)
    outcomes = {
        "ours": Outcome([Measurement(facts={"median_ms": value}) for value in (9.0, 1.0, 2.0)]),
        "peer": Outcome(),
    }
    assert CaseResult(case, outcomes, "0 0 0").number(goal) == 2.0


def test_a_goal_may_be_a_limit_from_above():
    goal = ratio_of("peer against ours", "peer", "ours", 2.5)
    result = result_of(case_of(goal), [1.0], [2.0])
    number = result.number(goal)
    assert number == 2.0
    assert goal.is_met(2.5)
    assert not goal.is_met(2.6)


def test_another_verdict_is_a_difference_except_for_whoever_was_asked_for_no_verdict():
    case = case_of()
    oracle = pd.DataFrame({"id": [1, 2], "verdict": ["DENY", "WARN"], AREA: [2.0, 3.0], OF: [10.0, 10.0]})
    assert compare(oracle.drop(columns=OF), oracle, case, _Ours).beyond == 0
    assert compare(oracle.drop(columns=OF).assign(verdict=["DENY", "PASS"]), oracle, case, _Ours).beyond == 2
    measures_only = type("MeasuresOnly", (_Ours,), {"answers_part": True})
    assert compare(oracle[["id", AREA]], oracle, case, measures_only).beyond == 0
    assert compare(oracle[["id", AREA]] + 1.0, oracle, case, measures_only).beyond > 0


def test_answers_are_compared_row_by_row_and_a_missing_row_is_a_difference():
    oracle = pd.DataFrame({"id": [1, 2], AREA: [5.0, 7.0], OF: [10.0, 10.0]})
    case = case_of()
    same = compare(oracle[["id", AREA]], oracle, case, _Ours)
    assert (same.rows, same.beyond, same.largest_m2) == (2, 0, 0.0)
    lacking = compare(oracle[["id", AREA]].iloc[:1], oracle, case, _Ours)
    assert (lacking.beyond, lacking.largest_m2, lacking.largest_relative) == (1, 7.0, 0.7)
    near = oracle[["id", AREA]].assign(**{AREA: [5.0 + 5e-9, 7.0 + 2e-8]})
    assert compare(near, oracle, case, _Ours).beyond == 1


def test_the_same_scale_makes_the_same_city():
    one, other = City(0.002).parcels(), City(0.002).parcels()
    assert len(one) > 300
    assert shapely.equals_exact(one.geometry.to_numpy(), other.geometry.to_numpy()).all()


def test_neighbours_of_the_city_share_their_vertices():
    parcels = City(0.002).parcels()
    union = shapely.coverage_union_all(parcels.geometry.to_numpy())
    assert union.area == pytest.approx(parcels.area.sum(), rel=1e-9)


@pytest.mark.parametrize("key", CASES)
def test_every_case_asks_a_goal_only_of_contestants_that_it_has(key: str):
    case = CASES[key]
    names = [contestant.name for contestant in case.contestants]
    assert len(set(names)) == len(names)
    assert all(find_contestant(key, name).name == name for name in names)
    assert all(set(goal.needs) <= set(names) for goal in case.goals)


@pytest.fixture(scope="module")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    folder = tmp_path_factory.mktemp("city")
    for name in ("parcel", "red_line", "plan_1", "plan_2"):
        Inputs(folder).store(name, LAYERS[name](0.002))
    return Inputs(folder)


@pytest.mark.parametrize("key", ["overlay", "partition", "incremental-breaks", "certainty"])
def test_our_answer_equals_the_oracle_on_a_small_city(key: str, small_city: Inputs):
    case, inputs = CASES[key], small_city
    assert case.oracle is not None
    answers = []
    for contestant in (case.oracle, case.contestants[0]):
        one = contestant(inputs)
        one.prepare()
        answers.append(one.answer(one.run()))
    difference = compare(answers[1], answers[0], case, case.contestants[0])
    assert difference.rows > 10
    assert difference.beyond == 0


def test_inputs_for_peers_have_no_reference_system(tmp_path: Path):
    square = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], index=[7], crs=AREA_PLANE)
    Inputs(tmp_path).store("layer", square)
    plain = Inputs(tmp_path).plain("layer")
    assert plain.crs is None
    assert plain["id"].tolist() == [7]
