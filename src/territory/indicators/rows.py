"""Tidy rows of indicators: one frame for each measure, all with the same columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from territory.tables import INDICATORS

REGION = "region"


def row(indicator: str, where: str, value: float, unit: str, better: str | None) -> dict[str, object]:
    """Return one row without an interval."""
    return {
        "indicator": indicator,
        "where": where,
        "value": value,
        "low": np.nan,
        "high": np.nan,
        "unit": unit,
        "better": better,
    }


def rows(
    indicator: str, values: Mapping[str, float] | pd.Series, kind: str, unit: str, better: str | None
) -> list[dict[str, object]]:
    """Return a row for each place of one kind (province, zone, facility)."""
    return [row(indicator, f"{kind}:{place}", float(value), unit, better) for place, value in values.items()]


def tidy(parts: list[dict[str, object]]) -> pd.DataFrame:
    """Return the checked table of indicators, in a fixed order."""
    table = pd.DataFrame(parts, columns=INDICATORS.names)
    return INDICATORS.check(table.sort_values(["indicator", "where"], kind="stable"))


def ratio(part: float, whole: float) -> float:
    """Return part / whole, or NaN where there is no whole."""
    return part / whole if whole > 0 else float("nan")
