"""The door for machines: a small ASGI application beside Django."""

from shuke.cdp.ingest.api.collector import Collector as Collector
