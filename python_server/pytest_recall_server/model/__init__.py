"""Values and pure functions: nothing here does IO or fails.

Lines are 0-based and columns count UTF-16 code units, as in LSP; paths are relative
to the rootdir, with ``/``.
"""

from __future__ import annotations
