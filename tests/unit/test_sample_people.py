"""The made-up people keep the rules that the answer key counts on."""

import re
from datetime import date

import numpy as np
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaxtally.sample import identifiers, names, people
from vaxtally.text import name_key, unmark

COUNT = 5_000


@pytest.fixture(scope="module")
def crowd() -> people.People:
    return people.draw_people(np.random.default_rng(5), COUNT, youngest_born_on=date(2001, 3, 1))


@pytest.fixture(scope="module")
def persons(crowd: people.People) -> list[people.Person]:
    return [people.person(crowd, who) for who in range(COUNT)]


def test_a_cccd_agrees_with_sex_century_and_birth_year(persons: list[people.Person]) -> None:
    numbers = [(person, person.national_id) for person in persons if person.id_kind == identifiers.CCCD]
    assert len(numbers) > COUNT / 2
    for person, number in numbers:
        assert re.fullmatch(r"[0-9]{12}", number)
        assert int(number[3]) == person.sex + (2 if person.birth.year >= 2000 else 0)
        assert int(number[4:6]) == person.birth.year % 100
        assert number[6:] not in ("000000", "999999")


def test_other_documents_have_their_forms(persons: list[people.Person]) -> None:
    forms = {identifiers.CMND: r"[0-9]{9}", identifiers.PASSPORT: r"[A-Z][0-9]{7}", identifiers.NO_ID: ""}
    for kind, form in forms.items():
        found = [person.national_id for person in persons if person.id_kind == kind]
        assert found
        assert all(re.fullmatch(form, number) for number in found)


def test_insurance_numbers_have_ten_digits_or_fifteen_characters(persons: list[people.Person]) -> None:
    numbers = [person.insurance for person in persons if person.insurance]
    assert {len(number) for number in numbers} == {10, 15}
    assert all(re.fullmatch(r"([A-Z]{2}[1-5][0-9]{2})?[0-9]{10}", number) for number in numbers)
    assert len({number[-10:] for number in numbers}) == len(numbers)


def test_phones_are_valid_vietnamese_mobile_numbers(persons: list[people.Person]) -> None:
    numbers = [person.phone for person in persons if person.phone]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        parsed = phonenumbers.parse(number, "VN")
        assert phonenumbers.is_valid_number(parsed)
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE


def test_everybody_can_be_told_apart(crowd: people.People, persons: list[people.Person]) -> None:
    assert len({(name_key(person.full_name), person.birth) for person in persons}) == COUNT
    documents = [person.national_id for person in persons if person.national_id]
    assert len(set(documents)) == len(documents)
    assert all(person.national_id or person.insurance or person.phone for person in persons)
    assert crowd.birth.max() <= date(2001, 3, 1).toordinal()


def test_names_carry_marks_where_their_family_does(persons: list[people.Person]) -> None:
    for person in persons:
        words = person.full_name.split()
        assert len(words) >= 3
        if words[0] in names.MARKED_FAMILIES:
            assert unmark(words[0]) != words[0].lower()


def test_name_numbers_ignore_diacritics() -> None:
    hoa, hoa_marked = names.GIVEN_NAMES.index("Hoa"), names.GIVEN_NAMES.index("Hòa")
    zeros = np.zeros(2, dtype=np.int64)
    numbers = names.name_numbers(names.Names(zeros, zeros, np.array([hoa, hoa_marked])))
    assert numbers[0] == numbers[1]


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 900))
def test_drawn_numbers_are_distinct_even_where_room_is_scarce(seed: int, count: int) -> None:
    drawn = identifiers.draw_distinct(np.random.default_rng(seed), np.full(count, 7), 3)
    assert len(np.unique(drawn)) == count
    assert ((drawn > 7000) & (drawn < 7999)).all()
