"""Writing of features in the formats that land bureaus exchange: streamed, in a reference system of choice, nothing cut in silence."""

from gis.formats.writing.formats import FORMATS, OutputFormat, format_of_driver, format_of_path
from gis.formats.writing.model import FieldType, OutputBatch, OutputField, WriteRefusedError, WriteReport
from gis.formats.writing.writer import write_features

__all__ = [
    "FORMATS",
    "FieldType",
    "OutputBatch",
    "OutputField",
    "OutputFormat",
    "WriteRefusedError",
    "WriteReport",
    "format_of_driver",
    "format_of_path",
    "write_features",
]
