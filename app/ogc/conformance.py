"""The conformance classes that the tests of this service hold it to."""

FEATURES_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
FEATURES_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
COMMON_1 = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf"
COMMON_2 = "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf"
TILES_1 = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
TMS_2 = "http://www.opengis.net/spec/tms/2.0/conf"

CONFORMANCE_CLASSES = (
    f"{COMMON_1}/core",
    f"{COMMON_1}/landing-page",
    f"{COMMON_1}/json",
    f"{COMMON_1}/oas30",
    f"{COMMON_2}/collections",
    f"{FEATURES_1}/core",
    f"{FEATURES_1}/oas30",
    f"{FEATURES_1}/geojson",
    f"{FEATURES_3}/queryables",
    f"{FEATURES_3}/queryables-query-parameters",
    f"{TILES_1}/core",
    f"{TILES_1}/tileset",
    f"{TILES_1}/tilesets-list",
    f"{TILES_1}/geodata-tilesets",
    f"{TILES_1}/mvt",
    f"{TILES_1}/oas30",
    f"{TMS_2}/tilematrixset",
    f"{TMS_2}/json-tilematrixset",
    f"{TMS_2}/json-tilesetmetadata",
)
