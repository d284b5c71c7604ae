"""One org at 50 times its rate: what the others wait, side by side with what they wait in quiet.

    .venv/bin/python -m bench.flood [--seconds 60] [--round 5] [--prefer]

The product is a child process on SQLite with its default limits. Six orgs post ten cases five
times a second each; in every other round a seventh posts one case 1,000 times a second. Rounds of
quiet and of flood take turns, so that what else goes on in the machine falls on both alike.
"""

import argparse
import tempfile
import time
from pathlib import Path

from bench.load import Flooder, Heard, Neighbours, nuisance
from bench.side_by_side import Side, prefer, tell
from tests.support.product import Product

PACE = 50 * 20.0  # requests a second: 50 times DUIBIAO_REQUEST_RATE as it comes
SETTLING = 1.0  # seconds between rounds, in which what was taken is judged
LEAD = 1.5  # seconds of flood before a round of it: a minute has one full bucket, not twelve


def main() -> None:
    shape = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("--seconds", type=float, default=60, help="of flood, all rounds together")
    parser.add_argument("--round", type=float, default=5, help="seconds of one round")
    parser.add_argument("--prefer", action="store_true", help="before all else on the machine")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Product(Path(folder) / "state") as product:
        if asked.prefer:
            prefer(product)
        measure(product, rounds=round(asked.seconds / asked.round), seconds=asked.round)


def measure(product: Product, rounds: int, seconds: float) -> None:
    neighbours = Neighbours(product)
    neighbours.post(3)  # warm
    quiet, flooded, flooder = Side("quiet", product), Side("flooded", product), Heard()
    with Flooder(product.port, nuisance(product), PACE) as pushing:
        for _ in range(rounds):
            time.sleep(SETTLING)
            with quiet:
                quiet.heard.merge(neighbours.post(seconds))
            time.sleep(SETTLING)
            pushed = pushing.begin(LEAD + seconds)
            time.sleep(LEAD)
            with flooded:
                flooded.heard.merge(neighbours.post(seconds))
            flooder.merge(pushed.result())
    tell(quiet, flooded)
    pace = flooder.statuses.total() / (rounds * (LEAD + seconds))
    print(f"the flooder: {pace:.0f} a second, {dict(flooder.statuses)}")


if __name__ == "__main__":
    main()
