"""What the catalogue plugs into."""

from shuke.cdp.catalog import api
from shuke.cdp.catalog.extensions import ProductsDataset
from shuke.platform.manifest import Manifest
from shuke.vocabulary.catalog import ProductsChanged

MANIFEST = Manifest(domain="catalog", api=api.router, publishes=(ProductsChanged,), datasets=(ProductsDataset(),))
