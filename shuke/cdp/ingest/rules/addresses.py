"""Addresses of the collector that pages of ours have to name."""

SCRIPT = "/v1/shuke.js"
EVENTS = "/v1/batch"
