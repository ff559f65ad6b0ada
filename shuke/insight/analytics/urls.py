"""Addresses of the reports."""

from django.urls import path

from shuke.insight.analytics.pages import (
    acquisition,
    costs,
    customers,
    download,
    funnels,
    holidays,
    paths,
    people,
    performance,
    places,
    prices,
    products,
    retention,
    returns,
    sales,
    searches,
    times,
    week,
)

app_name = "analytics"
urlpatterns = [
    path("", sales.overview, name="sales"),
    path("products/", products.products, name="products"),
    path("performance/", performance.performance, name="performance"),
    path("products/<int:product_id>/", performance.product, name="product"),
    path("prices/", prices.prices, name="prices"),
    path("returns/", returns.returns, name="returns"),
    path("customers/", customers.customers, name="customers"),
    path("retention/", retention.retention, name="retention"),
    path("places/", places.places, name="places"),
    path("times/", times.times, name="times"),
    path("holidays/", holidays.holidays, name="holidays"),
    path("funnels/", funnels.funnels, name="funnels"),
    path("paths/", paths.paths, name="paths"),
    path("searches/", searches.searches, name="searches"),
    path("channels/", acquisition.acquisition, name="acquisition"),
    path("costs/", costs.costs, name="costs"),
    path("costs/enter/", costs.enter_cost, name="enter_cost"),
    path("costs/file/", costs.enter_costs, name="enter_costs"),
    path("costs/<int:cost_id>/remove/", costs.remove_cost, name="remove_cost"),
    path("people/<slug:figure>/", people.people, name="people"),
    path("people/<slug:figure>/list/", people.keep_people, name="keep_people"),
    path("week/", week.week, name="week"),
    path("download/<slug:table>/", download.download, name="download"),
]
