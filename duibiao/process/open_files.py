"""How many files, and so connections, the process may have open.

The usual soft limit is 1,024, which a thousand idle connections use up; the hard limit is higher.
"""

import resource
from typing import Final

WANTED: Final = 65_536


def allow_many() -> int:
    """Raise the soft limit as far as may be and is of use; return what holds now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return soft
