"""What will probably be sold, and when something is out of the ordinary: forecasts, alerts, plans for peaks.

Nouns: Series (a measure of the company, a shop or a category, by day or week), Run, Forecast, Promotion, Anomaly, Plan.

* Every forecast was judged at past days it did not learn from, beside two rules that anybody could use.
* Intervals come from errors that were really made; alerts are those that such errors do not explain.
* Series too short, too empty or ended are not forecast, and the page says why.
"""
