import pytest
from guestbook.models import Entry


def test_a_stranger_is_welcome(client):
    assert client.get("/welcome/").content == b"Welcome, stranger!"


def test_a_guest_is_welcome_by_name(client):
    assert client.get("/welcome/", {"name": "Grace"}).content == b"Welcome, Grace!"


def test_no_such_page(client):
    assert client.get("/farewell/").status_code == 404


@pytest.mark.django_db
def test_entries_are_kept():
    Entry.objects.create(author="Grace", text="Lovely.")
    assert Entry.objects.filter(author="Grace").count() == 1


@pytest.mark.django_db
def test_entries_of_other_tests_are_gone():
    assert not Entry.objects.exists()


def test_the_database_is_closed_to_other_tests():
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        Entry.objects.count()
