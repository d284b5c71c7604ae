"""Report a figure: python examples/submit.py URL KEY_FILE."""

import sys
from decimal import Decimal
from pathlib import Path

from duibiao.client import Client

figure = {"indicator": "export-rebate-days", "period": "2021Q4", "sample_size": 120}
with Client(sys.argv[1], Path(sys.argv[2]).read_text("ascii").strip()) as client:
    receipt = client.submit("observations", figure | {"value": Decimal("5.5")})
    print(client.evaluated(receipt))
