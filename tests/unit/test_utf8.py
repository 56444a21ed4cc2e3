"""What is UTF-8, and what is in NFC for certain, told without decoding: as decoding tells it."""

import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from vaxtally.intake.read.encodings.utf8 import Utf8Check
from vaxtally.intake.read.signs import holds_pair, line_ends
from vaxtally.intake.read.text_file import to_nfc

TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("ặợđÁ\u0301\u0323\ue1baạẸ\u1ecd\u1f00 \n")))
BYTES = st.one_of(st.binary(), TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))


@settings(deadline=None)
@given(data=BYTES, edges=st.lists(st.integers(0, 40)))
@example(data="ặ".encode()[:2], edges=[1])
@example(data=b"\xf0\x9f\x98\x80\xed\xa0\x80", edges=[1, 2, 3])
@example(data=b"\xc0\x80", edges=[])
def test_chunk_by_chunk_as_at_once(data: bytes, edges: list[int]) -> None:
    check, start, told = Utf8Check(), 0, True
    for edge in sorted(edges):
        told = told and check.feed(data[start:edge])
        start = max(start, edge)
    told = told and check.feed(data[start:], final=True)
    try:
        data.decode()
    except UnicodeDecodeError:
        assert not told
    else:
        assert told


@settings(deadline=None)
@given(text=TEXTS)
@example(text="a" * (1 << 17) + "\u1f71")
@example(text="a" * ((1 << 17) - 1) + "\u1e01\u1f71")
@example(text="e\u0301" * 70_000)
def test_what_passes_for_nfc_is_nfc(text: str) -> None:
    data = text.encode("utf-8", "replace")
    assert to_nfc(data) == unicodedata.normalize("NFC", data.decode()).encode()


@settings(deadline=None)
@given(data=st.one_of(st.binary(), st.integers(1, 300_000).map(lambda n: b"a" * n + b"\x1f a\n")))
def test_signs_are_counted_as_bytes_counts_them(data: bytes) -> None:
    assert line_ends(data) == data.count(b"\n")
    assert holds_pair(data, 0x1F, 0x20) == (b"\x1f " in data)
