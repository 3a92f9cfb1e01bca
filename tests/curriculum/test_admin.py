"""Every model of the curriculum is in the admin, and nothing of it can be changed there."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory

from accounts.models import User

MODELS = list(apps.get_app_config("curriculum").get_models())


@pytest.mark.parametrize("model", MODELS)
def test_a_model_is_shown_and_can_not_be_changed(model):
    model_admin = admin.site.get_model_admin(model)
    request = RequestFactory().get("/")
    request.user = User(is_staff=True, is_superuser=True)
    assert model_admin.has_view_permission(request)
    assert not model_admin.has_add_permission(request)
    assert not model_admin.has_change_permission(request)
    assert not model_admin.has_delete_permission(request)
