"""When an overlap is a sliver, from the parameter table."""

from datetime import date

from app.db.parameters import ParameterRefusedError
from gis.rules import ParameterSet
from gis.shapes import SliverThresholds


def sliver_thresholds(parameters: ParameterSet, as_of: date) -> SliverThresholds:
    """Return the limits in force on a day in the whole country.

    Raises
    ------
    ParameterNotInForceError, ParameterRefusedError
    """

    def number(key: str) -> float:
        return float(parameters.row(key, as_of=as_of).value)

    def count(key: str) -> int:
        try:
            return parameters.row(key, as_of=as_of).integer
        except ValueError as error:
            raise ParameterRefusedError(str(error)) from error

    return SliverThresholds(
        area_max_m2=number("sliver.max_area_m2"),
        bounding_width_max_m=number("sliver.max_width_m"),
        mean_width_max_m=number("sliver.max_mean_width_m"),
        elongation_min=number("sliver.min_elongation"),
        compactness_max=number("sliver.max_compactness"),
        shape_index_min=number("sliver.min_perimeter_ratio"),
        boundary_ratio_min=number("sliver.min_perimeter_area_ratio"),
        smallness_signs_min=count("sliver.min_scale_hits"),
        thinness_signs_min=count("sliver.min_shape_hits"),
    )
