"""How to mend a driver that breaks a clause of the contract; said under the failure."""

from __future__ import annotations

MENDS = {
    "opens_without_moving": "Send no target, mode or enable in `open`: read, and nothing else.",
    "reads_what_is_measured": "Look at units, sign, offset and order in `read`: qpos is in radians, "
    "in the order of spec.joints, and it is what is measured, not what was told.",
    "says_who_it_is": "Return an Identity from `identity`; its side is None where none is told.",
    "refuses_the_other_side": "Ask the device for its side in `open`, and raise a DriverError that "
    "names both; where it does not say, exempt this check in checks.toml.",
    "reads_where_it_was_sent": "`command` and `read` turn counts and radians with different "
    "numbers: make one the reverse of the other.",
    "starts_where_it_stands": "Let no target of before a stop or a release reach the device again.",
    "holds": "Measure in `hold`, and send what was measured.",
    "stops": "Send the device's own stop, or the measured posture, at once; the next command has to "
    "work again.",
    "stops_from_any_state": "Return from `stop` unless this driver commanded or held the device since "
    "it was opened; clear that in `open`, `close` and `release`.",
    "gives_up_control": "Let `release` be called twice, and leave the device readable.",
    "sends_nothing_senseless": "Call checked_target(self.spec, qpos) first thing in `command`.",
    "closes_twice": "Let `close` be called twice, and raise DriverError from calls on a closed driver.",
    "stops_on_the_way_out": "Do not override __exit__; let `stop` work whenever the device was moved.",
    "leaves_nothing_behind": "Join every thread and close every file in `close`.",
    "says_that_nobody_answers": "Give every question a deadline, and raise DriverError after it.",
    "says_that_it_is_unplugged": "Turn the line's errors into DriverError; `open` finds it again.",
    "outlives_a_reboot": "Keep nothing that only the device knew before: set it again, or say so.",
    "sees_a_stuck_joint": "Return what the device measures from `read`, not the last target.",
    "heeds_alarms": "Put the device's own flags into JointState.alarms, each with its joint's name; "
    "where it has none, exempt this check in checks.toml.",
    "outlives_a_bad_line": "Check the checksum of every frame, ask again, and give up with DriverError.",
    "reaches_its_limits": "Round towards the inside when radians become counts.",
}
"""Clause to mend."""
