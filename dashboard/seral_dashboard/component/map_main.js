export default function ({ data, parentElement }) {
  const [widget, end] = mounted(parentElement, "map", (root) => new MapView(root));
  widget.update(data);
  return end;
}
