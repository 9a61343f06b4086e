"""What hovering a part of a row tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_desktop.domain.row_view import step_tooltip
from parrot_desktop.views.delegates.session_delegate import Part

if TYPE_CHECKING:
    from parrot_desktop.domain.row_view import RowView
    from parrot_desktop.models.session_list_model import SessionListModel
    from parrot_desktop.views.delegates.session_delegate import Hit


def row_tooltip(view: RowView, hit: Hit, model: SessionListModel) -> str:
    """A step's name, status and elapsed time, absolute times, texts that were cut; "" where there is nothing to add."""
    words, times, now_ms = model.words, model.times, model.now_ms()
    match hit.part:
        case Part.STEP:
            return step_tooltip(view.steps[hit.step], words, times, now_ms)
        case Part.CUT_TEXT:
            return hit.text
        case Part.TIMES:
            started, moved = times.moment(view.started_ms), times.moment(view.last_ms)
            return words.tr("Started {started}\nLast moved {moved}", started=started, moved=moved)
        case Part.KIND:
            return view.kind_word
        case Part.ACTION:
            return "" if view.action is None else view.action.text
        case Part.STATUS:
            return view.reason or ""
        case Part.ROW:
            return ""
