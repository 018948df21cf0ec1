"""The least a workbook costs: calamine's bare `to_python`. `python -m bench.limits.workbook FILE.xlsx`."""

from __future__ import annotations

import sys

from python_calamine import CalamineWorkbook

if __name__ == "__main__":
    CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
