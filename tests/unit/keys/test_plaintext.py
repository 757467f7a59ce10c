import hashlib

from app.keys.service import KEY_PATTERN, digest, new_plaintext


def test_a_key_carries_its_prefix_and_256_random_bits() -> None:
    keys = {new_plaintext() for _ in range(200)}
    assert len(keys) == 200
    assert all(KEY_PATTERN.fullmatch(key) for key in keys)


def test_what_is_stored_of_a_key_is_its_sha256() -> None:
    assert digest("duogui_x") == hashlib.sha256(b"duogui_x").hexdigest()
    # FIPS 180-4 test vector, so that the test does not only repeat the code.
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
