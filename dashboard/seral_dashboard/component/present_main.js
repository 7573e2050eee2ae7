const asked = new URL(location.href).searchParams, only = asked.get("at");
const story = only != null ? `at=${encodeURIComponent(only)}` : `story=${encodeURIComponent(asked.get("story") ?? "demo")}`;
const stage = new Stage(
  document.querySelector(".stage"),
  () => fetchJson(`/api/story?${story}`),
  (at) => fetchJson(`/api/scene?at=${encodeURIComponent(at)}`),
  inFile() ? "" : `/${(only ?? "").replace(/^run(?=\?|$)/, "")}`,
);
stage.play();
