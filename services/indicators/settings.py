"""The settings of the indicators service."""

from duibiao.core.settings import Settings


class IndicatorsSettings(Settings):
    """What the indicators service reads: the shared settings suffice."""
