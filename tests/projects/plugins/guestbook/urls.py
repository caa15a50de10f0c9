from django.urls import path

from guestbook.views import welcome

urlpatterns = [path("welcome/", welcome)]
