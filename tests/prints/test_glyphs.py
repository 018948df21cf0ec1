"""What no font has is spelled with letters that are there; nothing is printed as a box."""

from __future__ import annotations

import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path

import fontpkg_noto_sans
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.paper import Party
from hub.prints.glyphs import Glyphs, Odd
from hub.prints.press import Press
from hub.prints.samples import LABEL, NOTE
from tests.prints.reading import words


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Ääkkönen Õie Šmidt Žanna €", "Ääkkönen Õie Šmidt Žanna €"),
        ("Жанна Ґалаґан, Αθήνα, Nguyễn Thị Hồng", "Жанна Ґалаґан, Αθήνα, Nguyễn Thị Hồng"),
        ("北京市 12", "BeiJingShi 12"),
        ("서울", "SeoUl"),
        ("محمد", "mhmd"),
        ("กรุงเทพ", "krungethph"),
        ("Ａｌｉｃｅ ① ⅷ", "Alice 1 viii"),  # taken apart, as Unicode says
        ("Tent → pegs", "Tent > pegs"),
        ("Maija 🎁 Esimerkki 👩‍🚒", "Maija Esimerkki"),
        ("❤️", "?"),
        ("first\nsecond", "first\nsecond"),
    ],
)
def test_a_text_is_spelled_with_the_letters_that_are_there(text: str, printed: str) -> None:
    assert Glyphs().spelled(text) == printed


@given(st.text(max_size=30))
def test_whatever_is_sent_what_is_printed_has_its_letters(text: str) -> None:
    spelled = Glyphs().spelled(text)
    assert all(map(Glyphs().has, spelled))
    assert bool(spelled) == bool(text)
    assert Glyphs().spelled(spelled) == spelled


def test_every_latin_letter_that_is_taken_for_granted_is_in_the_shipped_font() -> None:
    from hub.prints.glyphs import _shipped

    letters = [code for code in range(0x20, 0x180) if unicodedata.category(chr(code)) not in {"Cc", "Cf", "Zs"}]
    assert set(letters) <= _shipped()


def test_a_font_of_the_workspace_has_its_letters_too(tmp_path: Path) -> None:
    assert not Glyphs().extra
    shutil.copy(next((fontpkg_noto_sans.ROOT / "files").glob("NotoSans-*.ttf")), tmp_path / "own.ttf")
    assert ord("Ж") in Glyphs.of(tmp_path).extra
    assert Glyphs.of(tmp_path / "none").extra == frozenset()


def test_a_paper_tells_which_of_its_texts_are_spelled_otherwise() -> None:
    label, odd = Glyphs().spell(replace(LABEL, receiver=Party("王小明", ("北京路 1", "Testikatu 2"), "00100 Helsinki")))
    assert label.receiver == Party("WangXiaoMing", ("BeiJingLu 1", "Testikatu 2"), "00100 Helsinki")
    assert odd == [Odd("receiver.name", "王小明"), Odd("receiver.lines", "北京路 1")]
    assert label.marks == LABEL.marks
    assert Glyphs().spell(NOTE) == (NOTE, [])
    with Press() as press:
        assert {"WangXiaoMing", "BeiJingLu"} <= words(press.labels([label]))
