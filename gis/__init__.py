"""The spatial library of Duogui: arrays and frames in, arrays and frames out.

It knows neither the service nor its database, so that it works in a notebook as well. Coordinates are always x = longitude or easting and
y = latitude or northing. What is cut, overlaid or measured is first taken into the area plane of :mod:`gis.crs`.
"""
