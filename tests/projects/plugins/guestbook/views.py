from django.http import HttpRequest, HttpResponse


def welcome(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Welcome, {request.GET.get('name', 'stranger')}!")
