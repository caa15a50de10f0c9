"""Rare ways to define a test, or what only looks like one; NAME stands for its name."""

from __future__ import annotations

ODDITIES = (
    "def NAME(): pass\nNAME.__test__ = False\n",
    "NAME = lambda: None\n",
    "def _a(): pass\nNAME = _a\n",
    "if True:\n    def NAME(): pass\n",
    "try:\n    import nowhere_at_all\nexcept ImportError:\n    def NAME(): pass\n",
    "@pytest.fixture\ndef NAME(): pass\n",
    "@staticmethod\ndef NAME(): pass\n",
    "for n in (1, 2):\n    @pytest.mark.parametrize('a', [n])\n    def NAME(a): pass\n",
    'def documented_NAME():\n    """\n    >>> 1\n    1\n    """\n',
    'class Doc_NAME:\n    """>>> 2\n    2"""\n    def m(self):\n        """>>> 3\n        3"""\n',
    "def NAME(): pass\nif NUMBER == 7:\n    @parametrize('a', [1])\n    def NAME(a): pass\n",
    "@pytest.mark.parametrize('a', LISTED + [3])\ndef NAME(a): pass\nLISTED.append(4)\n",
    "TEXT = 'other'\n@pytest.mark.parametrize('a', [TEXT])\ndef NAME(a): pass\nTEXT = 'more'\n",
    "P = (1, 2)\nif NUMBER == 8:\n    P = (3,)\n@parametrize('a', P)\ndef NAME(a): pass\n",
    "int = str\n@pytest.mark.parametrize('a', [int])\ndef NAME(a): pass\ndel int\n",
)
REFUSED = "@pytest.mark.parametrize('missing', [1])\ndef NAME(missing=1): pass\n"
"""pytest does not collect a file with this."""

UNITTESTS = (
    "    DEF test_b(self): pass\n    DEF test_a(self): pass\n",
    "    DEF runTest(self): pass\n",
    "    @pytest.mark.parametrize('a', [1])\n    DEF test_p(self): pass\n",
    "    def helper(self): pass\n",
)
"""Bodies of cases; DEF stands for ``def`` or ``async def``."""
