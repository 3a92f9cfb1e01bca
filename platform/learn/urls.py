"""Route the learner's pages."""

from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

from learn import views

# The texts of static/js in the reader's language (static/js/lib/i18n.js).
catalog = cache_control(public=True, max_age=3600)(JavaScriptCatalog.as_view(packages=["learn"]))

urlpatterns = [
    path("words.js", catalog, name="message_catalog"),
    path("", views.home, name="catalogue"),
    path("search/", views.search, name="search"),
    path("search/results.json", views.search_results, name="search_results"),
    path("certificates/", views.award, name="award_certificate"),
    path("certificates/<uuid:certificate>/", views.certificate, name="certificate"),
    path("glossary/<slug:course>/", views.glossary, name="glossary"),
    path("courses/", views.courses, name="courses"),
    path("courses/<slug:course>/", views.course, name="course"),
    path("courses/<slug:course>/<slug:lesson>/", views.lesson, name="lesson"),
    path("courses/<slug:course>/<slug:lesson>/pictures/<path:name>", views.picture, name="picture"),
]
