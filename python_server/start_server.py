"""Start the language server with the libraries that lie beside this file.

The extension runs this file with `python -I`, so that neither the folder it runs in nor
`PYTHONPATH` nor the user's own packages decide what is imported.
In the source tree there is no `libs` folder, and the environment's own libraries are used.
"""

from __future__ import annotations

import sys
from pathlib import Path

OLDEST = (3, 10)

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here / "libs"), str(here)]


def main() -> int:
    """Run the server, or say in one line why this Python cannot."""
    # The user's interpreter may be any; a traceback explains nothing.
    if sys.version_info < OLDEST:
        needed = ".".join(map(str, OLDEST))
        older = f"{sys.executable} is older."
        sys.stderr.write(f"Pytest Recall needs Python {needed} or newer; {older}\n")
        return 1
    from pytest_recall_server.__main__ import main as serve  # noqa: PLC0415  needs the path above

    serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
