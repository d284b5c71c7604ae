"""The settings of the indicators service."""

from duibiao.runtime.settings import Settings


class IndicatorsSettings(Settings):
    """What the indicators service reads: the shared settings suffice."""
