"""What is known of a firm's year; None is not known."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Scale(StrEnum):
    """Which indicators a firm is evaluated by."""

    ABOVE = "above"  # 规模以上
    BELOW = "below"  # 规模以下


class PerformanceIndicator(StrEnum):
    """Indicators of the evaluation (浙政发〔2018〕5号); money in 万元."""

    TAX_PER_MU = "tax_per_mu"  # 亩均税收, 万元/亩
    VALUE_ADDED_PER_MU = "value_added_per_mu"  # 亩均增加值, 万元/亩
    LABOUR_PRODUCTIVITY = "labour_productivity"  # 全员劳动生产率, 万元/人
    VALUE_ADDED_PER_ENERGY = "value_added_per_energy"  # 单位能耗增加值, 万元/吨标煤
    VALUE_ADDED_PER_EMISSION = "value_added_per_emission"  # 单位排放增加值, 万元/吨
    RESEARCH_SHARE = "research_share"  # 研发经费占营业收入比, 0 to 1
    TAX_PER_ELECTRICITY = "tax_per_electricity"  # 单位电耗税收, 元/千瓦时


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmYear:
    """One firm in one year; land in mu, money in 万元.

    Attributes
    ----------
    credit_code, name : str
    year : int
    scale : Scale or None
    registered_mu, rented_in_mu, rented_out_mu, uncertified_mu : Decimal or None
        Land used is registered + rented in - rented out + used without a certificate, idle land included.
    parcel_codes : tuple of str
        Firms that share a parcel are evaluated together.
    tax, value_added, revenue, research : Decimal or None
    energy_tce, emissions_t, electricity_10k_kwh : Decimal or None
    staff : Decimal or None
    industry_code : str or None
    production_since : date or None
    exemption : str or None
        Why the firm is not graded (公益性、初创 ...), with its document.
    veto : str or None
        An accident or offence that bars the better classes.
    """

    credit_code: str
    name: str
    year: int
    scale: Scale | None = None
    registered_mu: Decimal | None = None
    rented_in_mu: Decimal = Decimal(0)
    rented_out_mu: Decimal = Decimal(0)
    uncertified_mu: Decimal = Decimal(0)
    parcel_codes: tuple[str, ...] = ()
    tax: Decimal | None = None
    value_added: Decimal | None = None
    revenue: Decimal | None = None
    research: Decimal | None = None
    energy_tce: Decimal | None = None
    emissions_t: Decimal | None = None
    electricity_10k_kwh: Decimal | None = None
    staff: Decimal | None = None
    industry_code: str | None = None
    production_since: date | None = None
    exemption: str | None = None
    veto: str | None = None

    @property
    def used_mu(self) -> Decimal | None:
        """All land that the firm uses; None when its own land is not known."""
        if self.registered_mu is None:
            return None
        return self.registered_mu + self.rented_in_mu - self.rented_out_mu + self.uncertified_mu
