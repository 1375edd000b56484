import pytest

from billing_site.core import encryption

OLD, NEW = "o" * 32, "n" * 32


def test_a_secret_is_read_again_and_does_not_stand_in_its_ciphertext(settings):
    settings.ENCRYPTION_KEYS = [OLD]

    token = encryption.encrypt("sk_live_très")

    assert encryption.decrypt(token) == "sk_live_très"
    assert "sk_live" not in token
    assert encryption.encrypt("sk_live_très") != token


def test_a_key_is_changed_by_putting_the_new_one_in_front(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    before = encryption.encrypt("secret")

    settings.ENCRYPTION_KEYS = [NEW, OLD]
    after = encryption.encrypt("secret")
    assert (encryption.decrypt(before), encryption.decrypt(after)) == ("secret", "secret")

    settings.ENCRYPTION_KEYS = [NEW]
    assert encryption.decrypt(after) == "secret"
    with pytest.raises(encryption.Undecipherable):
        encryption.decrypt(before)


def test_a_changed_ciphertext_is_refused(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    token = encryption.encrypt("secret")

    with pytest.raises(encryption.Undecipherable):
        encryption.decrypt(("A" if token[20] != "A" else "B").join([token[:20], token[21:]]))


def test_a_new_secret_key_of_the_site_changes_nothing(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    token = encryption.encrypt("secret")

    settings.SECRET_KEY = "another one"

    assert encryption.decrypt(token) == "secret"
