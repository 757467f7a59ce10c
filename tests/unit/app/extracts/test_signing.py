"""The hash names the content whatever its order; the key is made once, is nobody else's to read, and signs."""

import hashlib
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.extracts.errors import SigningKeyError
from app.extracts.signing import KEY_FILE, Signer, hash_statement, is_signed

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def test_the_hash_is_that_of_the_canonical_json_of_rfc_8785():
    # printf '{"a":"宗地","b":[1,0.5,1e-7]}' | sha256sum
    assert hash_statement({"b": [1.0, 0.5, 1e-7], "a": "宗地"}) == (
        hashlib.sha256('{"a":"宗地","b":[1,0.5,1e-7]}'.encode()).hexdigest()
    )


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), values, max_size=4))
def test_a_statement_that_went_through_json_has_the_same_hash(statement):
    again = json.loads(json.dumps(dict(reversed(statement.items()))))
    assert hash_statement(again) == hash_statement(statement)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    first, second = Signer.of(tmp_path / "data"), Signer.of(tmp_path / "data")
    assert first.public_key == second.public_key
    assert stat.S_IMODE((tmp_path / "data" / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == [KEY_FILE]


def test_a_signature_holds_for_its_hash_and_its_key_alone(tmp_path: Path):
    signer, other = Signer.of(tmp_path / "one"), Signer.of(tmp_path / "other")
    signature = signer.sign("a" * 64)
    assert is_signed("a" * 64, signature, signer.public_key)
    assert not is_signed("b" * 64, signature, signer.public_key)
    assert not is_signed("a" * 64, signature, other.public_key)


def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path: Path):
    (tmp_path / KEY_FILE).write_text("not a key")
    with pytest.raises(SigningKeyError, match="Restore it from a backup"):
        Signer.of(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == "not a key"
