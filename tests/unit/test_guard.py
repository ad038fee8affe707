"""Which routes need which scope."""

from app.factory import create_app
from app.guard import ANY_KEY, PUBLIC, needed_scope
from config.settings import Settings


def test_a_tenant_needs_no_admin_for_its_own_jobs() -> None:
    app = create_app(Settings(redis_url="redis://127.0.0.1:1/0"))
    about_jobs = {
        rule.endpoint for rule in app.url_map.iter_rules() if str(rule).startswith("/jobs")
    }

    assert {needed_scope(endpoint) for endpoint in about_jobs} == {ANY_KEY}
    assert about_jobs & PUBLIC == set()
