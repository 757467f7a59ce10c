import pytest

from app.keys.access import Actor, Scope


@pytest.mark.parametrize(
    ("held", "needed", "allowed"),
    [
        (Scope.READ, Scope.READ, True),
        (Scope.READ, Scope.CHECK, False),
        (Scope.READ, Scope.WRITE, False),
        (Scope.CHECK, Scope.READ, True),
        (Scope.CHECK, Scope.CHECK, True),
        (Scope.CHECK, Scope.WRITE, False),
        (Scope.WRITE, Scope.READ, True),
        (Scope.WRITE, Scope.CHECK, True),
        (Scope.WRITE, Scope.WRITE, True),
    ],
)
def test_a_scope_includes_those_before_it(held: Scope, needed: Scope, allowed: bool) -> None:
    assert Actor("planner", held).may(needed) is allowed
    assert (held >= needed) is allowed
    assert (needed <= held) is allowed
    assert (held < needed) is not allowed
    assert (needed > held) is not allowed


def test_scopes_sort_by_what_they_allow_and_not_by_the_alphabet() -> None:
    assert sorted([Scope.WRITE, Scope.READ, Scope.CHECK]) == [Scope.READ, Scope.CHECK, Scope.WRITE]


def test_a_scope_cannot_be_compared_with_what_is_no_scope() -> None:
    with pytest.raises(ValueError, match="admin"):
        _ = Scope.READ < "admin"


def test_an_actor_cannot_be_changed_after_the_fact() -> None:
    actor = Actor("planner", Scope.READ)
    with pytest.raises(AttributeError):
        actor.scope = Scope.WRITE  # type: ignore[misc]
