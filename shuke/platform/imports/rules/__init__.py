"""Reading what stands in files, cell by cell: pure decisions."""
