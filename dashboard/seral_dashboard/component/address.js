// What a view shows stands in the page's address, so that a link leads there; in notebooks and on the stage it does not.

const fromAddress = (name) => new URL(location.href).searchParams.get(name);

function toAddress(name, value) {
  const url = new URL(location.href);
  if (value == null) url.searchParams.delete(name); else url.searchParams.set(name, value);
  history.replaceState(history.state, "", url);
}
