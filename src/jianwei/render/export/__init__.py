"""Tables and pictures as files for people and for other programs."""

from jianwei.render.export.tables import write_csv, write_parquet, write_tables, write_xlsx

__all__ = ["write_csv", "write_parquet", "write_tables", "write_xlsx"]
