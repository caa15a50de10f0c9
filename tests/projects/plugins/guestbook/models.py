from django.db import models


class Entry(models.Model):
    author = models.CharField(max_length=50)
    text = models.TextField()
