"""The `duibiao` command: what cannot be used as it is set up is told in words, never a trace."""

import sys

from services.cli import app


def main() -> None:
    """Run the command line."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - those that are not known are raised again
        from services.cli.setup_errors import explain  # noqa: PLC0415 - slow to import

        sys.exit(explain(error))


if __name__ == "__main__":
    main()
