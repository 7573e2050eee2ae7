const asked = new URL(location.href).searchParams, only = asked.get("at");
const story = only != null ? `at=${encodeURIComponent(only)}` : `story=${encodeURIComponent(asked.get("story") ?? "demo")}`;
new Stage(
  document.querySelector(".stage"),
  () => fetchJson(`/api/story?${story}`),
  (at) => fetchJson(`/api/scene?at=${encodeURIComponent(at)}`),
  kept() ? "" : `/${(only ?? "").replace(/^run(?=\?|$)/, "")}`,
);
