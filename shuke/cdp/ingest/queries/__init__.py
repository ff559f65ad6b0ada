"""Reading what the collector keeps."""
