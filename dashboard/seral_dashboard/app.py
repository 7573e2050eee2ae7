"""The dashboard's entry: its look, and the way from view to view."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from seral_dashboard import component
from seral_dashboard.dark import by_night, is_dark
from seral_dashboard.pages import sentences
from seral_dashboard.views import classroom, compare, corpus, duel, label, map, recipes, run

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 148 32" height="32">
<g fill="none" stroke="#0B5F73" stroke-width="3.4" stroke-linecap="round">
<path d="M4 13v6M11 8v16M18 3v26M25 10v12"/></g><circle cx="32" cy="16" r="3.4" fill="#D55E00"/>
<text x="46" y="23" font-family="Source Sans, Helvetica, Arial, sans-serif" font-size="23" font-weight="700"
letter-spacing="2.2" fill="#1B2A33">SERAL</text></svg>"""

#: Less empty space than Streamlit leaves, so that a view fits a screen of 1280 x 800.
STYLE = r"""<style>
.block-container { padding: 4.1rem 2rem 1.5rem; max-width: 1500px; }
h1 { font-size: 1.75rem !important; padding: 0 0 .2rem !important; }
h2 { font-size: 1.35rem !important; padding-top: .4rem !important; }
h3 { font-size: 1.15rem !important; padding-top: .2rem !important; }
[data-testid="stSelectbox"] input { text-overflow: ellipsis; }
[data-testid="stMetricValue"] { font-size: 1.6rem; }
[data-testid="stMetricLabel"] p { font-size: .95rem; }
@media (max-width: 820px) {
  .block-container { padding: 4.1rem 1rem 2rem; }
  [data-testid="stMarkdownContainer"] table { display: block; overflow-x: auto; }
  /* Panels of a figure stay as large as they are drawn; a finger moves them. */
  [class*="st-key-figure-"] { overflow-x: auto; }
  [class*="st-key-figure-"] * { max-width: none !important; }
  [class*="st-key-figure-"] img { width: 740px !important; }
}
[data-testid="stHeader"] a { font-size: 1.05rem; }
/* What is about to be drawn anew keeps its look until it is. */
[data-testid="stElementContainer"][data-stale="true"] { opacity: 1 !important; transition: none !important; }
/* What Streamlit advises when the server is gone would not start this one. */
[role="dialog"] div:has(> [data-testid="stErrorCodeBlock"]) > * { display: none; }
[role="dialog"] div:has(> [data-testid="stErrorCodeBlock"])::before { white-space: pre-line; content:
  "The dashboard has ended. Runs go on, and nothing that was recorded is lost.\A\A Start it again in a terminal with\A"
  "seral dashboard   (or make demo)\A and this page finds it again."; }
</style>"""

#: On the stage a page is shown in a frame: what leads away from it is not.
FRAMED = """<style>[data-testid="stHeader"] { display: none; } .block-container { padding-top: 1.2rem; }</style>"""

st.set_page_config(page_title="SERAL", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide")
st.logo(by_night(LOGO) if is_dark() else LOGO, size="large")
st.html(STYLE)
if st.context.is_embedded:
    st.html(FRAMED)
component.presents()

views = [
    st.Page(sentences(run.show), title="Run", icon=":material/play_circle:", url_path="run", default=True),
    st.Page(sentences(map.show), title="Map", icon=":material/scatter_plot:", url_path="map"),
    st.Page(sentences(duel.show), title="Duel", icon=":material/compare_arrows:", url_path="duel"),
    st.Page(sentences(label.show), title="Label", icon=":material/headphones:", url_path="label"),
    st.Page(sentences(classroom.show), title="Class", icon=":material/groups:", url_path="class"),
    st.Page(sentences(compare.show), title="Compare", icon=":material/show_chart:", url_path="compare"),
    st.Page(sentences(recipes.show), title="Recipes", icon=":material/menu_book:", url_path="recipes"),
    st.Page(sentences(corpus.show), title="Corpus", icon=":material/library_music:", url_path="corpus"),
]
st.session_state["views"] = {view.url_path or "run": view for view in views}
st.navigation(views, position="top").run()
