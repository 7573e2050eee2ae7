"""Labels to and from other tools: CSV, parquet, audformat, Label Studio. Start with `export_labels`."""

from seral_core.exchange.base import Imported, export_labels, import_labels, ratings_of

__all__ = ["Imported", "export_labels", "import_labels", "ratings_of"]
