"""What an assessment says of one subject, whatever the topic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from gis.rules import ParameterRow


class Topic(StrEnum):
    """What is looked for."""

    LOW_EFFICIENCY = "low_efficiency"  # 城镇低效用地
    ZOMBIE = "zombie"  # 僵尸企业
    UNSUPPLIED = "unsupplied"  # 批而未供
    HOARDING = "hoarding"  # 囤地
    TEMPORARY_USE = "temporary_use"  # 临时用地
    GRANT_TERM = "grant_term"  # 出让年限
    STANDARD_LAND = "standard_land"  # 标准地
    PER_MU = "per_mu"  # 亩均效益评价
    DATA_FAULT = "data_fault"  # 数据问题


Measure = str | int | Decimal | Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LandFinding:
    """One subject (a parcel, a firm, an approval ...) and what was found about it.

    Attributes
    ----------
    topic : Topic
    subject : str
        Parcel code, credit code, approval or contract number.
    kind : str
        A word of the topic's own enumeration.
    reason_zh, reason_en : str
    article : str
        Where the law says so; marked where the text has still to be checked.
    parcel_codes : tuple of str
        Land that the finding is about.
    measures : mapping
        The numbers that decide, exact.
    missing : tuple of str
        Fields without which nothing can be said.
    parameter_rows : tuple of ParameterRow
    """

    topic: Topic
    subject: str
    kind: str
    reason_zh: str
    reason_en: str
    article: str
    parcel_codes: tuple[str, ...] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    parameter_rows: tuple[ParameterRow, ...] = ()
