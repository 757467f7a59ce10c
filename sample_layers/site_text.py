"""The project site as a boundary-point file (勘测定界界址点 TXT).

References
----------
.. [1] Exchange format of the former Ministry of Land and Resources: [属性描述], [地块坐标]; X is the northing, Y the easting with the zone number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sample_layers.parcels import round_half_up
from sample_layers.planting import Site
from sample_layers.projection import Millimetres, degrees, prefixed
from sample_layers.truth import polygon_area_m2

_HEAD = (
    "[属性描述]",
    "格式版本号=1.01版本",
    "数据产生单位=示例测绘院",
    "数据产生日期=2026-06-01",
    "坐标系=2000国家大地坐标系",
    "几度分带=3",
    "投影类型=高斯克吕格",
    "计量单位=米",
    "带号=38",
    "精度=0.001",
    "转换参数=,,,,,,",
    "[地块坐标]",
)


@dataclass(frozen=True)
class Plot:
    """One plot of the site: number, name and rings in millimetres, the shell first."""

    number: str
    name: str
    rings: tuple[tuple[Millimetres, ...], ...]

    @property
    def area_m2(self) -> float:
        """Ellipsoidal area."""
        return polygon_area_m2([degrees(ring) for ring in self.rings])

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``expected.json``."""
        return {
            "plot": self.number,
            "rings": len(self.rings),
            "area_m2": round(self.area_m2, 4),
            "area_ha": str(round_half_up(self.area_m2 / 10_000, 4)),
        }


def plots(free: Site, crossed: Site) -> list[Plot]:
    """Return the two plots: one with a courtyard on free ground, one on the ground of a parcel that a line crosses."""
    shell = tuple(free.window(10, 10, 110, 70))
    # The hole runs the other way round, as the format has it.
    courtyard = tuple(reversed(free.window(40, 30, 70, 50)))
    return [Plot("DK-01", "示例项目一期", (shell, courtyard)), Plot("DK-02", "示例项目二期", (tuple(crossed.ring),))]


def boundary_text(listed: Sequence[Plot]) -> str:
    """Return the file: GBK and CRLF are the writer's business."""
    lines = list(_HEAD)
    for plot in listed:
        points = _points(plot)
        area = round_half_up(plot.area_m2 / 10_000, 4)
        lines.append(f"{len(points)},{area},{plot.number},{plot.name},面,,工业用地,1001,@")
        lines += points
    return "\n".join(lines) + "\n"


def _points(plot: Plot) -> list[str]:
    points: list[str] = []
    number = 1
    for ring_number, ring in enumerate(plot.rings, start=1):
        first = number
        for east, north in prefixed(ring):
            points.append(f"J{number},{ring_number},{north:.3f},{east:.3f}")
            number += 1
        east, north = prefixed(ring[:1])[0]
        points.append(f"J{first},{ring_number},{north:.3f},{east:.3f}")
    return points
