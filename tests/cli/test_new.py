"""`xlvla new` finds, asks or stops, and writes a package; and says what is wrong before it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.conftest import Command
from tests.scaffold.odd_hands import two_handed
from xlvla_sdk.cli.new import _ask
from xlvla_sdk.errors import SpecError
from xlvla_sdk.scaffold import Answers, Question
from xlvla_sdk.scaffold.asking import answered, one_side
from xlvla_sdk.specs import Side

URDFS = Path(__file__).resolve().parents[2] / "examples/acme_h11/xlvla_acme_h11/urdf"
RIGHT, LEFT = (URDFS / f"acme_h11_{side}.urdf" for side in Side)


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A hand whose names say the opposite of its geometry: index and ring are swapped."""
    text = RIGHT.read_text().replace("index", "swapped").replace("ring", "index")
    text = text.replace("swapped", "ring").replace("stindex", "string")
    path = tmp_path / "odd.urdf"
    path.write_text(text)
    return path


def test_a_package_is_written_and_the_map_is_said(xlvla: Command, tmp_path: Path):
    out = tmp_path / "acme_h6"
    done = xlvla("new", "acme_h6", "--urdf", RIGHT, "--transport", "none", "--out", out)
    assert done.code == 0, done.err
    assert "acme_h11_right.urdf: a right hand, 11 joints" in done.out
    assert done.out.splitlines()[-1].endswith("none for acme_h6:right")
    assert (out / "xlvla_acme_h6/urdf/acme_h6_right.urdf").read_text() == RIGHT.read_text()
    again = xlvla("new", "acme_h6", "--urdf", RIGHT, "--transport", "none", "--out", out)
    assert "is there already" in again.error


@pytest.mark.slow
def test_both_hands_of_one_file_are_written_and_a_side_chooses_one(xlvla: Command, tmp_path: Path):
    robot = two_handed(tmp_path, RIGHT, LEFT)
    words = ("--urdf", robot, "--transport", "none", "--out")
    done = xlvla("new", "acme_h11", *words, tmp_path / "both")
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1].endswith("none for acme_h11:right and acme_h11:left")
    urdfs = tmp_path / "both/xlvla_acme_h11/urdf"
    for side, other in (("right", "left"), ("left", "right")):
        text = (urdfs / f"acme_h11_{side}.urdf").read_text()
        assert f'"{side}_palm"' in text
        assert f'"{other}_palm"' not in text
        assert "torso" not in text
    one = xlvla("new", "acme_h11", *words, tmp_path / "one", "--side", "left")
    assert one.out.splitlines()[-1].endswith("none for acme_h11:left")


def test_a_dry_run_says_and_draws_what_is_found_and_writes_nothing_else(
    xlvla: Command, tmp_path: Path
):
    out = tmp_path / "acme_h6"
    words = ("--urdf", RIGHT, "--transport", "serial", "--out", out, "--dry-run")
    done = xlvla("new", "acme_h6", *words)
    assert done.code == 0, done.err
    assert [path.name for path in tmp_path.glob("acme*")] == ["acme_h6_right.png"]
    assert (tmp_path / "acme_h6_right.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    rows = [line.split()[:3] for line in done.out.splitlines()]
    assert ["thumb's", "tip", "thumb_tip"] in rows
    assert ["ring's", "tip", "ring_tip"] in rows


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("acme-h6", "--urdf", RIGHT), "as in acme_h6"),
        (("acme_h6", "--urdf", LEFT, "--left", LEFT), "this is a left hand"),
        (("acme_h6", "--urdf", RIGHT, "--left", LEFT, "--side", "right"), "Leave it out"),
        (("acme_h6", "--urdf", RIGHT, "--tip", "thumb"), "is not FINGER=LINK"),
        (("acme_h6", "--urdf", RIGHT, "--tip", "thumb=nowhere"), "'nowhere' is not in the URDF"),
        (("acme_h6", "--urdf", URDFS / "none.urdf"), "cannot be read"),
        (("acme_h6", "--urdf", RIGHT, "--license", "My own"), "LicenseRef-NAME"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(
    xlvla: Command, tmp_path: Path, words: tuple[object, ...], said: str
):
    out = tmp_path / "acme_h6"
    assert said in xlvla("new", *words, "--transport", "none", "--out", out).error
    assert not out.exists()


def test_without_a_terminal_open_questions_stop_it_with_the_option_that_answers(
    xlvla: Command, asked: Path, tmp_path: Path
):
    out = tmp_path / "acme_h6"
    done = xlvla("new", "acme_h6", "--urdf", asked, "--transport", "none", "--out", out)
    assert done.code == 1
    assert "--tip " in done.err
    assert "Traceback" not in done.err
    assert not out.exists()


def test_a_person_s_answers_are_taken_one_after_the_other(asked: Path):
    put: list[Question] = []

    def person(question: Question) -> str:
        put.append(question)
        return question.choices[0]  # nearest to the thumb, whatever it is called

    draft = answered(asked, Answers(), person)
    assert [question.topic for question in put] == ["index"]
    assert draft.questions == ()
    assert draft.tip_links["index"] == "ring_tip"


def test_a_question_is_put_with_its_choices_until_one_is_taken():
    question = Question("thumb", "Which is the thumb?", ("a_tip", "b_tip"), "--tip thumb=LINK")
    with CliRunner().isolation(input="7\nb_tip\n2\n") as (_, said, *_rest):
        assert _ask(question) == "b_tip"
        text = said.getvalue().decode()
    assert "1  a_tip" in text
    assert text.count("type a number from 1 to 2") == 2


def test_an_answer_that_is_no_choice_is_refused(asked: Path):
    with pytest.raises(SpecError, match="'somewhere' is none of"):
        answered(asked, Answers(), lambda _: "somewhere")


def test_a_side_that_is_plain_need_not_be_answered():
    assert one_side(LEFT, Side.LEFT, Answers()).beliefs["side"].reason != "as answered"
