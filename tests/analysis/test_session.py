from datetime import UTC, datetime

import pandas as pd
import pytest

from analysis.session import EVENTS, GAPS, READINGS, table


@pytest.mark.parametrize("columns", [READINGS, EVENTS, GAPS])
def test_a_table_without_rows_has_every_column_with_its_dtype(columns):
    assert {name: str(dtype) for name, dtype in table([], columns).dtypes.items()} == dict(columns)


def test_a_time_that_nobody_said_is_nat_in_its_columns_dtype():
    gap = {"source": "monitor", "start": datetime(2026, 3, 2, tzinfo=UTC), "end": pd.NaT, "cause": "silent"}
    made = table([gap], GAPS)
    assert str(made["end"].dtype) == GAPS["end"]
    assert made["end"].isna().all()


def test_a_time_without_a_zone_is_refused():
    naive = datetime(2026, 3, 2)  # noqa: DTZ001
    with pytest.raises(TypeError):
        table([{"source": "monitor", "start": naive, "end": naive, "cause": "silent"}], GAPS)
