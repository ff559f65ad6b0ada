"""What every domain's API router is built from: keys and scopes, cursors, batches."""
