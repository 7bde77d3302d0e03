"""`python -m boatyard.standalone` is the boatyard command, where no script of that name was installed."""

from __future__ import annotations

from boatyard.cli.__main__ import main

if __name__ == "__main__":
    main()
