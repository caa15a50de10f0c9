SECRET_KEY = "for tests only"
ROOT_URLCONF = "guestbook.urls"
INSTALLED_APPS = ["guestbook"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
