"""Runs through the server, warm and cold, beside `pytest`: to the first result, and to the end."""
