"""The conformance classes that the tests of this service hold it to."""

FEATURES_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
FEATURES_2 = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf"
FEATURES_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
FEATURES_4 = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf"
CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
COMMON_1 = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf"
COMMON_2 = "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf"
TILES_1 = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
PROCESSES_1 = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"
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
    f"{FEATURES_1}/html",
    f"{FEATURES_2}/crs",
    f"{FEATURES_3}/queryables",
    f"{FEATURES_3}/queryables-query-parameters",
    f"{FEATURES_3}/filter",
    f"{FEATURES_3}/features-filter",
    f"{FEATURES_4}/create-replace-delete",
    f"{FEATURES_4}/update",
    f"{FEATURES_4}/optimistic-locking-etags",
    f"{FEATURES_4}/features",
    f"{CQL2}/cql2-text",
    f"{CQL2}/cql2-json",
    f"{CQL2}/basic-cql2",
    f"{CQL2}/advanced-comparison-operators",
    f"{CQL2}/case-insensitive-comparison",
    f"{CQL2}/accent-insensitive-comparison",
    f"{CQL2}/basic-spatial-functions",
    f"{CQL2}/basic-spatial-functions-plus",
    f"{CQL2}/spatial-functions",
    f"{CQL2}/temporal-functions",
    f"{CQL2}/property-property",
    f"{CQL2}/arithmetic",
    f"{TILES_1}/core",
    f"{TILES_1}/tileset",
    f"{TILES_1}/tilesets-list",
    f"{TILES_1}/geodata-tilesets",
    f"{TILES_1}/mvt",
    f"{TILES_1}/oas30",
    f"{PROCESSES_1}/core",
    f"{PROCESSES_1}/ogc-process-description",
    f"{PROCESSES_1}/json",
    f"{PROCESSES_1}/oas30",
    f"{PROCESSES_1}/job-list",
    f"{PROCESSES_1}/dismiss",
    f"{PROCESSES_1}/callback",
    f"{TMS_2}/tilematrixset",
    f"{TMS_2}/json-tilematrixset",
    f"{TMS_2}/json-tilesetmetadata",
)
