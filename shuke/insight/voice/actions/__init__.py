"""Taking texts in, labelling them, learning from the labels, judging, forgetting."""

from shuke.insight.voice.actions.labelling import label, label_many, say_topics, unlabel
from shuke.insight.voice.actions.people import erase, forget
from shuke.insight.voice.actions.running import ask_for_training, judge_waiting, look_again, train
from shuke.insight.voice.actions.taking import Outcome, TextRecord, check, take

__all__ = [
    "Outcome", "TextRecord", "ask_for_training", "check", "erase", "forget", "judge_waiting", "label", "label_many", "look_again", "say_topics", "take",
    "train", "unlabel",
]  # fmt: skip
