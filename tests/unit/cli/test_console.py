"""What comes out of data is printed as it is."""

import pytest

from app.cli import console


def test_brackets_in_data_are_no_markup(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "120")
    console.print_table("t", ("a", "b"), [("[/abc]", "[bold]x")])
    printed = capsys.readouterr().out
    assert "[/abc]" in printed
    assert "[bold]x" in printed


def test_an_error_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        console.fail("word " * 60 + "[/x]", console.ExitCode.REFUSED)
    assert ended.value.code == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.strip().endswith("[/x]")
    assert captured.err.count("\n") == 1
