"""Sentences that stand in one wording wherever they stand."""

CHART_STATEMENT = (
    "Shows what devices sent and staff entered; gaps are gaps. Not an alarm. Not cleared or approved as a "
    "medical device. No advice on dose, treatment or discharge. Two single cuff readings may differ by "
    "10 mmHg or more from measurement error alone."
)
"""On every chart, report and export."""

DEMO = "DEMO: simulated values, no patient"
NOT_APPROVED = "Protocol not approved by this clinic"
NOT_RECORDED = "not recorded"
NOT_SIGNED = "not signed"
NO_DOSE = "No dose"
