"""Routes of the learner's pages."""

from django.urls import path

from learn import views

urlpatterns = [
    path("", views.home, name="catalogue"),
    path("courses/<slug:course>/", views.course, name="course"),
    path("courses/<slug:course>/<slug:lesson>/", views.lesson, name="lesson"),
    path("courses/<slug:course>/<slug:lesson>/pictures/<path:name>", views.picture, name="picture"),
]
