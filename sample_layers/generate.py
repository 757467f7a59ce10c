"""Write the sample: ``python -m sample_layers.generate [OUT]``."""

import argparse
import sys
from pathlib import Path

from sample_layers import manifest as files
from sample_layers.contracts import COLUMNS
from sample_layers.enterprises import FIRM_COLUMNS, YEAR_COLUMNS, firm_rows, year_rows
from sample_layers.expected import expected_contents
from sample_layers.layer_files import (
    city_plan_frame,
    coverage_frame,
    land_plan_frame,
    parcel_frame,
    road_frame,
    survey_frame,
)
from sample_layers.line_files import boundary_features, farmland_frame, functional_frame, redline_frame
from sample_layers.planted_sites import site_features
from sample_layers.planting import BOUNDARY, FARMLAND, FUNCTIONAL, REDLINE
from sample_layers.rasters import NO_DATA, grid, ndvi_rasters
from sample_layers.sample import Sample, make_sample
from sample_layers.site_text import boundary_text
from sample_layers.writing import (
    CODE_PAGE_936,
    NO_LANGUAGE_DRIVER,
    write_csv,
    write_geojson,
    write_geopackage,
    write_json,
    write_raster,
    write_shapefile,
    write_text,
    write_workbook,
)

DATA = Path(__file__).parent / "data"


def generate(out: Path) -> Sample:
    """Make the sample and write all its files.

    Parameters
    ----------
    out : Path
        Folder; made when it is not there.

    Returns
    -------
    Sample
    """
    out.mkdir(parents=True, exist_ok=True)
    sample = make_sample()
    _write_layers(sample, out)
    _write_lines(sample, out)
    _write_tables(sample, out)
    transform, _ = grid(sample.zone)
    for year, values in ndvi_rasters(sample.zone, sample.plantation.sites).items():
        write_raster(values, out / f"NDVI_{year}.tif", transform, NO_DATA, year)
    write_json(files.manifest(), out / "manifest.json")
    write_json(expected_contents(sample), out / "expected.json")
    return sample


def _write_layers(sample: Sample, out: Path) -> None:
    write_shapefile(parcel_frame(sample.parcels), out / files.PARCELS, language_driver=NO_LANGUAGE_DRIVER)
    write_shapefile(city_plan_frame(sample.city), out / files.CITY_PLAN, language_driver=CODE_PAGE_936)
    write_geopackage(survey_frame(sample.survey), out / files.SURVEY, "DLTB")
    write_geopackage(land_plan_frame(sample.land, sample.spiked_zone), out / files.LAND_PLAN, "TDGHDL")
    write_geopackage(road_frame(sample.roads), out / files.ROADS, "DLHL", "MultiPolygon Z")
    write_geopackage(coverage_frame(sample.coverage), out / files.COVERAGE, "FW")


def _write_lines(sample: Sample, out: Path) -> None:
    write_geopackage(redline_frame(sample.shapes(REDLINE)), out / files.REDLINE, "STBHHX")
    write_geopackage(farmland_frame(sample.shapes(FARMLAND)), out / files.FARMLAND, "YJJBNTBHTB")
    write_geopackage(functional_frame(sample.shapes(FUNCTIONAL)), out / files.FUNCTIONAL, "GNFQ")
    write_geojson(boundary_features(sample.shapes(BOUNDARY)), out / files.BOUNDARY, "CZKFBJ")


def _write_tables(sample: Sample, out: Path) -> None:
    write_csv(COLUMNS, [contract.cells for contract in sample.contracts], out / files.CONTRACTS)
    sheets = {"企业": (FIRM_COLUMNS, firm_rows(sample.parcels)), "年度": (YEAR_COLUMNS, year_rows())}
    write_workbook(sheets, out / files.ENTERPRISES)
    write_text(boundary_text(sample.plots), out / files.SITE)
    write_geojson(site_features(sample.plantation), out / files.CHOSEN_SITES, "NXZ")


def main() -> None:
    """Read the command line and write the sample."""
    parser = argparse.ArgumentParser(prog="python -m sample_layers.generate", description="Write the sample layers.")
    parser.add_argument("out", nargs="?", type=Path, default=DATA, help="folder to write to (default: %(default)s)")
    out: Path = parser.parse_args().out
    generate(out)
    written = sorted(path for path in out.iterdir() if path.is_file())
    size = sum(path.stat().st_size for path in written)
    sys.stdout.write(f"{len(written)} files, {size / 1e6:.2f} MB in {out}\n")


if __name__ == "__main__":
    main()
