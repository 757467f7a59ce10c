"""What one round of measuring has in hand: the sites of one region, the project, and the law of one day there."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from app.db.rule_packs import describe_rule
from gis.arrays import GeometryArray
from gis.constraint_set import CheckedLayer, check_polygons
from gis.crs import AREA_PLANE
from gis.landuse.control_kinds import ControlKind
from gis.rules import (
    AllowedUses,
    Catalog,
    Judgement,
    Jurisdiction,
    Law,
    MaximumShare,
    Measurement,
    MinimumDistance,
    ParameterSet,
    RequiredContainment,
    SiteFacts,
    SiteRule,
    SurveyBeforeUseChange,
    judge_site_rule,
    sliver_thresholds,
)
from gis.sagitta import LayerSource
from gis.shapes import SliverThresholds


class Relation(StrEnum):
    """What a finding was measured as."""

    OVERLAP = "overlap"
    OUTSIDE = "outside"
    NEAR = "near"
    DISTANCE = "distance"
    JURISDICTION = "jurisdiction"
    PLAN_ZONE = "plan_zone"
    PROJECT = "project"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFinding:
    """What one rule says of one site, with what was measured for it; the geometry is in the area plane.

    Attributes
    ----------
    numbers : dict
        As the measurement has them, not rounded.
    missing : tuple of str
        Facts that nobody said and on which the answer turns.
    """

    judgement: Judgement
    relation: Relation
    numbers: dict[str, Any] = field(default_factory=dict)
    zone: str | None = None
    constraint_ids: tuple[str, ...] = ()
    geometry: shapely.Geometry | None = None
    missing: tuple[str, ...] = ()
    is_prohibition: bool = False


@dataclass(frozen=True)
class Places:
    """Where sites lie.

    Attributes
    ----------
    numbers : list of int
        Of the sites.
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        In the area plane.
    """

    numbers: list[int]
    shapes: GeometryArray

    @cached_property
    def checked(self) -> CheckedLayer:
        """The sites as targets of an overlay."""
        return check_polygons(np.array(self.numbers, dtype=object), self.shapes, "target")

    @cached_property
    def area_m2(self) -> dict[int, float]:
        """The area of each site."""
        return dict(zip(self.numbers, shapely.area(self.shapes).tolist(), strict=True))

    @cached_property
    def frame(self) -> gpd.GeoDataFrame:
        """The sites as a frame whose index is their number, for what takes frames."""
        return gpd.GeoDataFrame(geometry=self.shapes, index=self.numbers, crs=AREA_PLANE)


@dataclass(frozen=True, slots=True)
class RulesOfKind:
    """The rules about one kind of control area by what they ask of it; see :attr:`RulesInForce.of_kinds`.

    Attributes
    ----------
    by_zone : tuple of SiteRule
        About what a site has in common with the zones of a layer.
    outside : frozenset of str
        The ids of those that also say what holds outside all zones.
    distances : tuple of MinimumDistance
    others : tuple of SiteRule
    """

    by_zone: tuple[SiteRule, ...] = ()
    outside: frozenset[str] = frozenset()
    distances: tuple[MinimumDistance, ...] = ()
    others: tuple[SiteRule, ...] = ()

    @classmethod
    def of(cls, rules: Iterable[SiteRule]) -> "RulesOfKind":
        """Sort rules about one kind."""
        listed = tuple(rules)
        by_zone = tuple(rule for rule in listed if is_by_zone(rule))
        return cls(
            by_zone,
            frozenset(rule.rule_id for rule in by_zone if _says_outside(rule)),
            tuple(rule for rule in listed if isinstance(rule, MinimumDistance)),
            tuple(rule for rule in listed if not is_by_zone(rule) and not isinstance(rule, MinimumDistance)),
        )


@dataclass(frozen=True)
class RulesInForce:
    """The rules that hold in a region on a day, and which of them are about what; see :func:`rules_in_force`."""

    rules: tuple[SiteRule, ...] = ()

    @cached_property
    def by_kind(self) -> dict[ControlKind, list[SiteRule]]:
        """The rules about each kind of control area, the kinds in order of their names."""
        by_kind: defaultdict[ControlKind, list[SiteRule]] = defaultdict(list)
        for rule in self.rules:
            for kind in dict.fromkeys(control_kinds(rule)):
                by_kind[kind].append(rule)
        return {kind: by_kind[kind] for kind in sorted(by_kind)}

    @cached_property
    def of_kinds(self) -> dict[ControlKind, RulesOfKind]:
        """The rules about each kind of control area by what they ask."""
        return {kind: RulesOfKind.of(rules) for kind, rules in self.by_kind.items()}

    @cached_property
    def kinds_by_zone(self) -> frozenset[ControlKind]:
        """The kinds of control areas of which a rule asks what a site has in common with their zones."""
        return frozenset(kind for rule in self.rules if is_by_zone(rule) for kind in control_kinds(rule))

    @cached_property
    def distances(self) -> list[MinimumDistance]:
        """The rules about distances."""
        return [rule for rule in self.rules if isinstance(rule, MinimumDistance)]


@dataclass(frozen=True)
class Asked:
    """The sites of one region and the law there.

    Attributes
    ----------
    in_force : RulesInForce
        In the region on the day.
    """

    places: Places
    source: LayerSource
    facts: SiteFacts
    in_force: RulesInForce
    parameters: ParameterSet
    as_of: date
    region: str
    #: What was measured of the sites against a coverage, by its identity and the system it was drawn in.
    coverages: dict[tuple[int, str], Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def law(self) -> Law:
        """The numbers of the day in the region."""
        return Law(self.parameters, self.as_of, self.region)

    @cached_property
    def thresholds(self) -> SliverThresholds:
        """When an overlap is a sliver."""
        return sliver_thresholds(self.parameters, as_of=self.as_of, region=self.region)

    @property
    def rules(self) -> tuple[SiteRule, ...]:
        """The rules that hold in the region on the day."""
        return self.in_force.rules

    def rules_about(self, kind: ControlKind) -> list[SiteRule]:
        """Pick the rules about a kind of control area."""
        return self.in_force.by_kind.get(kind, [])

    def judge(self, rule: SiteRule, measured: Measurement) -> Judgement | None:
        """Judge what was measured of a site by a rule."""
        return judge_site_rule(
            rule, measured, self.facts, parameters=self.parameters, as_of=self.as_of, region=self.region
        )


def control_kinds(rule: SiteRule) -> tuple[ControlKind, ...]:
    """Return the kinds of control areas that a rule is about; none for one about a plan or the project alone."""
    kinds: tuple[ControlKind, ...] = getattr(rule, "control_kinds", ())
    return kinds


def is_by_zone(rule: SiteRule) -> bool:
    """Whether a rule is about what a site has in common with the zones of a layer."""
    return not isinstance(rule, MinimumDistance | Jurisdiction | MaximumShare | SurveyBeforeUseChange)


def _says_outside(rule: SiteRule) -> bool:
    return isinstance(rule, RequiredContainment) or (isinstance(rule, AllowedUses) and rule.outside is not None)


@lru_cache(maxsize=64)
def rules_in_force(catalog: Catalog, as_of: date, region: str) -> RulesInForce:
    """Return the rules that a site check asks on a day in a region; a catalogue never changes."""
    return RulesInForce(catalog.site_rules(as_of=as_of, region=region))


@lru_cache(maxsize=64)
def kinds_of(catalog: Catalog) -> frozenset[ControlKind]:
    """Return the kinds that rules of a catalogue are about, in force or not."""
    return frozenset(kind for rule in catalog.all_rules for kind in control_kinds(rule))


@lru_cache(maxsize=64)
def describe_site_rules(
    catalog: Catalog, as_of: date, region: str
) -> tuple[tuple[dict[str, Any], tuple[ControlKind, ...]], ...]:
    """Name the rules that hold in a region on a day, each with the kinds of control areas that it is about."""
    return tuple((describe_rule(rule), control_kinds(rule)) for rule in rules_in_force(catalog, as_of, region).rules)
