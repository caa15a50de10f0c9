"""Check a cache directory and repair it; the command line and the language server call this.

`examine` only reads and may be called at any time, from any thread, also while runs are writing.
"""

from __future__ import annotations

from pytest_recall.doctor.examine import examine as examine
from pytest_recall.doctor.findings import CacheError as CacheError
from pytest_recall.doctor.findings import Finding as Finding
from pytest_recall.doctor.findings import Place as Place
from pytest_recall.doctor.findings import Repair as Repair
from pytest_recall.doctor.findings import Report as Report
from pytest_recall.doctor.repair import repair as repair
