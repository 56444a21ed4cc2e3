"""The template agrees with the reader: headers, lists, notes and conditions, read back from the file itself."""

import pytest

from vaxtally import reference
from vaxtally.intake.canonical import words
from vaxtally.intake.read import read_file
from vaxtally.intake.read.headers import HEADERS, REQUIRED, read_header
from vaxtally.intake.template import Need, columns_of, formulas
from vaxtally.intake.template.sheet import FIRST

from ..template_filling import ALONE, CAMPAIGN_START, LANGUAGES, WITH_OTHERS, Filling

# Of these no unit fills in a column: the first is only in fix files.
NOT_ASKED = {"vaxtally_ref"}
DISTRICTS_TODAY = set(reference.district_by_fold().values())

every_language = pytest.mark.parametrize("language", LANGUAGES)
every_kind = pytest.mark.parametrize("kind", ["upload", "report"])


@every_kind
@every_language
def test_every_header_is_read_as_its_field_and_every_field_has_one(kind, language) -> None:
    filling = Filling.of(kind=kind, language=language)
    header = read_header(filling.headers, kind)
    assert set(header.fields) == set(HEADERS[kind]) - NOT_ASKED
    assert header.missing == ()
    expected = [column.field for column in columns_of(kind, language, WITH_OTHERS, CAMPAIGN_START)]
    assert list(header.fields) == expected


@every_kind
@every_language
def test_needed_columns_and_no_others_carry_the_mark(kind, language) -> None:
    filling = Filling.of(kind=kind, language=language)
    marked = {field for field, place in filling.fields.items() if "*" in filling.headers[place - 1]}
    assert marked == set(REQUIRED[kind])


@every_kind
def test_a_unit_without_others_below_it_is_not_asked_for_a_unit(kind) -> None:
    assert "unit_code" not in Filling.of(ALONE, kind).fields
    assert Filling.of(WITH_OTHERS, kind).choices("unit_code") == ["HOC-1", "HOC-1A"]


@every_language
@pytest.mark.parametrize(
    ("field", "read", "all_of_them"),
    [
        ("action", words.action, {"new", "update", "void"}),
        ("sex", words.sex, {"male", "female"}),
        ("vaccine", words.vaccine, set(reference.vaccines())),
        ("declared_vaccine", words.declared_vaccine, set(reference.declared_vaccine_by_fold().values())),
        ("dose_number", words.dose_number, {1, 2, 3, 4, 5}),
        ("declared_dose_number", words.dose_number, {1, 2, 3, 4}),
        ("district", words.district, DISTRICTS_TODAY),
    ],
)
def test_a_list_offers_everything_once_and_all_of_it_is_read(language, field, read, all_of_them) -> None:
    choices = Filling.of(language=language).choices(field)
    found = [read(choice) for choice in choices]
    assert len(found) == len(set(found))
    assert set(found) == all_of_them


def test_districts_that_ended_before_the_campaign_are_left_out() -> None:
    choices = Filling.of().choices("district")
    assert "Thành phố Thủ Đức" in choices
    assert not {"Quận 2", "Quận 9", "Quận Thủ Đức"} & set(choices)


@every_kind
@every_language
def test_every_column_says_what_it_is_for(kind, language) -> None:
    filling = Filling.of(kind=kind, language=language)
    checks = filling.sheet.data_validations.dataValidation
    assert len(checks) == len(filling.headers)
    for check in checks:
        assert len(check.promptTitle) <= 32
        assert 20 < len(check.prompt) <= 255
    for place in filling.fields.values():
        assert filling.sheet.cell(filling.header_row, place).comment


@every_kind
@every_language
def test_notes_are_not_cut_and_conditions_not_too_long(kind, language) -> None:
    """A spreadsheet refuses the whole file where one is longer; xlsxwriter drops the check with a warning."""
    for column in columns_of(kind, language, WITH_OTHERS, CAMPAIGN_START):
        assert len(column.how) + len(column.example) < 200
    # No template has more columns than letters twice over; a condition is written for its first row.
    assert len(formulas.given_on(f"AZ{FIRST + 1}", CAMPAIGN_START)) < formulas.LONGEST
    assert len(formulas.birth_date(f"AZ{FIRST + 1}")) < formulas.LONGEST


def test_identity_columns_and_dates_are_text_so_that_what_is_typed_stays() -> None:
    filling = Filling.of()
    kept = {
        place
        for each in filling.sheet.column_dimensions.values()
        if each.number_format == "@"
        for place in range(each.min or 0, (each.max or 0) + 1)
    }
    assert kept == set(filling.fields.values())


@every_kind
def test_the_header_stays_in_sight_and_the_lists_out_of_it(kind) -> None:
    filling = Filling.of(kind=kind)
    assert filling.sheet.freeze_panes == f"B{filling.header_row + 1}"
    assert [sheet.sheet_state for sheet in filling.book.worksheets] == ["visible", "visible", "hidden"]
    assert filling.book.active == filling.sheet


@every_kind
@every_language
def test_an_empty_template_has_no_row(kind, language, tmp_path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(Filling.of(kind=kind, language=language).save())
    assert read_file(path, kind).rows == 0


def test_a_unit_called_like_a_formula_is_only_called_so() -> None:
    unit = type(ALONE)("X-1", '=HYPERLINK("http://example.vn")', "vi", ("X-1",))
    cell = Filling.of(unit).sheet["A2"]
    assert cell.data_type == "s"


def test_words_are_the_same_in_both_languages() -> None:
    from vaxtally.intake.template.words import words as phrases

    def keys(part: dict, prefix: str = "") -> set[str]:
        return {
            name
            for key, value in part.items()
            for name in (keys(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key})
        }

    assert keys(phrases("vi")) == keys(phrases("en"))
    for kind in ("upload", "report"):
        assert len(phrases("vi")[kind]["steps"]) == len(phrases("en")[kind]["steps"])


def test_needs_follow_the_rules() -> None:
    needs = {column.field: column.need for column in columns_of("upload", "vi", ALONE, CAMPAIGN_START)}
    assert {field for field, need in needs.items() if need is Need.ONE_OF} == {
        "national_id", "health_insurance_no", "phone",
    }  # fmt: skip
    remarked = {rule.column for code, rule in reference.rules().items() if code == "lot_number.missing"}
    assert {field for field, need in needs.items() if need is Need.ADVISED} == remarked


@every_language
def test_every_rule_that_a_unit_can_meet_has_its_advice(language) -> None:
    from vaxtally.intake.template.words import advice

    # The unit list is the Department's own.
    assert list(advice(language)) == [code for code in reference.rules() if not code.startswith("units.")]
    assert all(text.strip().endswith(".") for text in advice(language).values())
