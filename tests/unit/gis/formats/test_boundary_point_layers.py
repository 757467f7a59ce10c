"""Plots of boundary-point files are features like any other; what is wrong with them is said."""

from pathlib import Path

import pytest
import shapely

from gis.formats.errors import SourceUnreadableError
from gis.formats.reading import iter_features, open_source, unreadable_reason

HEAD = ["[属性描述]", "坐标系=2000国家大地坐标系", "几度分带=3", "计量单位=米", "带号=38", "[地块坐标]"]


def write(path: Path, lines: list[str]) -> Path:
    path.write_bytes("\r\n".join([*HEAD, *lines]).encode("gbk"))
    return path


def test_plots_come_with_their_system_and_fields(tmp_path):
    path = write(
        tmp_path / "plots.txt",
        [
            "4,1.0000,DK-01,示例地块,面,H49,工业用地,1001,@",
            "J1,1,3125000,38406700",
            "J2,1,3125000,38406800",
            "J3,1,3125100,38406800",
            "J4,1,3125100,38406700",
            "3,0.5,DK-02,另一地块,面,,住宅,0701,@",
            "J1,1,3125000,38406700",
            "J2,1,3125000,何处",
            "J3,1,3125100,38406800",
        ],
    )
    with open_source(path) as source:
        assert (source.driver, source.crs.to_epsg(), source.encoding.upper()) == ("TXT", 4526, "GB18030")
        assert source.feature_count == 2
        assert any("line 14" in note for note in source.notes)
        (batch,) = iter_features(source)
    assert shapely.bounds(batch.geometries[0]).tolist() == [38406700, 3125000, 38406800, 3125100]
    first, second = batch.attributes
    assert {name: first[name] for name in source.fields[:6]} == {
        "plot_code": "DK-01",
        "plot_name": "示例地块",
        "area_declared_ha": 1.0,
        "use_name": "工业用地",
        "land_use_code": "1001",
        "map_sheet": "H49",
    }
    assert first["faults"] is None
    assert "boundary point not understood" in second["faults"]
    assert batch.geometries[1] is None
    assert "J2,1,3125000,何处" in batch.wkb[1].decode()
    assert unreadable_reason(batch.wkb[1]) == "unreadable geometry"


def test_a_file_without_plots_says_why(tmp_path):
    with pytest.raises(SourceUnreadableError, match=r"without plots .*no plots"):
        open_source(write(tmp_path / "plots.txt", []))
    with pytest.raises(SourceUnreadableError, match="do not name one"):
        open_source(write(tmp_path / "plots.txt", []), encoding="GBK")
