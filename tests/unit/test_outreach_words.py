"""Phrases, numbers, dates and rule words of the mails."""

import re
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxtally import reference
from vaxtally.outreach.words import words

LANGUAGES = ("vi", "en")


def placeholders(phrase: str | dict[str, str]) -> set[str]:
    forms = phrase.values() if isinstance(phrase, dict) else [phrase]
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


def test_both_languages_have_the_same_phrases_with_the_same_placeholders():
    vi, en = words("vi").phrases, words("en").phrases
    assert vi.keys() == en.keys()
    for section in (name for name, phrases in vi.items() if isinstance(phrases, dict)):
        assert vi[section].keys() == en[section].keys(), section
        for name in vi[section]:
            assert placeholders(vi[section][name]) == placeholders(en[section][name]), f"{section}.{name}"


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
