"""What the shop can refuse, and why. Reasons are codes; the words for them live in `data/responses/`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.errors import TellOnceError


class ShopRefused(TellOnceError):
    """The shop's rules do not allow it. `reason` is a code such as `too_late`, `already_returned`, `invalid_nip`."""

    code, status = "shop_refused", 409

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(f"refused: {reason}", details={"reason": reason, **details})
        self.reason = reason


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a folder to import. `row` counts as a spreadsheet does (the header is 1); 0 means the file."""

    file: str
    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = [self.file, f"row {self.row}" if self.row else "", f"column {self.column}" if self.column else ""]
        return f"{', '.join(part for part in place if part)}: {self.reason}"


class ImportRejected(TellOnceError):
    """Nothing was imported. `problems` is everything that is wrong, in the order of files and rows."""

    code, status = "import_rejected", 422

    def __init__(self, problems: list[Problem]) -> None:
        lines = [str(problem) for problem in problems]
        super().__init__(f"{len(lines)} problems, nothing imported:\n" + "\n".join(lines))
        self.problems = problems
        self.details = {"problems": lines}
