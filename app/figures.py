"""The one rounding of answers and statements: what is hashed is what is read."""

from gis.measurement import hectares, mu, nearest_decimal

# Of statements, not of law: what is printed follows the display rows of the parameter table.
PLACES_M2 = 2
PLACES_HA = 4
PLACES_MU = 2
PLACES_SHARE = 6
PLACES_M = 3
PLACES_DEGREES = 9


def rounded(value: float | None, places: int) -> float | None:
    """Round a number half up; None stays None."""
    return None if value is None else nearest_decimal(value, places)


def area(area_m2: float, prefix: str = "area") -> dict[str, float]:
    """Return an area in the three units.

    Examples
    --------
    >>> from app.figures import area
    >>> area(10_000.005)
    {'area_m2': 10000.01, 'area_ha': 1.0, 'area_mu': 15.0}
    """
    return {
        f"{prefix}_m2": nearest_decimal(area_m2, PLACES_M2),
        f"{prefix}_ha": nearest_decimal(hectares(area_m2), PLACES_HA),
        f"{prefix}_mu": nearest_decimal(mu(area_m2), PLACES_MU),
    }


def share(value: float) -> float:
    """Round a share (0 to 1). What is not whole does not become whole by rounding, and what is something not nothing.

    Examples
    --------
    >>> from app.figures import share
    >>> share(0.99999999), share(1e-9), share(1.0)
    (0.999999, 1e-06, 1.0)
    """
    smallest = 10.0**-PLACES_SHARE
    if 0 < value < smallest:
        return smallest
    if 1 - smallest < value < 1 - 1e-9:
        return nearest_decimal(1 - smallest, PLACES_SHARE)
    return nearest_decimal(min(max(value, 0.0), 1.0), PLACES_SHARE)
