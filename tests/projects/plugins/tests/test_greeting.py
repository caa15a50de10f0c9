import asyncio

import pytest
import pytest_asyncio
from guestbook.greeting import greet, shortened
from hypothesis import Phase, given, settings
from hypothesis import strategies as st


@pytest_asyncio.fixture
async def name():
    await asyncio.sleep(0)
    return "Grace"


@pytest.mark.asyncio
async def test_a_greeting_has_the_name(name):
    assert await greet(name) == "Hello, Grace!"


@pytest.mark.asyncio
async def test_greetings_are_given_at_once():
    greetings = await asyncio.gather(*map(greet, "abc"))
    assert [greeting[7] for greeting in greetings] == ["a", "b", "c"]


@pytest.mark.asyncio
async def test_no_guest_is_greeted_twice(name):
    assert await greet(name) != await greet(name)


@settings(deadline=None)
@given(st.text(), st.integers(1, 50))
def test_a_short_text_is_short(text, length):
    assert len(shortened(text, length)) <= length


@settings(derandomize=True, database=None, deadline=None, phases=[Phase.generate])
@given(st.text(), st.integers(1, 50))
def test_a_short_text_is_the_text(text, length):
    assert shortened(text, length) == text
