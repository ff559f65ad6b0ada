"""Addresses of journeys."""

from django.urls import path

from shuke.journeys.journeys.pages import browsing, drawing, hooks, people, planning, running, trying

app_name = "journeys"
urlpatterns = [
    path("", browsing.journeys, name="list"),
    path("new/", drawing.new, name="new"),
    path("recipes/", planning.recipes, name="recipes"),
    path("recipes/<slug:code>/", planning.cook, name="cook"),
    path("plan/", planning.plan, name="plan"),
    path("hooks/<str:hook>/", hooks.call, name="hook"),
    path("runs/<uuid:uuid>/", people.run, name="run"),
    path("<uuid:uuid>/", browsing.journey, name="detail"),
    path("<uuid:uuid>/draw/", drawing.draw, name="draw"),
    path("<uuid:uuid>/draw/settings/", drawing.settings, name="settings"),
    path("<uuid:uuid>/draw/add/", drawing.add, name="add"),
    path("<uuid:uuid>/draw/place/", drawing.place, name="place"),
    path("<uuid:uuid>/draw/step/<slug:step>/", drawing.step, name="step"),
    path("<uuid:uuid>/draw/step/<slug:step>/kind/", drawing.turn, name="turn"),
    path("<uuid:uuid>/draw/step/<slug:step>/remove/", drawing.remove, name="remove"),
    path("<uuid:uuid>/replay/", trying.replay, name="replay"),
    path("<uuid:uuid>/why/", people.why, name="why"),
    path("<uuid:uuid>/people/", people.people, name="people"),
    path("<uuid:uuid>/troubles/", people.troubles, name="troubles"),
    path("<uuid:uuid>/troubles/retry/", running.retry, name="retry"),
    path("<uuid:uuid>/troubles/let-go/", running.let_go, name="let_go"),
    path("<uuid:uuid>/on/", running.switch_on, name="switch_on"),
    path("<uuid:uuid>/pause/", running.pause, name="pause"),
    path("<uuid:uuid>/resume/", running.resume, name="resume"),
    path("<uuid:uuid>/archive/", running.archive, name="archive"),
    path("<uuid:uuid>/move/", running.move, name="move"),
    path("<uuid:uuid>/enter/", running.enter, name="enter"),
]
