"""A synthetic Chinese development zone whose findings are known because they were planted.

``python -m sample_layers.generate`` writes the layers, ``manifest.json`` (what each file is) and ``expected.json``
(what must be found). Nothing here imports the service or its spatial library: the expected figures come from
coordinates, calendars and a plain implementation of the area formula in ``truth``.
"""
