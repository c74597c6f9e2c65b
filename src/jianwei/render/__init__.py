"""Pictures and files: results become charts, PNG images, CSV, XLSX and Parquet. Knows no storage; import the part that is needed."""
