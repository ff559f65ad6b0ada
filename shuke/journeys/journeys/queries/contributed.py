"""The steps that other domains offer."""

from functools import lru_cache

from shuke.platform.manifest import JourneyStep, installed


@lru_cache(maxsize=1)
def journey_steps() -> dict[str, JourneyStep]:
    """Return them by name."""
    return {step.name: step for manifest in installed() for step in manifest.journey_steps}
