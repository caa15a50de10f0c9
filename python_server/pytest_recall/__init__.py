"""Remember which tests failed, why, and which are new, and rerun exactly the right ones."""

__version__ = "0.1.0"
