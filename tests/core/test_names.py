"""Names are Kubernetes' own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core import names
from kfed.core.names import Form

from .apimachinery import answers

FORMS = {name: form for name, form in vars(names).items() if isinstance(form, Form)}


@pytest.mark.parametrize("text", answers("names"))
def test_a_text_fits_the_forms_that_kubernetes_says_it_does(text: str) -> None:
    assert [name for name in sorted(FORMS) if FORMS[name].fits(text)] == answers("names")[text]


def test_every_form_is_tried_both_ways() -> None:
    for name in FORMS:
        assert {name in fitting for fitting in answers("names").values()} == {True, False}


@given(st.sampled_from(sorted(FORMS)), st.text(max_size=400))
def test_what_does_not_fit_is_told_in_a_sentence_of_bounded_length(name: str, text: str) -> None:
    refusal = FORMS[name].refusal(text)
    assert refusal.endswith(".")
    assert FORMS[name].noun in refusal
    assert len(refusal) < 12 * FORMS[name].longest + 400
