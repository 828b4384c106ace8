"""Pictures that a visitor brings along, from a file or the camera; kept until they are forgotten or the visit ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.images.data import Pictures
from playground.images.reading import MAX_PICTURES, ZIP, Album, picture_from, read_pictures
from playground.live.results import results
from playground.registry import InvalidValue
from playground.text.refusals import describe
from playground.ui import session
from playground.ui.handles import Handled
from playground.ui.sharing import MAX_UPLOAD

TYPES = ["zip", "npz", "gz", "idx", "ubyte", "idx1-ubyte", "idx3-ubyte"]
"""Endings in the picker; what a file is, its bytes tell."""
LEAST = 2
"""Pictures of each class: one trains, one tests."""
LONGEST = 40
"""Characters of a thing's name."""


class Shots:
    """Pictures that were taken with the camera in this visit.

    Attributes:
        pictures: (3, 32, 32) each, with the number of the thing.
        last: identity of the newest one, which the widget gives again each time the page is drawn.
    """

    def __init__(self) -> None:
        self.pictures: list[tuple[NDArray[np.float32], int]] = []
        self.last = ""

    def count(self, thing: int) -> int:
        """Pictures of one of the things."""
        return sum(which == thing for _, which in self.pictures)


def draw(asked: Handled) -> None:
    """Field for files, camera, and what is used now; a refusal changes nothing."""
    own: Album | None = asked.settings[asked.control.name]
    state = st.session_state

    def say(name: str, **values: object) -> str:
        return asked.section.say(f"album.{name}", asked.language, **values)

    def take(album: Album) -> None:
        state.pop(f"{asked.key}.refused", None)
        state[f"{asked.key}.used"] = True
        asked.put(album)

    def forget() -> None:
        asked.put(None)
        results.forget(session.visitor())

    def uploaded() -> None:
        files = state[upload]
        if not files:
            return
        try:
            album = Album(_read(files))
            _check_enough(album.pictures)
        except InvalidValue as error:
            state[f"{asked.key}.refused"] = error
        else:
            take(album)

    if own is None and state.pop(
        f"{asked.key}.used", False
    ):  # forgotten, by its button or the section's reset
        state[f"{asked.key}.round"] = state.get(f"{asked.key}.round", 0) + 1  # a new, empty field
        state.pop(f"{asked.key}.shots", None)
    upload = f"{asked.key}.upload.{state.get(f'{asked.key}.round', 0)}"
    st.file_uploader(
        say("upload"),
        type=TYPES,
        accept_multiple_files=True,
        key=upload,
        help=say("help"),
        on_change=uploaded,
        max_upload_size=MAX_UPLOAD,
    )
    with st.popover(say("camera"), icon=":material/photo_camera:", width="stretch"):
        _camera(say, asked.key, take)
    wrong = state.get(f"{asked.key}.refused")
    if wrong is not None:
        st.error(describe(wrong, asked.language), icon=":material/error:")
    if own is None:
        st.caption(say("example"))
    else:
        names = ", ".join(own.pictures.classes)
        st.text(say("using", count=f"{len(own.pictures):,}", classes=names))
        st.button(say("forget"), key=f"{asked.key}.forget", on_click=forget, icon=":material/delete:")


def _read(files: Sequence[Any]) -> Pictures:
    """The newest file, with the one before it where it does not stand alone. Raises InvalidValue."""
    *before, newest = files
    alone = newest.getvalue()[: len(ZIP)] == ZIP
    return read_pictures(newest, None if alone or not before else before[-1])


def _check_enough(pictures: Pictures) -> None:
    """Refuse a class of a single picture. Raises InvalidValue."""
    counts = np.bincount(pictures.labels, minlength=len(pictures.classes))
    if counts.min() < LEAST:
        name = pictures.classes[int(counts.argmin())]
        raise InvalidValue("file", "sentence.pictures_few", name=name, least=LEAST)


def _camera(say: Any, key: str, take: Any) -> None:
    """Two names, the camera, and how many pictures there are of each."""
    state = st.session_state
    shots: Shots = state.setdefault(f"{key}.shots", Shots())
    named = [
        column.text_input(say(place), value=say(usual), max_chars=LONGEST, key=f"{key}.{place}")
        for column, place, usual in zip(st.columns(2), ("first", "second"), ("one", "other"), strict=True)
    ]
    names = tuple(name.strip() or say(usual) for name, usual in zip(named, ("one", "other"), strict=True))
    thing = st.radio(say("thing"), (0, 1), format_func=names.__getitem__, horizontal=True, key=f"{key}.thing")
    counted = st.empty()
    shot = st.camera_input(say("take"), key=f"{key}.camera", label_visibility="collapsed")
    if shot is not None and shot.file_id != shots.last and len(shots.pictures) < MAX_PICTURES:
        shots.last = shot.file_id
        shots.pictures.append((picture_from(shot.getvalue(), shot.name), int(thing or 0)))
    a, b = shots.count(0), shots.count(1)
    counted.text(say("have", first=names[0], second=names[1], a=a, b=b))
    if min(a, b) < LEAST or names[0] == names[1]:
        st.caption(say("needed", least=LEAST))
        return

    def learn() -> None:
        images = np.stack([picture for picture, _ in shots.pictures])
        labels = np.array([which for _, which in shots.pictures], dtype=np.int64)
        take(Album(Pictures(images, labels, names)))

    st.button(say("learn"), key=f"{key}.learn", on_click=learn, type="primary", icon=":material/check:")
