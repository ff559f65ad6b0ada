"""``security/policy.yaml`` says who may call what; here it is held against the installation, both ways."""

from shuke.platform.manifest import installed
from shuke.platform.staff.api_keys import SCOPES
from shuke.platform.staff.permissions import TABLE
from tests.architecture.routes import POLICY, declared, policy, routes

WORDS = {"anyone", "staff", "nobody"}


def test_every_route_has_a_line() -> None:
    assert sorted(set(declared()) - set(policy())) == []


def test_every_line_has_a_route() -> None:
    assert sorted(set(policy()) - set(declared())) == []


def test_no_route_is_written_twice() -> None:
    lines = [
        line.partition(": {")[0]
        for line in POLICY.read_text().splitlines()
        if ": {" in line and not line.startswith("#")
    ]

    assert sorted({name for name in lines if lines.count(name) > 1}) == []


def test_every_permission_and_scope_exists() -> None:
    known = set(TABLE.names()) | WORDS | {f"key:{scope}" for scope in SCOPES}

    assert sorted({who for methods in policy().values() for who in methods.values()} - known) == []


def test_what_a_page_asks_for_is_what_the_policy_says() -> None:
    wrong = []
    for route in routes():
        permission = getattr(route.view, "permission", None)
        if permission is None:
            continue
        said = policy()[route.name]
        if set(said) != set(route.view.methods) or set(said.values()) != {permission}:
            wrong.append(f"{route.name}: {dict.fromkeys(route.view.methods, permission)} but the policy says {said}")

    assert wrong == []


def test_what_an_operation_asks_for_is_what_the_policy_says() -> None:
    from shuke.api import reference

    asked = {
        f"api:{operation['operationId']}": f"key:{operation['x-scope']}"
        for operations in reference.schema()["paths"].values()
        for operation in operations.values()
    }
    said = {name: who for name, methods in policy().items() for who in methods.values() if who.startswith("key:")}

    assert asked == said


def test_only_these_views_are_not_guarded_by_the_page_decorator() -> None:
    plain = {r.name for r in routes() if not r.operations and not hasattr(r.view, "permission")}

    assert {name for name in plain if not name.startswith(("account_", "mfa_", "api"))} == set()


def test_every_permission_is_used_and_given_to_someone() -> None:
    for manifest in installed():
        for permission in manifest.permissions:
            assert permission.roles, permission.name
