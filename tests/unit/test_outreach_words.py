"""Phrases, numbers, dates and rule words of the mails."""

import re
import string
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxtally import paths, reference
from vaxtally.outreach.words import catalogue, forms_of, name_of, words

if TYPE_CHECKING:
    from babel.messages.catalog import Message

LANGUAGES = ("vi", "en")


def placeholders(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def messages(language: str) -> "dict[str, Message]":
    """The messages of a catalogue by their name, without the header."""
    return {name_of(message): message for message in catalogue(language) if message.id}


def test_both_catalogues_have_the_same_messages_with_the_same_placeholders():
    vi, en = messages("vi"), messages("en")
    assert list(vi) == list(en)
    for key, message in vi.items():
        assert message.pluralizable == en[key].pluralizable, key
        # "one row" may leave the number out; the last form, for many, names all there is
        assert placeholders(forms_of(message)[-1]) == placeholders(forms_of(en[key])[-1]), key
        assert all(placeholders(form) <= placeholders(forms_of(en[key])[-1]) for form in forms_of(en[key])), key


@pytest.mark.parametrize(("language", "plurals"), [("vi", 1), ("en", 2)])
def test_a_catalogue_is_whole_and_nothing_in_it_waits_for_a_translator(language, plurals):
    found = catalogue(language)
    assert (found.num_plurals, str(found.locale), found.obsolete) == (plurals, language, {})
    for key, message in messages(language).items():
        assert not message.fuzzy, key
        assert len(forms_of(message)) == (plurals if message.pluralizable else 1), key
        assert all(form.strip() for form in forms_of(message)), key
        if message.pluralizable:
            assert message.id == (key, key)


def test_no_message_stands_twice_in_a_catalogue():
    """Of two the reader keeps the last, and says nothing."""
    for language in LANGUAGES:
        text = (paths.MAIL_TEMPLATES / "locale" / language / "LC_MESSAGES" / "mail.po").read_text(encoding="utf-8")
        ids = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
        assert len(ids) == len(set(ids)) == len(messages(language))


def test_a_message_that_is_missing_is_an_error():
    with pytest.raises(KeyError):
        words("vi")("shortfall.no_such_message")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_words_that_name_no_value_of_a_row(language):
    t = words(language)
    for code in reference.rules():
        said = t.rule(code)
        assert said, code
        assert not re.search(r"[{}?]", said), f"{code}: {said}"


def test_numbers_and_dates_have_the_locale_s_form():
    vi, en = words("vi"), words("en")
    assert (vi.number(12450), en.number(12450)) == ("12.450", "12,450")
    assert (vi.full_date(date(2021, 10, 5)), en.full_date(date(2021, 10, 5))) == ("05/10/2021", "5 October 2021")
    assert vi.span([date(2021, 10, 5), date(2021, 10, 3)]) == "03/10 – 05/10/2021"
    assert vi.span([date(2021, 12, 31), date(2022, 1, 1)]) == "31/12/2021 – 01/01/2022"
    assert en.span([date(2021, 10, 5)]) == "5 October 2021"
    assert vi.numbers([12]) == "12"
    assert en.numbers([12, 15, 1800]) == "12, 15 and 1800"


def test_english_knows_one_from_many_and_vietnamese_needs_not():
    assert words("en")("shortfall.rejected_title", n=1).endswith("1 row")
    assert words("en")("shortfall.rejected_title", n=1200).endswith("1,200 rows")
    assert words("vi")("shortfall.rejected_title", n=1).endswith("1 dòng")


@given(reported=st.integers(1, 10**7), data=st.data())
def test_a_ratio_reads_100_percent_only_where_nothing_is_missing(reported, data):
    entered = data.draw(st.integers(0, reported))
    assert (words("vi").ratio(entered / reported) == "100,0%") == (entered == reported)


def test_a_ratio_of_nothing_is_a_dash():
    assert words("vi").ratio(None) == "–"
    assert words("en").ratio(0.29) == "29.0%"
