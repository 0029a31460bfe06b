"""What an object is called among those of its type."""

from __future__ import annotations

from kfed.core.key import Key, key_of


def test_key_is_namespace_and_name() -> None:
    assert key_of({"metadata": {"namespace": "shop", "name": "web"}}) == Key("shop", "web")
    assert key_of({"metadata": {"name": "web"}}) == ("", "web")


def test_key_is_written_as_kubernetes_writes_it() -> None:
    assert [str(Key("shop", "web")), str(Key("", "web"))] == ["shop/web", "web"]


def test_equal_names_are_one_text_in_memory() -> None:
    first, second = (key_of({"metadata": {"namespace": "sh" + "op" * i, "name": "w" + "eb" * i}}) for i in (1, 1))
    assert first.name is second.name
    assert first.namespace is second.namespace
