"""Demonstrations are recorded into a dataset: episodes of a body that a policy or a hand moves.

An episode is played (`Source`) while an `Album` keeps what the cameras saw at each row; an `Operator`
says when it begins, ends and whether it is kept; kept ones lie whole in a `Spool` until the dataset
is written.
"""

from xlvla_sdk.recording.album import Album
from xlvla_sdk.recording.guided import GuidedSource
from xlvla_sdk.recording.keys import Keys, TerminalKeys
from xlvla_sdk.recording.motion import Motion
from xlvla_sdk.recording.operator import Attended, Operator, Unattended
from xlvla_sdk.recording.session import Recorded, RecordSettings, record
from xlvla_sdk.recording.source import PolicySource, Source
from xlvla_sdk.recording.spool import Spool

__all__ = [
    "Album",
    "Attended",
    "GuidedSource",
    "Keys",
    "Motion",
    "Operator",
    "PolicySource",
    "RecordSettings",
    "Recorded",
    "Source",
    "Spool",
    "TerminalKeys",
    "Unattended",
    "record",
]
