"""`xlvla new`: a hand's description from its URDF alone, and the package around it.

    draft = draft_hand(Path("acme_right.urdf"))
    draft.questions          # () when nothing is to be asked; else str(question) says how to answer
    draft = draft_hand(Path("acme_right.urdf"), Answers(tips={"thumb": "link_15"}))
    draft.fingers["index"]   # FoundFinger: tip_link, tip_xyz, joints, certainty, reason
    draft.side, draft.beliefs["side"]   # Side.RIGHT, Belief(certainty, reason)
    draft.urdf_text          # the maker's URDF, with links added for tips that have none
    draft.tip_links          # finger to link in that text
    draft.spec("acme_h6")    # HandSpec; SpecError with every question while some are open

`draft_hands` gives every hand of a robot, right ones first. Trees and geometry decide: where chains
part is the palm, the chain that stands against a row of others is the thumb, the row's end beside it
the index, and where fingers close to is where the palm faces. Names confirm; where the two disagree,
or neither says, there is a question with choices and the option that answers it.
"""

from xlvla_sdk.scaffold.answers import Answers, Question
from xlvla_sdk.scaffold.draft import Belief, FoundFinger, HandDraft
from xlvla_sdk.scaffold.finding import draft_hand, draft_hands

__all__ = [
    "Answers",
    "Belief",
    "FoundFinger",
    "HandDraft",
    "Question",
    "draft_hand",
    "draft_hands",
]
